"""Other evaluations of alarm conditions than that of tracks, slow and obvious: from the list of all readings.

`told` looks at every instant at which something could happen, and from there at all readings again; `told_by_runs`
looks at the runs of readings at which a level holds, and is quick enough for a day of them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from cityops.domain.alarms.conditions import Condition
from cityops.domain.alarms.rules import ConditionKind
from cityops.domain.metrics import Direction, WarningLevel, at_decimals

Reading = tuple[datetime, float]
Told = tuple[datetime, WarningLevel]
"""From when on an alarm has a level."""


def told(condition: Condition, readings: Sequence[Reading], until: datetime) -> list[Told]:
    """Return each change of the alarm's level up to `until`, from readings in order of time."""
    held = [_held(condition, readings, place) for place in range(len(condition.steps))]
    instants = _instants(condition, readings, until)
    kept = [False] * len(held)
    found: list[Told] = []
    for at in instants:
        for after in (False, True):  # a delay that runs out at a reading's instant has run out before it
            before = _gravest(condition, kept)
            for place, of in enumerate(held):
                if _flips(condition, of, kept[place], at, instants, after=after):
                    kept[place] = not kept[place]
            if (level := _gravest(condition, kept)) != before:
                found.append((at, level))
    return found


Held = Callable[[datetime, bool], bool]
"""Whether a level holds at an instant, before or after the reading of that instant."""


def _held(condition: Condition, readings: Sequence[Reading], place: int) -> Held:
    if condition.kind is ConditionKind.NO_DATA:
        limit = timedelta(seconds=condition.steps[place].on)

        def silent(at: datetime, after: bool) -> bool:
            come = [ts for ts, _ in readings if ts < at or (after and ts == at)]
            return bool(come) and at - come[-1] >= limit

        return silent
    by_reading = _by_reading(condition, _judged(condition, readings), place)

    def held(at: datetime, after: bool) -> bool:
        come = [one for (ts, _), one in zip(readings, by_reading, strict=True) if ts < at or (after and ts == at)]
        return bool(come) and come[-1]

    return held


def _by_reading(condition: Condition, judged: Sequence[float | None], place: int) -> list[bool]:
    found: list[bool] = []
    step = condition.steps[place]
    worse = -1 if condition.direction is Direction.LOW and condition.kind is not ConditionKind.RATE else 1
    for shown in judged:
        if shown is None or worse * shown < worse * step.off:
            found.append(False)
        else:
            found.append(worse * shown >= worse * step.on or (bool(found) and found[-1]))
    return found


def _judged(condition: Condition, readings: Sequence[Reading]) -> list[float | None]:
    """Return what is held against the limits at each reading; None where a rate is not judged.

    Of a rate, no more than 30 readings lie within a window of the tests.
    """
    found: list[float | None] = []
    if condition.kind is not ConditionKind.RATE:
        found += at_decimals([value for _, value in readings], condition.decimals).tolist()
        return found
    high, start = condition.direction is Direction.HIGH, condition.from_value
    for count, (ts, value) in enumerate(readings, start=1):
        within = [other for when, other in readings[max(0, count - 30) : count] if ts - when <= condition.window]
        change = value - min(within) if high else max(within) - value
        short = start is not None and (value < start if high else value > start)
        found.append(None if short else float(at_decimals(change, condition.decimals)))
    return found


def _instants(condition: Condition, readings: Sequence[Reading], until: datetime) -> list[datetime]:
    lengths = {timedelta(0), condition.on_delay, condition.off_delay}
    if condition.kind is ConditionKind.NO_DATA:
        limits = [timedelta(seconds=step.on) for step in condition.steps]
        lengths |= {limit + more for limit in limits for more in (timedelta(0), condition.on_delay)}
    return sorted({ts + length for ts, _ in readings for length in lengths if ts + length <= until})


def _flips(
    condition: Condition, held: Held, kept: bool, at: datetime, instants: Sequence[datetime], *, after: bool
) -> bool:
    delay = condition.off_delay if kept else condition.on_delay
    if not delay:
        return held(at, after) != kept
    if after or held(at, False) == kept:
        return False
    begin = at - delay
    between = [one for one in instants if begin <= one < at]
    return (
        begin in between
        and all(held(one, True) != kept for one in between)
        and all(held(one, False) != kept for one in between if one > begin)
    )


def _gravest(condition: Condition, kept: Sequence[bool]) -> WarningLevel:
    return max((step.level for step, on in zip(condition.steps, kept, strict=True) if on), default=WarningLevel.NONE)


def told_by_runs(condition: Condition, readings: Sequence[Reading], until: datetime) -> list[Told]:
    """Return what `told` does, of a value or a rate: a run that is as long as the delay changes what is kept."""
    flips: list[tuple[datetime, bool, int]] = []
    judged = _judged(condition, readings)
    for place in range(len(condition.steps)):
        kept = False
        for holds, start, end in _runs(_by_reading(condition, judged, place), readings, until):
            delay = condition.on_delay if holds else condition.off_delay
            if holds != kept and start + delay <= end:
                kept = holds
                flips.append((start + delay, not delay, place))
    on: set[int] = set()
    found: list[Told] = []
    for (at, _), together in groupby(sorted(flips), key=lambda flip: flip[:2]):
        before = _gravest(condition, [place in on for place in range(len(condition.steps))])
        on ^= {place for _, _, place in together}
        if (level := _gravest(condition, [place in on for place in range(len(condition.steps))])) != before:
            found.append((at, level))
    return found


def _runs(
    holds: Sequence[bool], readings: Sequence[Reading], until: datetime
) -> Iterator[tuple[bool, datetime, datetime]]:
    together = groupby(zip(holds, readings, strict=True), key=lambda one: one[0])
    runs = [(value, next(several)[1][0]) for value, several in together]
    for (value, start), (_, end) in zip(runs, [*runs[1:], (False, until)], strict=True):
        yield value, start, end
