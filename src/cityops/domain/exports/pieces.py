"""Pieces of time in which raw readings go out, the older before the newer: where a file that broke off goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""From which the database counts the pieces of a table."""


@dataclass(frozen=True, slots=True)
class TimePieces:
    """The time from `start` until before `end`, both aware, cut where the database cuts its table."""

    start: datetime
    end: datetime
    length: timedelta

    def __iter__(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield from when until before when each piece is."""
        border = self._border(self.start)
        while border < self.end:
            yield max(self.start, border), min(self.end, border + self.length)
            border += self.length

    def begin(self, at: datetime) -> datetime:
        """Return from when the piece is that `at` lies in."""
        return max(self.start, self._border(at))

    def _border(self, at: datetime) -> datetime:
        return _EPOCH + ((at - _EPOCH) // self.length) * self.length
