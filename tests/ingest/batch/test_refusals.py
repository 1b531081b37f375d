"""What is kept of refused messages: bounded by the message, whatever it holds, and no refusal is lost."""

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops.store.rejects.records import PAYLOAD_LIMIT, Reject
from cityops_ingest.batch.refusals import ALONE, rejects_of
from cityops_ingest.decode import readings
from cityops_ingest.decode.items import Refusal, apart
from cityops_ingest.envelope import Envelope

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ITEM_REASONS = 20
"""More than there are reasons that refuse an item: where items cannot be cut out, each may keep the message."""


def envelope(payload: bytes, *, lines: bool = False) -> Envelope:
    topic = b"cityops/v1/readings/water-logging"
    return Envelope(topic, payload, len(payload), NOW, lambda _: None, line_delimited=lines, limit=8_388_608)


def refused(payload: bytes, *, lines: bool = False) -> list[Refusal]:
    now_us = round(NOW.timestamp() * 1e6)
    found = readings.decode(payload, None, now_us, line_delimited=lines)
    return [one for one in found if isinstance(one, Refusal)]


def rejects(payload: bytes, *, lines: bool = False, is_ours: bool = True) -> list[Reject]:
    account = ("water-logging", "readings")
    found = refused(payload, lines=lines)
    return list(rejects_of(envelope(payload, lines=lines), found, account, is_ours=is_ours))


def kept(rows: list[Reject]) -> int:
    return sum(min(PAYLOAD_LIMIT, len(row.kept)) for row in rows)


_pieces = st.sampled_from(
    [b"12.5", b"null", b'"a,]"', b"[]", b"[1, [2]]", b"{}", b'{"ts": 5}', b"NaN", b'"%s"' % (b"x" * 9_000)]
)


@settings(deadline=None, max_examples=40)
@given(st.lists(_pieces, min_size=1, max_size=6), st.integers(1, 600), st.booleans(), st.booleans())
def test_no_message_keeps_more_than_a_multiple_of_itself_and_every_refusal_is_counted(
    pieces: list[bytes], times: int, lines: bool, is_ours: bool
) -> None:
    payload = b"\n".join(pieces * times) if lines else b"[" + b",".join(pieces * times) + b"]"
    rows = rejects(payload, lines=lines, is_ours=is_ours)
    assert sum(row.refusals for row in rows) == len(refused(payload, lines=lines)) == len(pieces) * times
    copies = 3 if is_ours else 1 + ITEM_REASONS
    assert kept(rows) <= copies * len(payload) + 2 * PAYLOAD_LIMIT
    assert len(rows) <= ALONE + ITEM_REASONS + len(payload) // (PAYLOAD_LIMIT // 2)


@given(st.lists(_pieces, min_size=2, max_size=5), st.booleans())
def test_what_is_kept_alone_is_refused_for_the_same_reason(pieces: list[bytes], lines: bool) -> None:
    payload = b"\n".join(pieces) if lines else b"[" + b", ".join(pieces) + b"]"
    for row in rejects(payload, lines=lines):
        [again] = refused(row.kept, lines=lines)
        assert (again.index, again.reason, again.detail) == (0, row.reason, row.detail)


def test_beyond_a_number_one_reject_keeps_the_refused_items_only() -> None:
    items = (
        [{"ts": 5}] * ALONE + [{"ts": n} for n in range(7)] + [{"ts": "x", "device": "D", "metric": "m", "value": 1}]
    )
    *alone, last, first = sorted(rejects(json.dumps(items).encode()), key=lambda row: (row.refusals, row.item_index))
    assert len(alone) == ALONE
    assert (first.item_index, first.refusals, json.loads(first.kept)) == (ALONE, 7, items[ALONE : ALONE + 7])
    assert first.detail.startswith("7 refusals, of items 1000 to 1006; the first: ")
    assert (last.item_index, last.refusals, last.reason) == (ALONE + 7, 1, Reason.BAD_TIME)


def test_an_object_with_many_refused_values_is_not_kept_once_for_each() -> None:
    payload = json.dumps({"values": {f"m{n}": 1 for n in range(6000)}}).encode()
    found = [Refusal(0, Reason.UNKNOWN_METRIC, "metric", f"m{n}") for n in range(6000)]
    rows = list(rejects_of(envelope(payload), found, ("water-logging", "readings"), is_ours=True))
    assert sum(row.refusals for row in rows) == 6000
    assert kept(rows) <= 3 * PAYLOAD_LIMIT


def test_items_are_told_apart_however_deeply_one_is_nested() -> None:
    items = [b" 1", b'{"a": "]"}', b"[" * 5000 + b"]" * 5000, b"NaN "]
    assert apart(b" [" + b",".join(items) + b"] ", line_delimited=False) == items
