"""Cursors of lists: each item of a list stands on one page, in order, and a forged cursor leads nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.api import schemas
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.parameters import cursor_of
from cityops.api.problems import ProblemError

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = Keyset(at=instant, id=serial)
MOMENTS = st.integers(0, 10**15).map(lambda us: EPOCH + timedelta(microseconds=us))
KEYS = st.tuples(MOMENTS, st.integers(0, LARGEST_ID))


class Entry(schemas.Shape):
    """An item of a list."""

    at: datetime
    id: int


class Entries(schemas.Page[Entry]):
    """A page of items."""


def asked(keys: list[tuple[datetime, int]], query: PageQuery) -> list[Any]:
    """Answer as a store does: what lies behind the cursor, and one more than the page holds."""
    after = NEWEST.after(query)
    behind = [key for key in sorted(keys, reverse=True) if after is None or key < after]
    return [{"at": at, "id": number} for at, number in behind[: query.limit + 1]]


@given(st.lists(KEYS, unique=True, max_size=40), st.integers(1, 7))
def test_every_item_stands_on_one_page_in_order(keys: list[tuple[datetime, int]], limit: int) -> None:
    query, seen = PageQuery(limit=limit), []
    while True:
        page = NEWEST.page(Entries, asked(keys, query), query, lambda row: Entry(**row))
        assert len(page.items) <= limit
        seen += [(one.at, one.id) for one in page.items]
        if page.next is None:
            break
        query = PageQuery(after=page.next, limit=limit)
    assert seen == sorted(keys, reverse=True)


@pytest.mark.parametrize(
    "parts",
    [
        ("2026-11-26T00:00:00", "1"),
        ("2026-11-26T00:00:00+00:00", "-1"),
        ("2026-11-26T00:00:00+00:00", str(LARGEST_ID + 1)),
        ("yesterday", "1"),
        ("2026-11-26T00:00:00+00:00",),
        ("2026-11-26T00:00:00+00:00", "1", "2"),
    ],
)
def test_a_forged_cursor_leads_nowhere(parts: tuple[str, ...]) -> None:
    with pytest.raises(ProblemError) as refused:
        NEWEST.after(PageQuery(after=cursor_of(*parts)))
    assert refused.value.status == 404


def test_one_field_is_given_as_it_is() -> None:
    assert Keyset(code=str).after(PageQuery(after=cursor_of("4401"))) == "4401"
    assert Keyset(code=str).after(PageQuery()) is None
