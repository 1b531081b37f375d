"""Writes what could not be stored: one row per item, with the reason and the raw bytes, for later replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

import psycopg

from cityops.domain.rejects import WHOLE_MESSAGE, Reason

PAYLOAD_LIMIT = 65_536
"""Bytes of a refused message or item that are kept; its true size stands beside them."""

AT_ONCE = 1_000
"""Rows of one statement, which PostgreSQL holds in memory: 64 MB at the most."""

_LOCK = 0x72656A656374  # "reject"


@dataclass(frozen=True, slots=True)
class Reject:
    """One item that was refused; `payload` is the whole message, `item_index` the item's place in it.

    `metric_code` is set where only the item's value of that metric was refused. `item` is the item alone, where it
    can stand alone; it is kept in place of the message, whose other items are good or have rejects of their own.
    With more than one of `refusals`, it stands for so many at `item_index` and after it, and `item` is a message of
    these items only.
    """

    received_at: datetime
    kind: str
    source: str
    topic: str
    item_index: int
    reason: Reason
    detail: str
    payload: bytes
    payload_bytes: int
    line_delimited: bool = False
    metric_code: str | None = None
    item: bytes | None = None
    refusals: int = 1

    @property
    def kept(self) -> bytes:
        """What is kept of the message, before it is cut."""
        return self.payload if self.item is None else self.item

    @property
    def whole(self) -> bool:
        """Whether it stands for all items of its message; of lines, a broken one costs only itself."""
        only_a_line = self.line_delimited and self.reason is Reason.BAD_JSON
        return self.item_index == 0 and self.reason in WHOLE_MESSAGE and not only_a_line and self.metric_code is None

    @property
    def fingerprint(self) -> bytes:
        """Digest by which a repeated message is recognised: topic, bytes and the item's place in them."""
        digest = _digest(self.payload).copy()
        digest.update(f"\0{self.topic}\0{self.payload_bytes}\0{self.item_index}".encode())
        return digest.digest()


@lru_cache(maxsize=1)  # a message of many refused items is digested once, not once per item
def _digest(payload: bytes) -> blake2b:
    return blake2b(payload, digest_size=16)


def repeated(cursor: psycopg.Cursor, rejects: Sequence[tuple[int, Reject, timedelta]]) -> list[bool]:
    """Tell of each reject whether it repeats one that was recorded before, or one of an earlier message of the list.

    Each comes with the number of its message and with how far back to look from its receipt; with 0 it is never a
    repeat. Transactions that ask wait for each other, so that two workers with a copy each do not both take theirs
    for the first.
    """
    asked = [(one.fingerprint, one.received_at - within) for _, one, within in rejects if within]
    if not asked:
        return [False] * len(rejects)
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    cursor.execute(
        """
        SELECT DISTINCT fingerprint
        FROM unnest(%s::bytea[], %s::timestamptz[]) AS asked (digest, since)
        JOIN reject ON fingerprint = digest AND received_at > since
        """,
        [[fingerprint for fingerprint, _ in asked], [since for _, since in asked]],
    )
    known = {bytes(row[0]) for row in cursor}
    first: dict[bytes, int] = {}
    found = []
    for message, one, within in rejects:
        fingerprint = one.fingerprint
        # One message may hold several refusals at one place: two values of an object that are out of range.
        is_another = first.setdefault(fingerprint, message) != message
        found.append(bool(within) and (is_another or fingerprint in known))
    return found


def record(cursor: psycopg.Cursor, rejects: Sequence[Reject]) -> None:
    """Add rows to `reject`; a text that PostgreSQL cannot hold (NUL) is written with a substitute character."""
    # No COPY: PostgreSQL refuses it into a table that has row-level security.
    for start in range(0, len(rejects), AT_ONCE):
        columns = zip(*map(_row, rejects[start : start + AT_ONCE]), strict=True)
        cursor.execute(
            """
            INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,
                payload_bytes, fingerprint, metric_code, whole, line_delimited, item_bytes, refusals)
            SELECT * FROM unnest(%b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::int[], %b::text[],
                %b::text[], %b::bytea[], %b::int[], %b::bytea[], %b::text[], %b::boolean[], %b::boolean[], %b::int[],
                %b::int[])
            """,
            [list(column) for column in columns],
        )


def _row(one: Reject) -> tuple[object, ...]:
    return (
        one.received_at,
        one.kind,
        _storable(one.source),
        _storable(one.topic),
        one.item_index,
        one.reason.value,
        _storable(one.detail),
        one.kept[:PAYLOAD_LIMIT],
        one.payload_bytes,
        one.fingerprint,
        None if one.metric_code is None else _storable(one.metric_code),
        one.whole,
        one.line_delimited,
        None if one.item is None else len(one.item),
        one.refusals,
    )


def _storable(text: str) -> str:
    return text.replace("\0", "\N{SYMBOL FOR NULL}")[:1000]
