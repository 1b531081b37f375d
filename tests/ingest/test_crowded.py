"""A message that holds too much is refused before it is decoded: few calls, and what it has too much of."""

import json
import sys
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops_ingest.batch.assembly import Batch, assemble
from cityops_ingest.catalog import Catalog
from cityops_ingest.decode.bounds import MOST_FOREIGN_PARTS, MOST_ITEMS, crowded, marks
from cityops_ingest.decode.items import apart
from cityops_ingest.envelope import Envelope
from cityops_ingest.formats.foreign import Foreign
from cityops_ingest.formats.reports import flat

NOW = datetime(2026, 11, 20, tzinfo=UTC)
READINGS, EVENTS = "cityops/v1/readings/water-logging", "cityops/v1/events/hotline-12345"
SIZE = 2_000_000


def envelope(topic: str, payload: bytes, *, lines: bool = False) -> Envelope:
    limit = 8_388_608
    return Envelope(topic.encode(), payload, len(payload), NOW, lambda _: None, line_delimited=lines, limit=limit)


@pytest.fixture
def catalog(database: psycopg.Connection) -> Catalog:
    """Give a catalogue that knows the devices."""
    made = Catalog()
    made.refresh(database)
    return made


def assembled(one: Envelope, catalog: Catalog, database: psycopg.Connection) -> tuple[Batch, int]:
    """Return what becomes of a message, and how many calls of Python and of C functions it took."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        batch = assemble([one], catalog, database, Foreign())
    finally:
        sys.setprofile(None)
    return batch, calls


BODIES: dict[str, tuple[bytes, bool, Reason]] = {
    "brackets": (b"[" * SIZE, False, Reason.PAYLOAD_TOO_LARGE),
    "braces": (b'{"a":' * (SIZE // 5), False, Reason.PAYLOAD_TOO_LARGE),
    "numbers": (b"[" + b"1," * (SIZE // 2) + b"1]", False, Reason.PAYLOAD_TOO_LARGE),
    "numbers beside NaN": (b"[NaN," + b"1," * (SIZE // 2) + b"1]", False, Reason.PAYLOAD_TOO_LARGE),
    "deep items": (
        b"[" + b",".join([b'{"ts":1,"a":' + b"[" * 980 + b"]" * 980 + b"}"] * (SIZE // 1980)) + b"]",
        False,
        Reason.PAYLOAD_TOO_LARGE,
    ),
    "commas": (b"[" + b"," * SIZE + b"]", False, Reason.PAYLOAD_TOO_LARGE),
    "fields": (
        b"{" + b",".join(b'"f%06d":1' % number for number in range(SIZE // 12)) + b"}",
        False,
        Reason.PAYLOAD_TOO_LARGE,
    ),
    "lines": (b"1\n" * (SIZE // 2), True, Reason.PAYLOAD_TOO_LARGE),
    "empty lines": (b"\r" * SIZE, True, Reason.PAYLOAD_TOO_LARGE),
    "values": (
        b'{"ts":1795000000000,"device":"WL-1","values":{'
        + b",".join(b'"m%06d":1' % number for number in range(MOST_ITEMS + 1))
        + b"}}",
        False,
        Reason.PAYLOAD_TOO_LARGE,
    ),
}


@pytest.mark.parametrize("topic", [READINGS, EVENTS])
@pytest.mark.parametrize("name", BODIES)
def test_a_crowded_message_is_one_refusal_at_the_cost_of_a_few_calls(
    name: str, topic: str, catalog: Catalog, database: psycopg.Connection
) -> None:
    payload, lines, reason = BODIES[name]
    batch, calls = assembled(envelope(topic, payload, lines=lines), catalog, database)
    if (name, topic) == ("values", EVENTS):
        reason = Reason.WRONG_TYPE  # an object with a field that cases do not have
    assert [(one.reason, one.item_index) for _, one in batch.rejects] == [(reason, 0)]
    assert len(batch.readings) == 0
    assert calls < 5_000


def test_a_message_of_as_many_items_as_are_taken_is_decoded(catalog: Catalog, database: psycopg.Connection) -> None:
    items = b"[" + b",".join([b'{"ts":1795000000000}'] * MOST_ITEMS) + b"]"
    batch, calls = assembled(envelope(READINGS, items), catalog, database)
    assert sum(one.refusals for _, one in batch.rejects) == MOST_ITEMS
    assert calls < 100 * MOST_ITEMS
    batch, _ = assembled(envelope(READINGS, items[:-1] + b',{"ts":1795000000000}]'), catalog, database)
    [(_, one)] = batch.rejects
    assert one.detail == f"{MOST_ITEMS + 1:,} items, at most {MOST_ITEMS:,} are taken: send less at a time"


def test_texts_may_hold_as_many_commas_as_they_like() -> None:
    texts = json.dumps([{"title": 'a "quoted", \\ ,' * 100}] * 1_000)
    assert crowded(texts.encode(), line_delimited=False) is None


def test_other_formats_are_bounded_sooner() -> None:
    payload = json.dumps({"a": list(range(MOST_FOREIGN_PARTS + 1))}).encode()
    assert crowded(payload, line_delimited=False) is None
    assert crowded(payload, line_delimited=False, most_parts=MOST_FOREIGN_PARTS) is not None


def test_a_long_name_is_not_kept_once_for_each_of_its_values() -> None:
    names = flat({"n" * 100_000: list(range(1_000))})
    assert sum(map(len, names)) < 300_000


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(_json, min_size=2), st.booleans())
def test_items_are_found_as_a_reader_finds_them(items: list[object], ascii_only: bool) -> None:
    payload = json.dumps(items, ensure_ascii=ascii_only).encode()
    ends = marks(payload).ends().tolist()
    starts = [0, *ends[:-1]]
    found = [json.loads(payload[start + 1 : end]) for start, end in zip(starts, ends, strict=True)]
    assert found == items
    assert marks(payload).items == len(items)
    assert [json.loads(bytes(part)) for part in apart(payload, line_delimited=False)] == items


@given(st.binary(max_size=60) | st.text(alphabet='[]{},"\\1 ', max_size=60).map(str.encode))
def test_any_bytes_are_looked_at_without_an_error(payload: bytes) -> None:
    found = marks(payload)
    assert found.parts >= 1
    assert all(0 <= end < len(payload) for end in found.ends().tolist())
