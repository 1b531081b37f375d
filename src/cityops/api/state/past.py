"""The city as it was at a moment that has gone: read through the views of the past, composed as that of now is.

Values come of the readings themselves where these are kept and quickly found, else of their sums by five minutes.
"""

import math
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine

from cityops.api import problems, schemas
from cityops.api.state.city import City, Here, Moment, Trends, under_which
from cityops.api.state.compose import SerialisedState, serialised
from cityops.api.state.kept import Kept
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS, DeviceState
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.metrics import WarningLevel
from cityops.domain.readings import ROLLUP_BUCKET
from cityops.domain.regions import Region
from cityops.domain.rollups import RollupTable, Summed, snapshot_of_sums
from cityops.domain.state import NEVER, Ints, Registry, Snapshot, snapshot
from cityops.store import device_states, sources
from cityops.store import state as state_store
from cityops.store.alarms import gravest
from cityops.store.alarms.past import Stood, stood
from cityops.store.alarms.queries import open_tallies
from cityops.store.engine import as_of, reading
from cityops.store.events import queries

MOST_SERIES = 8_000
"""Of so many the readings of a moment are looked up one by one within a tenth of a second; of more, sums are told."""
MOST_PACKED = 400
"""Likewise where they lie in the columnstore."""

KEPT_S = 60.0
MOST_DAYS = 4
PAST_KEPT_S = 10.0
"""What several look at together is computed once for them."""

STEP_S = 300
"""Of a timeline."""

COMPARED = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
"""How far back what a value is held against lies."""

_STATES = {DeviceState.ONLINE: 0, DeviceState.LATE: 1, DeviceState.SILENT: 2, DeviceState.NEVER: 3}
_ACCOUNTS = ("received", "stored", "duplicate", "rejected", "last_received_at")


class PastAsked(NamedTuple):
    """A state of the past that is asked for."""

    at: datetime
    region: str
    covers: bool
    detail: bool


class PastStates:
    """Makes states of past moments; what does not depend on the moment it has from the city of now."""

    def __init__(self, live: City, engine: Engine) -> None:
        """Begin with the city of now, and an engine of `make_past_engine`."""
        self._live, self._engine = live, engine
        self._kept: Kept[state_store.PastKept] = Kept(KEPT_S)
        self._days = PastDays()

    def kept(self) -> state_store.PastKept:
        """Return how far back what is kept."""
        return self._kept.get(self._read_kept)

    def oldest(self) -> datetime:
        """Return the earliest moment that can be asked for."""
        kept = self.kept()
        return min(kept.rollups or kept.versions, kept.versions)

    def check(self, at: datetime) -> datetime:
        """Return the moment in UTC, or refuse it.

        Raises
        ------
        problems.ProblemError
            422: it has not come yet; 410: nothing is kept of it. The text says what can be asked for.
        """
        at, now = at.astimezone(UTC), utc_now()
        if at > now:
            raise problems.ProblemError(422, f"at: {_told(at)} is still to come; ask for {_told(now)} or before.")
        if at < self.oldest():
            raise problems.ProblemError(
                410, f"at: nothing is kept of {_told(at)}; the past goes back to {_told(self.oldest())}."
            )
        return at

    def serialised(self, asked: PastAsked) -> tuple[float, SerialisedState]:
        """Return the state as JSON with its ETag, as `compose.serialiser` gives that of now."""
        region_of(self._live.regions(), asked.region)
        at = self.check(asked.at)
        city = PastCity(self._live, self._engine, at, self.kept(), self.oldest(), self._days)
        return serialised(city, asked.region, covers=asked.covers, detail=asked.detail)

    def timeline(self, region: str, start: datetime, end: datetime) -> schemas.Timeline:
        """Return how many alarms stood at each five minutes of a span, from its first full ones on."""
        region_of(self._live.regions(), region)
        first = datetime.fromtimestamp(start.timestamp() // STEP_S * STEP_S, UTC)
        steps, now = -int(-(end - first).total_seconds() // STEP_S), utc_now()
        with reading(self._live.engine, WHOLE_CITY) as connection:
            bundles = stood(connection, region, first, end, STEP_S)
        known = min(int((now - first).total_seconds() // STEP_S) + 1, steps)
        levels = {level: _standing(bundles, level, steps, known) for level in WarningLevel if level}
        return schemas.Timeline(
            region=region,
            start=first,
            step_s=STEP_S,
            red=levels[WarningLevel.RED],
            orange=levels[WarningLevel.ORANGE],
            yellow=levels[WarningLevel.YELLOW],
            blue=levels[WarningLevel.BLUE],
            marks=sorted(_marks(bundles, first, levels), key=lambda one: one.at),
            oldest=self.oldest(),
            newest=now,
        )

    def _read_kept(self) -> state_store.PastKept:
        with reading(self._live.engine, WHOLE_CITY) as connection:
            return state_store.past_kept(connection)


class PastDays:
    """Days of trends by the half hour that was running then: whoever plays asks for one of these again and again."""

    def __init__(self) -> None:
        self._lock, self._kept = threading.Lock(), dict[Hashable, RollupTable]()

    def get(self, key: Hashable, make: Callable[[], RollupTable]) -> RollupTable:
        """Return the day of a key, or what `make` returns; a few are kept, the newest longest."""
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = make()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_DAYS:
                del self._kept[next(iter(self._kept))]
        return found


class PastCity(City):
    """The city at one moment; read once, then thrown away."""

    def __init__(
        self,
        live: City,
        engine: Engine,
        at: datetime,
        kept: state_store.PastKept,
        oldest: datetime,
        days: PastDays,
    ) -> None:
        super().__init__(as_of(engine, at))
        self._live, self._at, self._known, self._oldest, self._past_days = live, at, kept, oldest, days
        self._moment, self._device_counts = Kept(math.inf), Kept(math.inf)  # it does not pass

    def regions(self) -> dict[str, Region]:
        """Return all regions; they are those of now."""
        return self._live.regions()

    def indicators(self) -> dict[str, Indicator]:
        """Return all indicators; they are those of now."""
        return self._live.indicators()

    def reported(self, region: Region) -> None:
        """Return None: what was known of days and months then is not told, and what is known now was not."""

    def here(self, moment: Moment, code: str) -> Here:
        """Return what is read for one region; accounts that are not kept of the moment are null, not those of now."""
        here = super().here(moment, code)
        if moment.accounts_at is not None:
            return here
        return replace(here, sources=[dict(row) | dict.fromkeys(_ACCOUNTS) for row in here.sources])

    def trends(self, street: str | None) -> Trends:
        """Return the day before the moment, and the hour."""
        registry = self.moment().snapshot.registry
        with reading(self.engine, WHOLE_CITY) as connection:
            before, yesterday, last_week = (
                state_store.around(connection, registry, self._at - back) for back in COMPARED
            )
            return Trends(
                self._day(connection, registry, street),
                before,
                yesterday,
                last_week,
                state_store.readings_per_s(connection, self._at),
                None,
            )

    def _day(self, connection: Connection, registry: Registry, street: str | None) -> RollupTable:
        """Return the day by half hours where readings are told, of which the last is read anew; else by hours."""
        if not self.moment().snapshot.knows_series:
            return state_store.trend_by_hours(connection, registry, self._at, street=street)
        if street is not None:
            return state_store.trend(connection, registry, self._at, street=street)
        recent = state_store.trend(connection, registry, self._at, steps=1)
        key = recent.start, registry.metric_ids, registry.region_ids
        return self._past_days.get(key, lambda: state_store.trend(connection, registry, self._at)).renewed(recent)

    def _read_moment(self) -> Moment:
        registry = self._live.moment().snapshot.registry
        with reading(self.engine, WHOLE_CITY) as connection:
            registry = registry.of(state_store.registered(connection, self._at))
            is_exact = self._has_readings(connection, registry)
            found = self._exact(connection, registry) if is_exact else self._summed(connection, registry)
            totals, accounts_at = dict(sources.totals(connection)), sources.accounts_at(connection)
            return Moment(
                self._at,
                monotonic(),
                found.of_devices(_codes(registry, device_states.states(connection))),
                queries.tallies(connection, Interval.DAY.floor(self._at), self._at),
                open_tallies(connection),
                gravest.cases_held(connection, self._at),
                dict.fromkeys(totals) if accounts_at is None else totals,
                *under_which(connection, self._at),
                replay=self._replay(is_exact=is_exact),
                accounts_at=accounts_at,
            )

    def _has_readings(self, connection: Connection, registry: Registry) -> bool:
        series, longest = len(registry.series_id), int(registry.interval.max(initial=0)) * LATE_INTERVALS
        if series > MOST_SERIES or not self._known.has_readings(self._at - timedelta(microseconds=longest)):
            return False
        return series <= MOST_PACKED or not state_store.is_packed(connection, self._at)

    def _exact(self, connection: Connection, registry: Registry) -> Snapshot:
        return snapshot(registry, *state_store.latest(connection), _micros(self._at))

    def _summed(self, connection: Connection, registry: Registry) -> Snapshot:
        end, bucket = self._last_bucket(), int(ROLLUP_BUCKET / timedelta(microseconds=1))
        longest = np.zeros(len(registry.metrics), dtype=np.int64)
        np.maximum.at(longest, registry.metric, registry.interval)
        length = np.maximum(-(-longest // bucket), 1) * bucket
        late = np.maximum(LATE_INTERVALS * longest, FRESH_INTERVALS * bucket)
        spans = [
            state_store.SumSpan(number, end - _span(one), end - _span(other))
            for number, one, other in zip(registry.metric_ids, length, late, strict=True)
        ]
        metric, region, sums, newest = state_store.sums_before(connection, self._spans(connection, registry, spans))
        places = _place(registry.metric_ids)[metric], _place(registry.region_ids)[region]
        shape = len(registry.metrics), len(registry.regions)
        tables = [np.full(shape, empty) for empty in (0.0, 0.0, np.inf, -np.inf) * 2]
        for table, column in zip(tables, sums, strict=True):
            table[places] = column
        latest = np.full(shape, NEVER, dtype=np.int64)
        latest[places] = newest
        fresh, beyond = tables[:4], tables[4:]
        return snapshot_of_sums(
            registry,
            Summed(
                length,
                (fresh[0], fresh[1], fresh[2], fresh[3]),
                (beyond[0], beyond[1], beyond[2], beyond[3]),
                latest,
            ),
        )

    def _spans(
        self, connection: Connection, registry: Registry, spans: Sequence[state_store.SumSpan]
    ) -> list[state_store.SumSpan]:
        """Return the spans, without the longer part of metrics of which something has come from everywhere."""
        whole = state_store.streets_of_sums(connection, spans)
        expected = (registry.expected > 0).sum(axis=1).tolist()
        return [
            span._replace(late_from=span.fresh_from) if whole.get(span.metric_id, 0) >= expected[place] else span
            for place, span in enumerate(spans)
        ]

    def _last_bucket(self) -> datetime:
        width = ROLLUP_BUCKET.total_seconds()
        return datetime.fromtimestamp(self._at.timestamp() // width * width, UTC)

    def _replay(self, *, is_exact: bool) -> schemas.Replay:
        lacking = [one for holds, one in _lacking(self._at, self._known.versions) if holds(is_exact)]
        return schemas.Replay(
            at=self._at,
            kept="readings" if is_exact else "rollups",
            resolution_s=0 if is_exact else int(ROLLUP_BUCKET.total_seconds()),
            oldest=self._oldest,
            newest=utc_now(),
            lacking=lacking,
        )


def _standing(bundles: Sequence[Stood], level: int, steps: int, known: int) -> list[int | None]:
    changes = np.zeros(steps + 1, dtype=np.int64)
    for one in bundles:
        if one.level == level:
            changes[min(one.first, steps)] += one.n
            changes[steps if one.over is None else min(max(one.over, 0), steps)] -= one.n
    counted = np.cumsum(changes)[:steps].tolist()
    return [n if step < known else None for step, n in enumerate(counted)]


def _marks(
    bundles: Sequence[Stood], start: datetime, levels: Mapping[WarningLevel, list[int | None]]
) -> Iterator[schemas.TimelineMark]:
    """Yield when the first red and orange one came, when most alarms stood, and when no red one stood any more."""
    for kind, level in (("first_red", WarningLevel.RED), ("first_orange", WarningLevel.ORANGE)):
        begun = [one.since for one in bundles if one.level == level]
        if begun and min(begun) >= start:
            yield schemas.TimelineMark.model_validate({"at": min(begun), "kind": kind, "count": None})
    totals = [sum(filter(None, column)) for column in zip(*levels.values(), strict=True)]
    if most := max(totals, default=0):
        at = start + totals.index(most) * timedelta(seconds=STEP_S)
        yield schemas.TimelineMark(at=at, kind="most", count=most)
    red = [one for one in bundles if one.level == WarningLevel.RED]
    ends = [one.until for one in red if one.over is not None and one.until is not None]
    if ends and len(ends) == len(red):
        yield schemas.TimelineMark(at=max(ends), kind="red_over", count=None)


def _lacking(at: datetime, versions: datetime) -> list[tuple[Callable[[bool], bool], schemas.Lacking]]:
    """Return what may be lacking, each with the test whether it is, given that the readings themselves are there."""
    sums = "只保存 5 分钟汇总", "only sums by five minutes are kept"
    before = "那时还未逐次保存", "was not yet written down step by step"
    told = [
        (lambda exact: not exact, "warnings", *sums),
        (lambda exact: not exact, "device_health", *sums),
        (lambda exact: not exact, "metrics.fresh", "由汇总的读数条数推算", "estimated from the number of readings"),
        (lambda _: at < versions, "events.overdue", *before),
        (lambda _: at < versions, "events.pressing.unit", *before),
        (lambda exact: not exact, "metrics.trend.step_s", "按小时汇总", "summed by hours"),
        (lambda _: True, "metrics.trend", "止于最近的整 5 分钟", "ends with the last full five minutes"),
        (lambda _: True, "indicators", "日、月指标不随时间回放", "values of days and months are not replayed"),
        (lambda _: True, "sources", "每 5 分钟保存一次", "are kept once in five minutes"),
    ]
    return [(holds, schemas.Lacking(field=field, why_zh=zh, why_en=en)) for holds, field, zh, en in told]


def _codes(registry: Registry, states: list[tuple[int, DeviceState]]) -> Ints:
    """Return the state of each device as a number; those that are not named are online."""
    codes = np.zeros(len(registry.device_id), dtype=np.int64)
    for number, state in states:
        place = int(np.searchsorted(registry.device_id, number))
        if place < len(codes) and registry.device_id[place] == number:
            codes[place] = _STATES[state]
    return codes


def _place(ids: tuple[int, ...]) -> Ints:
    places = np.full(max(ids, default=0) + 1, -1, dtype=np.int64)
    places[list(ids)] = np.arange(len(ids))
    return places


def _span(micros: np.int64) -> timedelta:
    return timedelta(microseconds=int(micros))


def _micros(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


def _told(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).isoformat(timespec="seconds")
