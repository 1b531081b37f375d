"""The state of a region and its children, composed from the city at this tick and serialised once for all who ask."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from cityops.api import schemas
from cityops.api.state.alarms import alarms_state
from cityops.api.state.city import EXTRA_DECIMALS, City, Here, Moment, Standing, Trends
from cityops.api.state.events import events_state
from cityops.api.state.outages import outages_in
from cityops.api.state.regions import region_of, region_out
from cityops.api.state.sources import platform, source_states
from cityops.domain.metrics import Metric, WarningLevel
from cityops.domain.regions import RegionLevel, is_city
from cityops.domain.state import Total, Warned, region_slice

CONFIRMED = timedelta(seconds=60)
"""An outage that the watch has not confirmed for so long is not told as one of now."""


def serialiser(city: City) -> Callable[[tuple[str, bool, bool]], tuple[float, tuple[bytes, str]]]:
    """Return the function from a region's code to its state as JSON and a strong ETag, a digest of these bytes.

    Beside the code stands whether the scope covers the region, without which no street is told, and whether the
    detail is wanted: single cases, devices and groups of alarms.

    Before them stands when the store was read, on the monotonic clock.
    """

    def serialised(asked: tuple[str, bool, bool]) -> tuple[float, tuple[bytes, str]]:
        moment = city.moment()
        code, covers, detail = asked
        region_of(city.regions(), code)
        state = compose(moment, city.here(moment, code))
        state = state if detail else without_detail(state)
        body = (state if covers else without_streets(state)).model_dump_json().encode()
        return moment.read, (body, f'"{blake2b(body, digest_size=16).hexdigest()}"')

    return serialised


def compose(moment: Moment, here: Here) -> schemas.State:
    """Put the state of a region at a moment together; nothing more is read for it."""
    snapshot, code, region = moment.snapshot, here.region.code, here.region
    events = events_state(moment, here)
    newest = [time for time in (_moment(snapshot.newest_reading(code)), events.as_of) if time]
    sources = source_states(here.sources, moment.at)
    return schemas.State(
        region=region_out(region),
        children=[region_out(child) for child in here.children],
        detail=True,
        as_of=min(moment.at, max(newest)) if newest else None,
        devices=schemas.DeviceTotals(**vars(snapshot.liveness(code))),
        metrics=_metrics(moment, here),
        warnings=_warnings(moment, snapshot.warned, here.warned, code),
        device_health=_warnings(moment, snapshot.ailing, here.ailing, code),
        alarms=alarms_state(moment, here),
        outages=_outages(moment, here),
        events=events,
        sources=[one for one in sources if is_city(code) or one.devices or one.carries == "events"],
        platform=platform(moment, sources, here.trends.readings_per_s),
    )


def without_detail(state: schemas.State) -> schemas.State:
    """Return what every subject may see of a region: sums and counts, no single case, device or group of alarms."""
    return state.model_copy(
        update={
            "detail": False,
            "events": state.events.model_copy(update={"pressing": []}),
            "alarms": state.alarms.model_copy(update={"groups": []}),
            "warnings": state.warnings.model_copy(update={"worst": []}),
            "device_health": state.device_health.model_copy(update={"worst": []}),
        }
    )


def without_streets(state: schemas.State) -> schemas.State:
    """Return a district's state without the sums of its streets, which are open to those of the street alone."""
    if state.region.level is not RegionLevel.DISTRICT:
        return state
    return state.model_copy(
        update={
            "metrics": [one.model_copy(update={"regions": []}) for one in state.metrics],
            "events": state.events.model_copy(update={"regions": []}),
            "alarms": state.alarms.model_copy(update={"regions": []}),
        }
    )


def _metrics(moment: Moment, here: Here) -> list[schemas.MetricState]:
    snapshot, trends, code = moment.snapshot, here.trends, here.region.code
    totals = snapshot.totals(code)
    parts = {child.code: snapshot.totals(child.code) for child in here.children}
    cut = region_slice(snapshot.registry.regions, code)
    return [
        _metric(
            metric,
            totals[place],
            {child: part[place] for child, part in parts.items()},
            trends.day.values(place, metric.aggregate, cut, totals[place].expected),
            trends.before.values(place, metric.aggregate, cut, totals[place].contributing)[0],
            trends,
        )
        for place, metric in enumerate(snapshot.registry.metrics)
    ]


def _metric(
    metric: Metric,
    total: Total,
    parts: dict[str, Total],
    steps: list[float | None],
    before: float | None,
    trends: Trends,
) -> schemas.MetricState:
    change = None if total.value is None or before is None else total.value - before
    return schemas.MetricState(
        code=metric.code,
        value=_rounded(metric, total.value),
        minimum=_rounded(metric, total.minimum),
        maximum=_rounded(metric, total.maximum),
        warning=metric.warning(total.value),
        as_of=_moment(total.newest),
        freshness=total.freshness,
        expected=total.expected,
        fresh=total.fresh,
        late=total.late,
        coverage=round(total.fresh / total.expected, 4) if total.expected else None,
        expected_interval_s=None if total.interval is None else total.interval // 1_000_000,
        change_1h=_rounded(metric, change),
        trend=schemas.Trend(
            start=trends.day.start,
            step_s=int(trends.day.step.total_seconds()),
            values=[_rounded(metric, value) for value in steps],
        ),
        regions=[_part(metric, code, part) for code, part in parts.items()],
    )


def _part(metric: Metric, code: str, total: Total) -> schemas.RegionValue:
    return schemas.RegionValue(
        code=code,
        value=_rounded(metric, total.value),
        warning=metric.warning(total.value),
        as_of=_moment(total.newest),
        freshness=total.freshness,
        expected=total.expected,
        fresh=total.fresh,
    )


def _warnings(moment: Moment, warned: Warned, standing: Standing, code: str) -> schemas.Warnings:
    snapshot, names = moment.snapshot, standing.names
    counts = snapshot.warning_counts(warned, code)
    metrics = {metric.code: metric for metric in snapshot.registry.metrics}
    return schemas.Warnings(
        blue=counts[WarningLevel.BLUE],
        yellow=counts[WarningLevel.YELLOW],
        orange=counts[WarningLevel.ORANGE],
        red=counts[WarningLevel.RED],
        worst=[
            schemas.DeviceWarning(
                device_code=names[row.device_id].code,
                device_name_zh=names[row.device_id].name_zh,
                kind_zh=names[row.device_id].kind_zh,
                kind_en=names[row.device_id].kind_en,
                region_code=row.region,
                metric=row.metric,
                value=round(row.value, metrics[row.metric].decimals + EXTRA_DECIMALS) + 0.0,
                warning=row.level,
                ts=datetime.fromtimestamp(row.ts / 1e6, UTC),
                since=onset.since,
                since_known=onset.known,
            )
            for row, onset in zip(standing.rows, standing.onsets, strict=True)
        ],
    )


def _outages(moment: Moment, here: Here) -> list[schemas.Outage]:
    looked_at = here.counts.looked_at
    confirmed = looked_at is not None and moment.at - looked_at <= CONFIRMED
    return outages_in(here.counts, here.regions, here.region.code) if confirmed else []


def _rounded(metric: Metric, value: float | None) -> float | None:
    return None if value is None else round(value, metric.decimals + EXTRA_DECIMALS) + 0.0


def _moment(us: int | None) -> datetime | None:
    return None if us is None else datetime.fromtimestamp(us / 1e6, UTC)
