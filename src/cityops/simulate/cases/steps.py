"""How a case moves from report to closing: the states it passes and the time that each takes."""

import random
from collections.abc import Iterator

from cityops.domain.events.status import Severity, Status

_MINUTES = {
    Status.REPORTED: (0, 0),
    Status.ACCEPTED: (1, 9),
    Status.VERIFYING: (8, 45),
    Status.FILED: (1, 12),
    Status.DISPATCHED: (2, 18),
    Status.SIGNED: (5, 70),
    Status.PROCESSING: (5, 50),
    Status.DONE: (25, 420),
    Status.VERIFYING_RESULT: (8, 120),
    Status.CLOSED: (5, 60),
    Status.VOID: (5, 40),
    Status.MERGED: (2, 25),
}
"""Shortest and longest time from the state before, for a case of normal urgency, in minutes."""

_HASTE = {Severity.NORMAL: 1.0, Severity.URGENT: 0.4, Severity.CRITICAL: 0.2}

_OPENING = (Status.REPORTED, Status.ACCEPTED)
_HANDLING = (Status.SIGNED, Status.PROCESSING, Status.DONE, Status.VERIFYING_RESULT)


def path(rng: random.Random) -> tuple[Status, ...]:
    """Draw the states of a case in order: most are handled straight, some merged, void, returned or done again."""
    lot = rng.random()
    if lot < 0.035:
        return (*_OPENING, Status.MERGED)
    if lot < 0.065:
        return (*_OPENING, Status.VERIFYING, Status.VOID)
    opening = (*_OPENING, Status.VERIFYING, Status.FILED) if rng.random() < 0.3 else (*_OPENING, Status.FILED)
    # A unit that is not in charge returns the case, and it is dispatched once more.
    dispatch = (Status.DISPATCHED,) * (2 if rng.random() < 0.05 else 1)
    # A case whose result does not pass the check goes back to the unit.
    again = _HANDLING[1:] if rng.random() < 0.04 else ()
    return (*opening, *dispatch, *_HANDLING, *again, Status.CLOSED)


def timed_path(severity: Severity, pace: float, rng: random.Random) -> Iterator[tuple[Status, float]]:
    """Yield the states with their time after the report in seconds; `pace` is how many times faster than life."""
    after_s = 0.0
    # One case in fourteen meets an obstacle and takes several times as long: these are the overdue ones.
    slowness = rng.uniform(3, 6) if rng.random() < 0.07 else 1.0
    for status in path(rng):
        shortest, longest = _MINUTES[status]
        # Squaring makes short times common and long ones rare.
        minutes = shortest + (longest - shortest) * rng.random() ** 2
        after_s += minutes * 60 * _HASTE[severity] * slowness / pace
        yield status, after_s
