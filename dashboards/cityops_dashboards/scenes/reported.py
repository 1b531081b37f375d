"""Made-up indicators of a day, the same each time: the newest value of each, what it was before, its periods."""

from collections.abc import Iterator
from datetime import datetime

from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Filled, Privacy, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import in_force
from cityops_dashboards.scenes.days import Day, Told, ago, dice

PERIODS = 12
USUAL = (96.0, 104.0)
"""Of an indicator that does not say between which values it lies."""
NOT_COME = "visitors"
"""Nobody has filled it in yet."""
LATE, LATE_S = "food_passed", 40 * 3600
OLD = "icu_beds"
"""Nothing of late."""


def reported(region: Region, day: Day) -> list[Told]:
    """Return the indicators of a region as the API tells them (`api.schemas.indicators.IndicatorState`)."""
    return [*_each(region, day)]


def _each(region: Region, day: Day) -> Iterator[Told]:
    if region.level is RegionLevel.STREET:
        return
    for code, one in in_force().indicators.items():
        is_left_out = isinstance(one.measure, Pushed | Filled) and RegionLevel.DISTRICT not in one.measure.levels
        if one.privacy is Privacy.RESTRICTED or (region.level is RegionLevel.DISTRICT and is_left_out):
            continue
        yield _nothing(code, one, day) if code in {NOT_COME, OLD} else _told(code, one, region, day)


def _nothing(code: str, one: IndicatorDeclaration, day: Day) -> Told:
    absent = ("value", "start", "end", "finished", "previous", "change_percent", "year_ago", "year_change_percent")
    ended = None if code == NOT_COME else one.period.shifted(one.period.floor(day.at), -PERIODS * 2)
    told = {"code": code, "period": one.period.value, **dict.fromkeys(absent)}
    told |= {"history": [None] * PERIODS, "warning": 0, "quality": None, "newest_end": _at(ended)}
    return told | {"late_since": None if ended is None else ago(day.at, LATE_S), "target": None}


def _told(code: str, one: IndicatorDeclaration, region: Region, day: Day) -> Told:
    low, high = one.usual or USUAL
    share = 1.0 if region.parent_code is None or one.unit == "%" else 0.09
    rng = dice(region.code, code)
    drawn = [round(rng.uniform(low, high) * share, one.decimals) for _ in range(PERIODS)]
    value, before, then = drawn[-1], drawn[-2], round(drawn[-1] * 0.97, one.decimals)
    end = one.period.floor(day.at)
    has_year = one.period in {Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR}
    told = {"code": code, "period": one.period.value, "value": value, "previous": before, "finished": True}
    told |= {"start": _at(one.period.shifted(end, -1)), "end": _at(end), "change_percent": _percent(value, before)}
    told |= {"year_ago": then if has_year else None, "year_change_percent": _percent(value, then) if has_year else None}
    told |= {"history": drawn, "warning": 0, "quality": None, "newest_end": _at(end)}
    late = ago(day.at, LATE_S) if code == LATE else None
    return told | {"late_since": late, "target": _target(code, region, value)}


def _percent(value: float, before: float) -> float | None:
    return round((value - before) / abs(before) * 100, 4) if before else None


def _target(code: str, region: Region, value: float) -> Told | None:
    found = next((one for one in in_force().targets if (one.indicator, one.region) == (code, region.code)), None)
    if found is None:
        return None
    told = {"value": found.value, "reached": found.reached.value, "by": found.by.isoformat(), "example": True}
    share = min(1.0, value / found.value)
    return told | {"interval": found.interval.value, "share": share, "is_reached": value >= found.value}


def _at(moment: datetime | None) -> str | None:
    return moment and moment.isoformat()
