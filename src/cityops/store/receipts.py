"""When messages without a time of their own first came, by the broker's number: a worker recognises them by it.

A broker delivers a message again under the number it had (MQTT 5, section 4.4); a number is given anew after 65,535
others, so that a worker has at most so many rows.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import psycopg


class Receipt(NamedTuple):
    """Digest of a message's topic and payload, and when it first came."""

    fingerprint: bytes
    received_at: datetime

    @classmethod
    def make(cls, topic: bytes, payload: bytes, received_at: datetime) -> "Receipt":
        """Return the receipt of a message."""
        return cls(blake2b(topic + b"\0" + payload, digest_size=16).digest(), received_at)


def of_worker(connection: psycopg.Connection, worker: str) -> dict[int, Receipt]:
    """Return the receipts of a worker by packet id."""
    rows = connection.execute("SELECT packet_id, fingerprint, received_at FROM receipt WHERE worker = %s", [worker])
    return {packet_id: Receipt(bytes(fingerprint), received_at) for packet_id, fingerprint, received_at in rows}


def record(cursor: psycopg.Cursor, worker: str, receipts: Mapping[int, Receipt]) -> None:
    """Keep receipts by packet id, in place of earlier ones of the same number."""
    if not receipts:
        return
    cursor.execute(
        """
        INSERT INTO receipt (worker, packet_id, fingerprint, received_at)
        SELECT %s, * FROM unnest(%s::int[], %s::bytea[], %s::timestamptz[])
        ON CONFLICT (worker, packet_id) DO UPDATE
        SET (fingerprint, received_at) = (excluded.fingerprint, excluded.received_at)
        """,
        [
            worker,
            list(receipts),
            [one.fingerprint for one in receipts.values()],
            [one.received_at for one in receipts.values()],
        ],
    )
