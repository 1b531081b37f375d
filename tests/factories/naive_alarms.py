"""A second evaluation of alarm conditions, slow and obvious: from the list of all readings, instant by instant."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

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
    by_reading = _by_reading(condition, readings, place)

    def held(at: datetime, after: bool) -> bool:
        come = [one for (ts, _), one in zip(readings, by_reading, strict=True) if ts < at or (after and ts == at)]
        return bool(come) and come[-1]

    return held


def _by_reading(condition: Condition, readings: Sequence[Reading], place: int) -> list[bool]:
    found: list[bool] = []
    step = condition.steps[place]
    for count, (ts, value) in enumerate(readings, start=1):
        if condition.kind is ConditionKind.RATE:
            within = [other for when, other in readings[:count] if ts - when <= condition.window]
            high = condition.direction is Direction.HIGH
            judged, worse = (value - min(within) if high else max(within) - value), 1
            if (
                condition.from_value is not None
                and (value < condition.from_value) == high
                and (value != condition.from_value)
            ):
                found.append(False)
                continue
        else:
            judged, worse = value, 1 if condition.direction is Direction.HIGH else -1
        shown = float(at_decimals(judged, condition.decimals))
        if worse * shown >= worse * step.on:
            found.append(True)
        elif worse * shown < worse * step.off:
            found.append(False)
        else:
            found.append(bool(found) and found[-1])
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
