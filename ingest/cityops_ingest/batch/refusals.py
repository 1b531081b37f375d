"""Turns the refusals of a message into rejects, and bounds what is kept for them, whatever the message holds."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from cityops.domain.rejects import Reason
from cityops.store.rejects.records import PAYLOAD_LIMIT, Reject
from cityops_ingest.decode.items import Refusal, apart
from cityops_ingest.envelope import Envelope

ALONE = 1_000
"""Refusals of one message that have a reject each: as many as an answer over HTTP names. Nobody reads more one by
one, and a row costs a few hundred bytes beside what it keeps, a refused item no more than two."""

Parts = Sequence[bytes | msgspec.Raw]


def rejects_of(
    envelope: Envelope, refusals: Sequence[Refusal], account: tuple[str, str], *, is_ours: bool
) -> Iterator[Reject]:
    """Yield the rejects of a message sent on an account (source, kind), of several items with the refused one only.

    Beyond `ALONE`, or once they keep 64 KiB more than the message has, one stands for many refusals of one reason.
    `is_ours` says that the message is in our own format: in others an item may lean on the ones before it.
    """
    are_told_apart = is_ours and not all(_is_whole(one, envelope) for one in refusals)
    parts = apart(envelope.payload, line_delimited=envelope.line_delimited) if are_told_apart else ()
    ordered = sorted(refusals, key=lambda one: one.index)
    room = PAYLOAD_LIMIT + len(envelope.payload)
    for number, refusal in enumerate(ordered):
        row = _alone(envelope, refusal, account, parts)
        room -= min(PAYLOAD_LIMIT, len(row.kept))
        if number >= ALONE or room < 0:
            yield from _together(envelope, ordered[number:], account, parts)
            return
        yield row


def _is_whole(refusal: Refusal, envelope: Envelope) -> bool:
    return refusal.reason is Reason.PAYLOAD_TOO_LARGE or reject(envelope, refusal, ("", "")).whole


def reject(envelope: Envelope, refusal: Refusal, account: tuple[str, str]) -> Reject:
    """Return the row that records a refused item of a message sent on an account (source, kind)."""
    return Reject(
        envelope.received_at,
        account[1],
        account[0],
        envelope.topic.decode(errors="backslashreplace"),
        refusal.index,
        refusal.reason,
        refusal.detail,
        envelope.payload,
        envelope.payload_bytes,
        envelope.line_delimited,
        refusal.metric,
        refusals=refusal.refusals,
    )


def _alone(envelope: Envelope, refusal: Refusal, account: tuple[str, str], parts: Parts) -> Reject:
    row = reject(envelope, refusal, account)
    if row.whole or row.item_index >= len(parts):
        return row
    item = bytes(parts[row.item_index])
    # Of a message of its own, an array would be read as its items.
    stands_alone = envelope.line_delimited or item.lstrip().startswith(b"{")
    return replace(row, item=item if stands_alone else b"[" + item + b"]")


def _together(
    envelope: Envelope, refusals: Sequence[Refusal], account: tuple[str, str], parts: Parts
) -> Iterator[Reject]:
    by_reason = sorted(refusals, key=lambda one: one.reason)  # stable: by place within a reason
    for _, same in groupby(by_reason, key=lambda one: one.reason):
        for some in _packs(list(same), parts) if parts else [list(same)]:
            row = _alone(envelope, some[0], account, parts)
            if len(some) > 1:
                detail = (
                    f"{len(some):,} refusals, of items {some[0].index} to {some[-1].index}; the first: {row.detail}"
                )
                item = _pack(some, parts, line_delimited=envelope.line_delimited) if parts else None
                row = replace(row, detail=detail, metric_code=None, item=item, refusals=len(some))
            yield row


def _packs(refusals: Sequence[Refusal], parts: Parts) -> Iterator[list[Refusal]]:
    """Part refusals so that the items of each part can be kept uncut, unless one alone is too long."""
    some: list[Refusal] = []
    size = 1
    for refusal in refusals:
        if not some or some[-1].index != refusal.index:  # of an object several values may be refused
            more = len(bytes(parts[refusal.index])) + 1
            if some and size + more > PAYLOAD_LIMIT:
                yield some
                some, size = [], 1
            size += more
        some.append(refusal)
    yield some


def _pack(refusals: Sequence[Refusal], parts: Parts, *, line_delimited: bool) -> bytes:
    """Return a message of the refused items only."""
    items = [bytes(parts[index]) for index in dict.fromkeys(one.index for one in refusals)]
    return b"\n".join(items) if line_delimited else b"[" + b",".join(items) + b"]"
