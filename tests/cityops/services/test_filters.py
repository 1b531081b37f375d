"""One's own filters of cases: each that is kept or forgotten stands in the audit, and nothing else does."""

import pytest
from sqlalchemy.exc import DBAPIError

from cityops.domain.audit import Actor
from cityops.services import filters as acts
from cityops.services.accounts import AbsentError
from cityops.services.filters import FullError
from cityops.store.access import filters
from cityops.store.engine import writing
from factories.acts import Book

LI = Actor("li", kind="session")


def save(book: Book, name: str, q: str | None = None) -> int:
    with writing(book.engine) as connection:
        return acts.save(connection, LI, name, "overdue", q)


def remove(book: Book, name: str) -> None:
    with writing(book.engine) as connection:
        acts.remove(connection, LI, name)


def test_what_is_kept_and_forgotten_is_written_down(book: Book) -> None:
    assert save(book, "积水", "猎德") == 1
    remove(book, "积水")
    with pytest.raises(AbsentError, match="no filter 积水"):
        remove(book, "积水")
    kept = {"todo": "overdue", "q": "猎德"}
    assert book.actions() == [("filter:save", "filter 积水", kept), ("filter:remove", "filter 积水", {})]


def test_the_tenth_is_refused_with_what_to_do(book: Book) -> None:
    for number in range(filters.MOST):
        save(book, str(number))
    with pytest.raises(FullError, match="9 filters are kept already; remove one"):
        save(book, "one more")
    assert len(book.actions()) == filters.MOST


def test_nothing_is_kept_or_forgotten_without_its_row_in_the_audit(book: Book) -> None:
    save(book, "积水")
    with book.without_audit():
        with pytest.raises(DBAPIError, match="audit"):
            save(book, "桥")
        with pytest.raises(DBAPIError, match="audit"):
            remove(book, "积水")
    with writing(book.engine) as connection:
        assert [row["name"] for row in filters.owned(connection, "li")] == ["积水"]
