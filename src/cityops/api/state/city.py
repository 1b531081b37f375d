"""The city as it is at this tick: one reading of the store from which the state of every region is composed.

Three clocks: the newest readings, events and accounts are read once per tick; the newest part of the trends every
half minute, the whole of them every ten or while half hours are missing; the registry every minute, or as soon as an
unknown series has spoken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, RowMapping

from cityops.api import schemas
from cityops.api.schemas.indicators import IndicatorState
from cityops.api.state.indicators import ReportedIndicators
from cityops.api.state.kept import Kept
from cityops.api.state.means import Means
from cityops.api.state.onsets import Onsets
from cityops.api.state.usual import Usual
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.alarms.situation import AlarmCaseHeld, Situation, situation
from cityops.domain.baselines.bands import Bands
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.metrics import Direction
from cityops.domain.modes.modes import ModeInForce
from cityops.domain.modes.roster import RosterDuty
from cityops.domain.outages import DeviceTally
from cityops.domain.regions import Region, RegionLevel, holds, is_city, level_of
from cityops.domain.rollups import RollupTable
from cityops.domain.state import Registry, Snapshot, WarningRow, snapshot
from cityops.indicators import in_force
from cityops.store import channels, device_states, devices, sources
from cityops.store import regions as region_store
from cityops.store import state as state_store
from cityops.store.alarms import gravest, rules
from cityops.store.alarms.queries import OpenTally, open_tallies
from cityops.store.engine import position, reading
from cityops.store.events import queries
from cityops.store.indicators import series
from cityops.store.metrics import metrics
from cityops.store.modes import modes, roster

TICK_S = 0.4
"""The newest readings are read at most this often. The dashboard asks for all screens at the same moment, each half
second; a tick as long as that would be over now before the next question, now after it."""

TREND_S = 30.0
WHOLE_TREND_S = 600.0
COMPARED_S = 120.0
"""What was at this time of yesterday and of last week moves by five minutes every five."""

RECENT_STEPS = 4
"""Half hours of a trend that are read anew every time; readings later than that show when the whole is read."""

REGISTRY_S = 60.0
INDICATORS_S = 10.0
"""Their files are looked at as often, so that a changed one is seen soon."""

DEVICE_COUNTS_S = 3.0
"""Counting 84,000 devices takes a tenth of a second, and the watch looks at them every ten."""

CHANNEL_COUNTS_S = 30.0
"""Counting 364,000 video channels takes a tenth of a second, and their source tells of them by whole catalogues."""

PRESSING_EVENTS, PRESSING_OF_CLASS = 20, 4
URGENT_PLACES = 100
ALARM_PLACES = 200
WORST_WARNINGS = 20

EXTRA_DECIMALS = 2
"""Digits given beyond those a metric is shown with, so that a mean of means does not lose by rounding."""


@dataclass(frozen=True)
class Moment:
    """All that the states of one tick have in common; `read` is when reading it began, on the monotonic clock."""

    at: datetime
    read: float
    snapshot: Snapshot
    events: queries.Tallies
    alarms: list[OpenTally]
    cases_held: list[AlarmCaseHeld]
    """Open cases of grave alarms."""
    totals: Mapping[Any, Any]
    modes: list[ModeInForce]
    in_modes: Sequence[AlarmRule] = ()
    """Rules that have other limits in some mode; none while no mode holds."""
    duties: list[RosterDuty] | None = None
    """Those of a day around; None where there has never been a roster."""
    position: int | None = None
    """Of the log, up to which it knows all; None of the past."""
    replay: schemas.Replay | None = None
    """Where it is not the present: of when, and how exactly that is known."""
    accounts_at: datetime | None = None
    """Of when the accounts of the sources are, where they are not of the present."""


@dataclass(frozen=True)
class Trends:
    """A day of rollups, those of times before, what is usual, the rate of readings; renewed less often than the rest.

    What is told of it stays the same from tick to tick, and is `told` once.
    """

    day: RollupTable
    before: RollupTable
    yesterday: RollupTable
    last_week: RollupTable
    readings_per_s: float | None
    usual: Bands | None
    told: dict[tuple[str, str, int, int], Any] = field(default_factory=dict, init=False, compare=False)


@dataclass(frozen=True)
class DeviceCounts:
    """The devices counted by state, and when their states were last judged."""

    looked_at: datetime | None
    tallies: list[DeviceTally]
    names: device_states.Names
    clocks_ahead: dict[tuple[str, str], int]
    """Devices whose clock runs ahead, by district and kind."""


class Standing(NamedTuple):
    """The gravest warnings of a region, with the devices' names by id and since when each stands."""

    rows: list[WarningRow]
    names: dict[int, devices.Named]
    onsets: list[devices.Onset]


@dataclass(frozen=True)
class Here:
    """What the state of one region is composed of beside the moment."""

    region: Region
    children: list[Region]
    regions: dict[str, Region]
    pressing: Sequence[RowMapping]
    matters: list[queries.MatterTally]
    urgent: Sequence[RowMapping]
    situation: Situation | None
    places: Sequence[RowMapping]
    """Of the gravest alarms."""
    means: dict[int, float]
    """What the series of these said a while ago."""
    classes: dict[str, tuple[str, str]]
    sources: Sequence[Mapping[Any, Any]]
    warned: Standing
    ailing: Standing
    trends: Trends
    counts: DeviceCounts
    indicators: list[IndicatorState] | None
    """Values by days, months and so on; None of the past."""


class City:
    """Reads the store for the states of all regions and keeps what they share."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._onsets, self._means = Onsets(), Means()
        self._regions: Kept[dict[str, Region]] = Kept(REGISTRY_S)
        self._indicators: Kept[dict[str, Indicator]] = Kept(INDICATORS_S)
        self._registry: Kept[Registry] = Kept(REGISTRY_S)
        self._moment: Kept[Moment] = Kept(TICK_S)
        self._device_counts: Kept[DeviceCounts] = Kept(DEVICE_COUNTS_S)
        self._channel_counts: Kept[Sequence[RowMapping]] = Kept(CHANNEL_COUNTS_S)
        self._trends: Kept[Trends] = Kept(TREND_S)
        self._days: Kept[RollupTable] = Kept(WHOLE_TREND_S)
        self._compared: Kept[tuple[RollupTable, RollupTable]] = Kept(COMPARED_S)
        self.usual = Usual(engine)
        self._reported = ReportedIndicators(engine)
        self._street_trends: dict[str, Kept[RollupTable]] = {}
        self._places: tuple[tuple[int, ...], tuple[int, ...]] | None = None

    def regions(self) -> dict[str, Region]:
        """Return all regions by code, in order of code."""
        return self._regions.get(self._read_regions)

    def indicators(self) -> dict[str, Indicator]:
        """Return all indicators by code, metrics first in their order of display."""
        return self._indicators.get(self._read_indicators)

    def moment(self) -> Moment:
        """Return what was read in this tick."""
        return self._moment.get(self._read_moment)

    def here(self, moment: Moment, code: str) -> Here:
        """Return what is read for one region alone, which must be one of `regions`."""
        regions, snapshot = self.regions(), moment.snapshot
        within = None if is_city(code) else [one for one in regions if holds(code, one)]
        trends, counts = self.trends(code if level_of(code) is RegionLevel.STREET else None), self.device_counts()
        matter, reported = situation(moment.alarms, moment.cases_held, code), self.reported(regions[code])
        with reading(self.engine, WHOLE_CITY) as connection:
            places = self._alarm_places(connection, moment, code, matter)
            series = (row["series_id"] for row in places if row["series_id"] is not None)
            return Here(
                regions[code],
                [one for one in regions.values() if one.parent_code == code],
                regions,
                queries.pressing(connection, within, moment.at, PRESSING_EVENTS, PRESSING_OF_CLASS),
                queries.matters(connection, within, Interval.DAY.floor(moment.at), moment.at),
                queries.urgent_places(connection, within, moment.at, URGENT_PLACES),
                matter,
                places,
                self._means.of(connection, series, moment.at),
                queries.classes(connection),
                sources.sources(connection, within),
                self._standing(connection, moment, snapshot.worst_warnings(snapshot.warned, code, WORST_WARNINGS)),
                self._standing(connection, moment, snapshot.worst_warnings(snapshot.ailing, code, WORST_WARNINGS)),
                trends,
                counts,
                reported,
            )

    def reported(self, region: Region) -> list[IndicatorState] | None:
        """Return the newest values of declared indicators in a region, at most some seconds old."""
        return self._reported.of(region, self.regions(), self.indicators())

    def device_counts(self) -> DeviceCounts:
        """Return the devices counted by district, source, kind and state."""
        return self._device_counts.get(self._read_device_counts)

    def channel_counts(self) -> Sequence[RowMapping]:
        """Return the video channels counted by district, source, industry and state."""
        return self._channel_counts.get(self._read_channel_counts)

    def trends(self, street: str | None) -> Trends:
        """Return the trends of the city and all districts, or of one street."""
        shared = self._trends.get(self._read_trends)
        if street is None:
            return shared
        kept = self._street_trends.setdefault(street, Kept(TREND_S))
        return replace(shared, day=kept.get(lambda: self._read_street(street)))

    @staticmethod
    def _alarm_places(
        connection: Connection, moment: Moment, code: str, matter: Situation | None
    ) -> Sequence[RowMapping]:
        rule = matter and matter.rule_code
        low = any(one.rule_code == rule and one.direction == Direction.LOW for one in moment.alarms)
        return gravest.places(connection, code, (rule, low) if rule else None, moment.at, ALARM_PLACES)

    def _standing(self, connection: Connection, moment: Moment, worst: list[WarningRow]) -> Standing:
        names = devices.names(connection, [row.device_id for row in worst])
        return Standing(worst, names, self._onsets.of(connection, worst, moment.at))

    def _read_regions(self) -> dict[str, Region]:
        with reading(self.engine, WHOLE_CITY) as connection:
            return {region.code: region for region in region_store.regions(connection)}

    def _read_indicators(self) -> dict[str, Indicator]:
        with reading(self.engine, WHOLE_CITY) as connection:
            known, day = in_force().themes, utc_now().astimezone(CITY_ZONE).date()
            return indicators(metrics(connection).values(), series.sources(connection), known, day)

    def _read_registry(self, connection: Connection) -> Registry:
        registry = state_store.registry(connection)
        if self._places != (registry.metric_ids, registry.region_ids):  # the axes of the kept trends no longer fit
            self._places = registry.metric_ids, registry.region_ids
            self._trends.forget()
            self._days.forget()
            self._compared.forget()
            self._street_trends.clear()
        return registry

    def _read_moment(self) -> Moment:
        now, began = utc_now(), monotonic()
        with reading(self.engine, WHOLE_CITY) as connection:
            complete = position(connection)  # before all else
            registry = self._registry.get(lambda: self._read_registry(connection))
            latest = state_store.latest(connection)
            if not registry.knows(latest[0]):
                self._registry.forget()
                registry = self._registry.get(lambda: self._read_registry(connection))
            return Moment(
                now,
                began,
                snapshot(registry, *latest, int(now.timestamp() * 1e6)),
                queries.tallies(connection, Interval.DAY.floor(now), now),
                open_tallies(connection),
                gravest.cases_held(connection, now),
                sources.totals(connection),
                *under_which(connection, now),
                position=complete,
            )

    def _read_device_counts(self) -> DeviceCounts:
        with reading(self.engine, WHOLE_CITY) as connection:
            return DeviceCounts(
                device_states.looked_at(connection),
                device_states.tallies(connection),
                device_states.names(connection),
                device_states.clocks_ahead(connection),
            )

    def _read_channel_counts(self) -> Sequence[RowMapping]:
        with reading(self.engine, WHOLE_CITY) as connection:
            return channels.tallies(connection)

    def _read_trends(self) -> Trends:
        now, registry = utc_now(), self.moment().snapshot.registry
        with reading(self.engine, WHOLE_CITY) as connection:
            whole = self._days.get(lambda: state_store.trend(connection, registry, now))
            if whole.has_gap:  # a new city, or an outage: what is filled in shows next time, not in ten minutes
                self._days.forget()
            compared = self._compared.get(lambda: _compared(connection, registry, now))
            recent = state_store.trend(connection, registry, now, steps=RECENT_STEPS)
            day = whole.renewed(recent)
            learnt = self.usual.newest(registry)
            return Trends(
                day,
                state_store.around(connection, registry, now - timedelta(hours=1)),
                *compared,
                state_store.readings_per_s(connection, now),
                None if learnt is None else learnt.bands(day.start, now),
            )

    def _read_street(self, street: str) -> RollupTable:
        registry = self.moment().snapshot.registry
        with reading(self.engine, WHOLE_CITY) as connection:
            return state_store.trend(connection, registry, utc_now(), street=street)


def under_which(
    connection: Connection, at: datetime
) -> tuple[list[ModeInForce], Sequence[AlarmRule], list[RosterDuty] | None]:
    """Return the modes that hold at a moment, the rules of then whose limits they may move, and the duties."""
    held = modes.in_force(connection, at)
    moved = rules.moved_in_modes(connection, at) if held else ()
    return held, moved, roster.around(connection, at) if roster.is_used(connection) else None


def _compared(connection: Connection, registry: Registry, now: datetime) -> tuple[RollupTable, RollupTable]:
    """Return what was at this time of yesterday and of last week."""
    yesterday, last_week = (state_store.around(connection, registry, now - timedelta(days=days)) for days in (1, 7))
    return yesterday, last_week
