"""Made-up metrics of a day, the same each time: value, curve, what is usual, districts and the worst streets."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from cityops import reference
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.domain.regions import Region, district_of
from cityops_dashboards import display
from cityops_dashboards.scenes.days import USUAL, Day, Told, ago, dice

STEPS, STEP = 48, timedelta(minutes=30)
WORST = 6
"""Streets that are told."""
FACTORS = {"440103": 0.96, "440104": 1.1, "440105": 1.04, "440106": 1.14, "440111": 0.93, "440112": 0.9}
"""Of the city's value, where a day says nothing of a district; 0.7 of those farther out."""


def measured(metric: Metric, region: Region, children: Sequence[Region], day: Day) -> Told:
    """Return one metric of a region as the API tells it (`api.schemas.MetricState`)."""
    rng = dice(region.code, metric.code)
    value = _value(metric, region, day)
    curve = _curve(metric, value, day)
    expected = 44 if metric.code in USUAL else 0
    lows = [_trim(metric, usual * 0.82) for usual in _usual(metric)]
    highs = [_trim(metric, usual * 1.18 + 0.001) for usual in _usual(metric)]
    return {
        "code": metric.code,
        "value": value,
        "minimum": min(curve),
        "maximum": max(curve),
        "warning": metric.warning(value),
        "as_of": ago(day.at, rng.randrange(2, 50)),
        "freshness": "fresh",
        "expected": expected,
        "fresh": expected - 1,
        "late": 1,
        "coverage": round((expected - 1) / expected, 4),
        "expected_interval_s": 60,
        "change_1h": _trim(metric, curve[-1] - curve[-3]),
        "yesterday": _trim(metric, USUAL[metric.code] * rng.uniform(0.94, 1.06)),
        "last_week": _trim(metric, USUAL[metric.code] * rng.uniform(0.9, 1.1)),
        "trend": {"start": _steps(day)[0].isoformat(), "step_s": int(STEP.total_seconds()), "values": curve},
        "band": {"low": [min(pair) for pair in zip(lows, highs, strict=True)],
                 "high": [max(pair) for pair in zip(lows, highs, strict=True)], "days": 30},
        "regions": [_part(metric, one, day) for one in children],
        "streets": _streets(metric, region, day),
    }  # fmt: skip


def _trim(metric: Metric, value: float) -> float:
    return round(value, metric.decimals + 1)


def _value(metric: Metric, region: Region, day: Day) -> float:
    """Return a region's own value, what the day says of its district, or what is made of the city's."""
    city = day.cities[metric.code]
    if region.parent_code is None:
        return city
    said = day.districts.get(metric.code)
    district = district_of(region.code)
    if said is not None:
        base = said.get(district, 0.0)
    elif metric.aggregate is Aggregate.SUM:
        base = city / len(FACTORS) * dice(metric.code, district).uniform(0.2, 1)
    else:
        low, high = display.span(metric) or (0, city)
        step = (FACTORS.get(district, 0.7) - 1) * max(abs(city), (high - low) / 4)
        base = city + step * dice(metric.code, district).uniform(0.6, 1.2)
    if region.code != district:
        base -= abs(base) * dice(metric.code, region.code).uniform(0, 0.5)
    return _trim(metric, min(max(base, metric.valid_min), metric.valid_max))


def _usual(metric: Metric) -> list[float]:
    """Return what is usual by the half hours of the last day: a wave about the usual value."""
    usual, offset = USUAL[metric.code], dice(metric.code).uniform(0, 0.6)
    return [usual * (1 + 0.12 * math.sin(step / STEPS * 2 * math.pi + offset)) for step in range(STEPS)]


def _curve(metric: Metric, value: float, day: Day) -> list[float]:
    """Return the last day by half hours, of which the last is the value."""
    known = day.curves.get(metric.code)
    rng = dice(metric.code, day.at)
    if known is None:
        usual = [one * rng.uniform(0.97, 1.03) for one in _usual(metric)]
        ends = value - usual[-1]
        values = [one + ends * max(0.0, (step - STEPS + 9) / 8) for step, one in enumerate(usual)]
    else:
        spoken = [one.hour + one.minute / 60 if one.date() == day.at.date() else 0.0 for one in _steps(day)]
        city = day.cities[metric.code]
        scale = value / city if city > 0 else 1.0
        values = [_between(known, hour) * scale for hour in spoken]
    return [*(_trim(metric, one) for one in values[:-1]), value]


def _steps(day: Day) -> list[datetime]:
    """Return when the steps of a curve begin; the last still runs."""
    last = day.at.replace(minute=day.at.minute // 30 * 30, second=0)
    return [last - STEP * (STEPS - 1 - step) for step in range(STEPS)]


def _between(points: Sequence[tuple[float, float]], hour: float) -> float:
    for (before, low), (after, high) in pairwise(points):
        if hour <= after:
            return low + (high - low) * (hour - before) / (after - before)
    return points[-1][1]


def _part(metric: Metric, child: Region, day: Day) -> Told:
    value = _value(metric, child, day)
    judged = {"code": child.code, "value": value, "warning": metric.warning(value)}
    heard = ago(day.at, dice(child.code, metric.code).randrange(2, 50))
    return judged | {"as_of": heard, "freshness": "fresh", "expected": 4, "fresh": 4}


def _streets(metric: Metric, region: Region, day: Day) -> list[Told]:
    said = [
        one for one in day.streets.get(metric.code, ()) if one[0].startswith(region.code) or not region.parent_code
    ]
    if not said:
        own = [one for one in reference.regions() if one.parent_code and one.code != district_of(one.code)]
        beneath = [one for one in own if one.code.startswith(region.code) or not region.parent_code]
        is_low = metric.direction is Direction.LOW
        every = [(one.code, _value(metric, one, day)) for one in beneath]
        said = sorted(every, key=lambda one: one[1], reverse=not is_low)[:WORST]
    return [{"code": code, "value": float(value), "warning": metric.warning(value)} for code, value in said]
