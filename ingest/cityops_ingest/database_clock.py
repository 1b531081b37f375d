"""The time a worker judges by: the database's, read every few seconds and carried on by a counter nobody can set."""

import time
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from cityops.clock import utc_now
from cityops.store.engine import present
from cityops_ingest import telemetry

log = structlog.get_logger()

REFRESH_S = 10.0

TOLERATED = timedelta(seconds=10)
"""A difference beyond this is worth a warning; clocks kept by NTP differ by milliseconds."""

SLOWEST_ANSWER_S = 1.0
"""What the database takes longer to answer is too vague, unless nothing better is known."""

NOT_KNOWN = datetime.min.replace(tzinfo=UTC)
"""Stands for the time of what arrived before the database had been asked; the batch it is in fills it in."""


class DatabaseClock:
    """The database's clock, as far as this process knows it; safe to read from any thread."""

    def __init__(self) -> None:
        self._read: tuple[datetime, float] | None = None
        self._told = timedelta(0)

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC; `NOT_KNOWN` before the first `refresh`."""
        if self._read is None:
            return NOT_KNOWN
        then, counter = self._read
        return then + timedelta(seconds=_counter() - counter)

    def refresh(self, connection: psycopg.Connection) -> None:
        """Ask the database if what is known is older than `REFRESH_S`, and warn if this machine's clock differs."""
        before = _counter()
        if self._read is not None and before - self._read[1] < REFRESH_S:
            return
        moment = present(connection)
        after = _counter()
        if self._read is not None and after - before > SLOWEST_ANSWER_S:
            return
        self._read = moment, (before + after) / 2
        self._compare(utc_now() - self.now())

    def _compare(self, ahead: timedelta) -> None:
        telemetry.clock_ahead.set(ahead.total_seconds())
        if abs(ahead - self._told) < TOLERATED:
            return
        self._told = ahead
        log.warning(
            "this machine's clock differs from the database's, which is the one that counts",
            ahead_s=round(ahead.total_seconds(), 1),
            remedy="let both machines keep their time by NTP",
        )


def _counter() -> float:
    """Return seconds that go on whatever is done to the machine's clock, also while it is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


database_clock = DatabaseClock()
"""The one of this process."""
