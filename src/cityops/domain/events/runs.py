"""Runs of a case's clocks: begun, paused, resumed, extended and stopped as acts say; kept by the store, never set.

A run begins anew for another unit: the next round. When it is due follows from `deadlines` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from cityops.domain.events.acts import Clock, Effect
from cityops.domain.events.deadlines import ClockSpan, Extension, Limit, LimitKind, Pause, PauseReason, deadline
from cityops.domain.events.workdays import Why, WorkCalendar

SECONDS = "seconds"
"""What the kind of a short limit is called, beside the four kinds of case standards."""
_HOUR_S = 3600
_YELLOW = 0.8


@dataclass(frozen=True, slots=True)
class Seconds:
    """A limit of the staff's own, by the natural clock; it never stands still."""

    amount: int


AnyLimit = Limit | Seconds


def natural(seconds: int) -> AnyLimit:
    """Return a limit by the natural clock."""
    whole, rest = divmod(seconds, _HOUR_S)
    return Seconds(seconds) if rest else Limit(LimitKind.URGENT_HOURS, whole)


def kind_of(limit: AnyLimit) -> str:
    """Return what the kind of a limit is called."""
    return SECONDS if isinstance(limit, Seconds) else limit.kind


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock on a case; times have a time zone, `due` is None while it stands still without an end."""

    clock: Clock
    round: int
    limit: AnyLimit
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    due: datetime | None = None
    provisional: bool = False
    stopped_at: datetime | None = None
    overdue: bool | None = None
    """Whether it ended after its time, known when it has stopped; a fact that no appeal alters."""

    def is_paused(self, now: datetime) -> bool:
        """Whether it stands still: since a pause that has no end, or one that has not come yet."""
        if self.stopped_at is not None or not self.pauses:
            return False
        end = self.pauses[-1].end
        return end is None or end > now


class Reckoned(NamedTuple):
    """When a run is due, from when on that is near, and how it comes about, stretch by stretch."""

    due: datetime | None
    warn_at: datetime | None
    provisional: bool
    spans: tuple[ClockSpan, ...]
    allowed: timedelta
    """All that may be used, extensions among it: known also while the clock stands still."""


def reckoned(run: Run, calendar: WorkCalendar) -> Reckoned:
    """Return when a run is due and how that comes about, by this calendar."""
    if isinstance(run.limit, Seconds):
        long = timedelta(seconds=run.limit.amount)
        due = run.started_at + long
        span = ClockSpan(run.started_at, due, True, Why.CLOCK)
        return Reckoned(due, run.started_at + _YELLOW * long, False, (span,), long)
    found = deadline(run.limit, run.started_at, run.pauses, calendar, run.extensions)
    return Reckoned(found.due, found.warn_at, found.provisional, found.spans, found.allowed)


@dataclass(frozen=True, slots=True)
class Turn:
    """What turns clocks: when, by which limit one begins, why one stands still, when more time was asked for."""

    at: datetime
    calendar: WorkCalendar
    limit: AnyLimit
    why: PauseReason = PauseReason.RETURNED
    asked: datetime | None = None


def turned(runs: Sequence[Run], clock: Clock, effect: Effect, turn: Turn) -> list[Run]:
    """Return the runs of a clock that an act changes or begins; `runs` are all of the case, oldest round first."""
    mine = [run for run in runs if run.clock is clock]
    going = [run for run in mine if run.stopped_at is None]
    if effect in {Effect.START, Effect.RESET}:
        begun = Run(clock, len(mine) + 1, turn.limit, turn.at)
        return [*(_stopped(run, turn) for run in going), _due(begun, turn)]
    return [_touched(run, effect, turn) for run in going]


def _touched(run: Run, effect: Effect, turn: Turn) -> Run:
    match effect:
        case Effect.PAUSE:
            if run.is_paused(turn.at):
                return run
            return _due(replace(run, pauses=(*run.pauses, Pause(turn.at, None, turn.why))), turn)
        case Effect.RESUME:
            return _due(replace(run, pauses=_ended(run, turn)), turn)
        case Effect.EXTEND:
            return _due(replace(run, extensions=(*run.extensions, Extension(turn.asked or turn.at))), turn)
    return _stopped(run, turn)


def _ended(run: Run, turn: Turn) -> tuple[Pause, ...]:
    """Return the pauses, the last ended by now; one that has ended by itself before did so then."""
    if not run.is_paused(turn.at):
        return run.pauses
    *before, last = run.pauses
    return (*before, replace(last, end=turn.at))


def paused(run: Run, why: Pause, turn: Turn) -> Run:
    """Return a run that stands still for this reason and until then from its start on, whatever stopped it before.

    So a case that waits until a day, and is locked meanwhile, waits until it is unlocked; then until that day again.
    """
    if not run.is_paused(turn.at):
        return run
    *before, last = run.pauses
    if (last.end, last.reason) == (why.end, why.reason):
        return run
    former = () if last.start == why.start else (replace(last, end=why.start),)
    now = () if why.end is not None and why.end <= why.start else (why,)
    return _due(replace(run, pauses=(*before, *former, *now)), turn)


def _stopped(run: Run, turn: Turn) -> Run:
    """Stop a run: it is overdue where its time had run out by then, which it does not while it stands still."""
    known = _due(run, turn)
    return replace(known, stopped_at=turn.at, overdue=known.due is not None and known.due < turn.at)


def _due(run: Run, turn: Turn) -> Run:
    found = reckoned(run, turn.calendar)
    return replace(run, due=found.due, provisional=found.provisional)
