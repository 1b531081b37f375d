"""Writes what could not be stored: one row per item, with the reason and the raw bytes, for later replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

import psycopg

from cityops.domain.rejects import WHOLE_MESSAGE, Reason

PAYLOAD_LIMIT = 65_536
"""Bytes of a refused message or item that are kept; its true size stands beside them."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One item that was refused; `payload` is the whole message, `item_index` the item's place in it.

    `metric_code` is set where only the item's value of that metric was refused. `item` is the item alone, where it
    can stand alone; it is kept in place of the message, whose other items are good or have rejects of their own.
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
    redelivered: bool = False
    line_delimited: bool = False
    metric_code: str | None = None
    item: bytes | None = None

    @property
    def whole(self) -> bool:
        """Whether it stands for all items of its message; of lines, a broken one costs only itself."""
        only_a_line = self.line_delimited and self.reason is Reason.BAD_JSON
        return self.item_index == 0 and self.reason in WHOLE_MESSAGE and not only_a_line

    @property
    def fingerprint(self) -> bytes:
        """Digest by which a redelivered message is recognised."""
        digest = _digest(self.payload).copy()
        digest.update(f"\0{self.topic}\0{self.payload_bytes}\0{self.item_index}".encode())
        return digest.digest()


@lru_cache(maxsize=1)  # a message of many refused items is digested once, not once per item
def _digest(payload: bytes) -> blake2b:
    return blake2b(payload, digest_size=16)


def known(cursor: psycopg.Cursor, rejects: Sequence[Reject]) -> set[bytes]:
    """Return the fingerprints of redelivered rejects that an earlier delivery has already recorded.

    Only a message that the broker marks as redelivered is looked up: the same bytes sent twice by a device are two
    messages, and both are recorded. A day back is enough, since the broker redelivers as soon as it can.
    """
    fingerprints = [reject.fingerprint for reject in rejects if reject.redelivered]
    if not fingerprints:
        return set()
    cursor.execute(
        "SELECT fingerprint FROM reject WHERE fingerprint = ANY(%s) AND received_at > now() - interval '1 day'",
        [fingerprints],
    )
    return {bytes(row[0]) for row in cursor}


def record(cursor: psycopg.Cursor, rejects: Sequence[Reject]) -> None:
    """Add rows to `reject`; a text that PostgreSQL cannot hold (NUL) is written with a substitute character."""
    statement = """
        COPY reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,
                     payload_bytes, fingerprint, metric_code, whole, line_delimited, item_bytes) FROM STDIN
        """
    with cursor.copy(statement) as copy:
        for one in rejects:
            copy.write_row(
                (
                    one.received_at,
                    one.kind,
                    _storable(one.source),
                    _storable(one.topic),
                    one.item_index,
                    one.reason.value,
                    _storable(one.detail),
                    (one.payload if one.item is None else one.item)[:PAYLOAD_LIMIT],
                    one.payload_bytes,
                    one.fingerprint,
                    None if one.metric_code is None else _storable(one.metric_code),
                    one.whole,
                    one.line_delimited,
                    None if one.item is None else len(one.item),
                )
            )


def _storable(text: str) -> str:
    return text.replace("\0", "\N{SYMBOL FOR NULL}")[:1000]
