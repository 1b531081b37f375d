"""Judges whether a standby may answer: how far it is behind is measured by positions of the log, not by clocks."""

from collections import deque
from dataclasses import dataclass, field

BOUND_S = 2.0
"""A standby that is further behind is not asked while the primary answers; a tick of a wall is half a second."""

SILENT_S = 3.0
"""Who has not answered for so long counts as away."""

_KEPT_S = 120.0


@dataclass(slots=True)
class Following:
    """What was seen of a pair, in seconds of one monotonic clock.

    A position is PostgreSQL's (LSN, as a number): what was committed before a primary told it lies before it, so a
    standby that has replayed up to it knows all that was committed when the primary was asked.
    """

    _told: deque[tuple[float, int]] = field(default_factory=deque)
    _primary_at: float | None = None
    _standby_at: float | None = None
    _complete: float | None = None

    def primary_told(self, asked_at: float, position: int) -> None:
        """Take note of what the primary had written when it was asked."""
        self._primary_at = asked_at
        self._told.append((asked_at, position))
        while self._told and self._told[0][0] < asked_at - _KEPT_S:
            self._told.popleft()

    def standby_told(self, asked_at: float, position: int) -> None:
        """Take note of what the standby had replayed when it was asked."""
        self._standby_at = asked_at
        reached = [moment for moment, written in self._told if written <= position]
        if reached:
            self._complete = max(reached)

    def standby_gone(self) -> None:
        """Take note that there is no standby: it is away, or it leads now."""
        self._standby_at = self._complete = None

    def may_ask_standby(self, now: float) -> bool:
        """Tell whether the standby may answer: it is near enough, or the primary is away and it knows what it had."""
        if self._standby_at is None or self._complete is None or now - self._standby_at > SILENT_S:
            return False
        return self.is_alone(now) or now - self._complete <= BOUND_S

    def is_alone(self, now: float) -> bool:
        """Tell whether the primary is away."""
        return self._primary_at is None or now - self._primary_at > SILENT_S

    def behind_s(self, now: float) -> float | None:
        """Return for how long the standby may lack what was committed since; None where it is not known."""
        return None if self._complete is None else max(0.0, now - self._complete)
