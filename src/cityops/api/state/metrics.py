"""Metrics in the state of a region: value and age, what it was before, what is usual, and where it is worst."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from cityops.api import schemas
from cityops.api.state.city import EXTRA_DECIMALS, Here, Moment, Trends
from cityops.api.state.modes import limits_in_force
from cityops.domain.baselines.series import place_of
from cityops.domain.metrics import Metric
from cityops.domain.rollups import RollupTable
from cityops.domain.state import Total, region_slice

STREETS = 6

BAND_DECIMALS = 1
"""Digits of what is usual beyond those a metric is shown with: it is drawn, and goes to every wall each second."""


def metrics_state(moment: Moment, here: Here) -> list[schemas.MetricState]:
    """Compose all metrics of a region and of its children, in their order of display."""
    snapshot, code = moment.snapshot, here.region.code
    totals = snapshot.totals(code)
    parts = {child.code: snapshot.totals(child.code) for child in here.children}
    return [
        schemas.MetricState(
            code=metric.code,
            **_now(metric, totals[place]),
            **_before(moment, here, place, totals[place]),
            limits=limits_in_force(moment, metric.code, code),
            regions=[_part(metric, child, part[place]) for child, part in parts.items()],
            streets=[
                schemas.StreetValue(code=street, value=_digits(metric, value), warning=metric.warning(value))
                for street, value in snapshot.worst_streets(place, code, STREETS)
            ],
        )
        for place, metric in enumerate(snapshot.registry.metrics)
    ]


def _now(metric: Metric, total: Total) -> dict[str, Any]:
    return {
        "value": _rounded(metric, total.value),
        "minimum": _rounded(metric, total.minimum),
        "maximum": _rounded(metric, total.maximum),
        "warning": metric.warning(total.value),
        "as_of": instant(total.newest),
        "freshness": total.freshness,
        "expected": total.expected,
        "fresh": total.fresh,
        "late": total.late,
        "coverage": round(total.fresh / total.expected, 4) if total.expected else None,
        "expected_interval_s": None if total.interval is None else total.interval // 1_000_000,
    }


class MetricPast(NamedTuple):
    """What one metric of a region was before, and what is usual."""

    hour_ago: float | None
    yesterday: float | None
    last_week: float | None
    trend: schemas.Trend
    band: schemas.Band | None


def _before(moment: Moment, here: Here, place: int, total: Total) -> dict[str, Any]:
    """Return what one metric was an hour, a day and a week ago, how it went since, and what is usual."""
    metric, told = moment.snapshot.registry.metrics[place], here.trends.told
    key = metric.code, here.region.code, total.expected, total.contributing
    past: MetricPast | None = told.get(key)
    if past is None:
        past = told[key] = _past(moment, here, place, total)
    ago = past.hour_ago
    change = None if total.value is None or ago is None else total.value - ago
    return {name: one for name, one in past._asdict().items() if name != "hour_ago"} | {
        "change_1h": _rounded(metric, change)
    }


def _past(moment: Moment, here: Here, place: int, total: Total) -> MetricPast:
    registry, trends, code = moment.snapshot.registry, here.trends, here.region.code
    metric, cut = registry.metrics[place], region_slice(registry.regions, code)

    def then(table: RollupTable) -> float | None:
        """Return a value of then, of a sum that of as many devices as say it now."""
        return table.values(place, metric.aggregate, cut, total.contributing or total.expected)[0]

    steps = trends.day.values(place, metric.aggregate, cut, total.expected)
    return MetricPast(
        then(trends.before),
        _rounded(metric, then(trends.yesterday)),
        _rounded(metric, then(trends.last_week)),
        schemas.Trend(
            start=trends.day.start,
            step_s=int(trends.day.step.total_seconds()),
            values=[_rounded(metric, value) for value in steps],
        ),
        _band(trends, metric, place_of(registry, place, registry.regions.index(code)), total.expected),
    )


def _band(trends: Trends, metric: Metric, series: int, devices: int) -> schemas.Band | None:
    """Return what is usual at each step of the trend: of a half hour what is so of its hour."""
    usual, day = trends.usual, trends.day
    if usual is None or not usual.is_known(series):
        return None
    steps = [usual.at(day.start + step * day.step, series, metric, devices) for step in range(day.n.shape[1])]
    digits = metric.decimals + BAND_DECIMALS
    return schemas.Band(
        low=[one and round(one.low, digits) + 0.0 for one in steps],
        high=[one and round(one.high, digits) + 0.0 for one in steps],
        days=int(usual.days[series]),
    )


def _part(metric: Metric, code: str, total: Total) -> schemas.RegionValue:
    return schemas.RegionValue(
        code=code,
        value=_rounded(metric, total.value),
        warning=metric.warning(total.value),
        as_of=instant(total.newest),
        freshness=total.freshness,
        expected=total.expected,
        fresh=total.fresh,
    )


def _rounded(metric: Metric, value: float | None) -> float | None:
    return None if value is None else _digits(metric, value)


def _digits(metric: Metric, value: float) -> float:
    return round(value, metric.decimals + EXTRA_DECIMALS) + 0.0


def instant(us: int | None) -> datetime | None:
    """Return a time in µs since 1970 as one, None where there is none."""
    return None if us is None else datetime.fromtimestamp(us / 1e6, UTC)
