"""The state of a region and its children, composed from the city at this tick and serialised once for all who ask."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from cityops.api import schemas
from cityops.api.state.alarms import alarms_state
from cityops.api.state.city import EXTRA_DECIMALS, City, Here, Moment, Standing
from cityops.api.state.events import events_state
from cityops.api.state.metrics import instant, metrics_state
from cityops.api.state.modes import mode_state, roster_state
from cityops.api.state.outages import outages_in
from cityops.api.state.regions import region_of, region_out
from cityops.api.state.situation import places_state, situation_state
from cityops.api.state.sources import platform, source_states
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import RegionLevel, is_city
from cityops.domain.state import Warned

CONFIRMED = timedelta(seconds=60)
"""An outage that the watch has not confirmed for so long is not told as one of now."""


UNTOLD: Mapping[str, Any] = {
    **dict.fromkeys(("rule_code", "name_zh", "name_en", "metric", "threshold", "direction", "worst")),
    "handling": [],
}
"""What a situation comes to for whom only sums are told: how grave, where, how many and whether it was seen."""


class SerialisedState(NamedTuple):
    """A state as JSON, its strong ETag, a digest of these bytes, and the position of the log that it is of.

    Which of two states is the later one, the position tells, whichever process made them; None of the past.
    """

    body: bytes
    etag: str
    position: int | None


def serialiser(city: City) -> Callable[[tuple[str, bool, bool]], tuple[float, SerialisedState]]:
    """Return the function from a region's code to its state.

    Beside the code stands whether the scope covers the region, without which no street is told, and whether the
    detail is wanted: single cases, devices and groups of alarms.

    Before them stands when the store was read, on the monotonic clock.
    """

    def of_region(asked: tuple[str, bool, bool]) -> tuple[float, SerialisedState]:
        code, covers, detail = asked
        return serialised(city, code, covers=covers, detail=detail)

    return of_region


def serialised(city: City, code: str, *, covers: bool, detail: bool) -> tuple[float, SerialisedState]:
    """Return when the store was read, and the state of a region."""
    moment = city.moment()
    region_of(city.regions(), code)
    state = compose(moment, city.here(moment, code))
    state = state if detail else without_detail(state)
    body = (state if covers else without_streets(state)).model_dump_json().encode()
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    return moment.read, SerialisedState(body, etag, moment.position)


def compose(moment: Moment, here: Here) -> schemas.State:
    """Put the state of a region at a moment together; nothing more is read for it."""
    snapshot, code, region = moment.snapshot, here.region.code, here.region
    events = events_state(moment, here)
    newest = [time for time in (instant(snapshot.newest_reading(code)), events.as_of) if time]
    sources, places = source_states(here.sources, moment.accounts_at or moment.at), places_state(moment, here)
    return schemas.State(
        region=region_out(region),
        children=[region_out(child) for child in here.children],
        detail=True,
        mode=mode_state(moment, here),
        roster=roster_state(moment, here),
        as_of=min(moment.at, max(newest)) if newest else None,
        devices=schemas.DeviceTotals(**vars(snapshot.liveness(code))),
        metrics=metrics_state(moment, here),
        warnings=_warnings(moment, snapshot.warned, here.warned, code),
        device_health=_warnings(moment, snapshot.ailing, here.ailing, code),
        situation=situation_state(moment, here, places),
        alarms=alarms_state(moment, here, places),
        outages=_outages(moment, here),
        events=events,
        sources=[one for one in sources if is_city(code) or one.devices or one.carries == "events"],
        platform=platform(moment, sources, here.trends.readings_per_s),
        indicators=here.indicators,
        replay=moment.replay,
    )


def without_detail(state: schemas.State) -> schemas.State:
    """Return what every subject may see of a region: sums and counts, no single case, device or group of alarms."""
    return state.model_copy(
        update={
            "detail": False,
            "roster": None,
            "situation": state.situation and state.situation.model_copy(update=dict(UNTOLD)),
            "events": state.events.model_copy(update={"pressing": [], "places": [], "matters": []}),
            "alarms": state.alarms.model_copy(update={"groups": [], "places": [], "tallies": []}),
            "warnings": state.warnings.model_copy(update={"worst": []}),
            "device_health": state.device_health.model_copy(update={"worst": []}),
        }
    )


def without_streets(state: schemas.State) -> schemas.State:
    """Return a state without the sums of streets, which are open to those of the street alone.

    Children of the city are districts, and stay.
    """
    streets: dict[str, Any] = {"streets": []}
    if state.region.level is not RegionLevel.DISTRICT:
        return state.model_copy(update={"metrics": [one.model_copy(update=streets) for one in state.metrics]})
    place = {"regions": [state.region.code]}
    return state.model_copy(
        update={
            "metrics": [one.model_copy(update=streets | {"regions": []}) for one in state.metrics],
            "situation": state.situation and state.situation.model_copy(update=place),
            "events": state.events.model_copy(update={"regions": []}),
            "alarms": state.alarms.model_copy(update={"regions": []}),
        }
    )


def _warnings(moment: Moment, warned: Warned, standing: Standing, code: str) -> schemas.Warnings:
    if not moment.snapshot.knows_series:
        return schemas.Warnings(blue=None, yellow=None, orange=None, red=None, worst=[])
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
