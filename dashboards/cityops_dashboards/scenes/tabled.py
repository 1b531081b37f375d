"""Made-up indicators of a day, the same each time: the newest value of each, what it was before, its periods."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from cityops import reference
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.indicators.measures import Filled, Privacy, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.targets import TargetDirection
from cityops.domain.indicators.vital_signs import scores
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import in_force
from cityops_dashboards.scenes.days import Day, Told, ago, dice

PERIODS = 12
USUAL = {
    "gdp": (7_000, 8_400), "gdp_ytd": (14_400, 15_100), "gdp_growth": (2.5, 5.5), "power_used_yoy": (1.5, 6.0),
    "water_supplied_yoy": (-2.0, 3.0), "fires_ytd": (2_300, 2_420), "good_air_days_ytd": (176, 190), "aqi": (38, 66),
    "power_used_ytd": (480, 560),
}  # fmt: skip
"""Between which values an indicator lies of which no file says it."""
OTHERWISE = (20.0, 90.0)
STEP = 0.18
"""Of that span, by which a value differs from the one before at most."""
GONE = 0.69
"""Of the way to a target."""
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
    told: Told = {"code": code, "period": one.period.value, **dict.fromkeys(absent)}
    told |= {"history": [None] * PERIODS, "warning": 0, "quality": None, "newest_end": _at(ended)}
    return told | {"late_since": None if ended is None else ago(day.at, LATE_S), "target": None}


def _told(code: str, one: IndicatorDeclaration, region: Region, day: Day) -> Told:
    drawn = _drawn(code, one, region)
    value, before = drawn[-1], drawn[-2]
    then = round(value * dice(code, region.code).uniform(0.94, 1.03), one.decimals)
    end = one.period.floor(day.at)
    has_year = one.period in {Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR}
    told: Told = {"code": code, "period": one.period.value, "value": value, "previous": before, "finished": True}
    told |= {"start": _at(one.period.shifted(end, -1)), "end": _at(end), "change_percent": _percent(value, before)}
    told |= {
        "year_ago": then if has_year else None,
        "year_change_percent": _percent(value, then) if has_year else None,
    }
    level = scores.warning(_known()[code], value)
    told |= {"history": drawn, "warning": level, "quality": None, "newest_end": _at(end)}
    late = ago(day.at, LATE_S) if code == LATE else None
    return told | {"late_since": late, "target": _target(code, region, value)}


@cache
def _known() -> Mapping[str, Indicator]:
    return indicators(reference.metrics(), {}, in_force().themes)


def _drawn(code: str, one: IndicatorDeclaration, region: Region) -> list[float]:
    """Return values that walk about between those that are usual; a district's sums are a part of the city's."""
    low, high = USUAL.get(code, one.usual or OTHERWISE)
    is_part = region.parent_code is not None and one.adds_over.over_regions
    rng, at, walked = dice(region.code, code), 0.5, []
    for _ in range(PERIODS):
        at = min(max(at + rng.uniform(-STEP, STEP), 0.05), 0.95)
        walked.append(round((low + at * (high - low)) * (0.09 if is_part else 1.0), one.decimals))
    return walked


def _percent(value: float, before: float) -> float | None:
    return round((value - before) / abs(before) * 100, 4) if before else None


def _target(code: str, region: Region, value: float) -> Told | None:
    found = next((one for one in in_force().targets if (one.indicator, one.region) == (code, region.code)), None)
    if found is None:
        return None
    told = {"value": found.value, "reached": found.reached.value, "by": found.by.isoformat(), "example": True}
    is_reached = found.reached is TargetDirection.AT_MOST and value <= found.value
    return told | {"interval": found.interval.value, "share": 1.0 if is_reached else GONE, "is_reached": is_reached}


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
