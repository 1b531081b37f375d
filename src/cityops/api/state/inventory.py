"""What the platform is connected to and keeps, counted for a scope: from kept sums, never from the readings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping

from cityops.api import schemas
from cityops.api.state.city import City, Moment
from cityops.api.state.kept import Kept
from cityops.api.state.sources import source_states
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, ScopeKind, Subject
from cityops.domain.freshness import DeviceState
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.outages import DeviceTally, counted
from cityops.domain.regions import RegionLevel, district_of
from cityops.store import sources as store
from cityops.store import state as state_store
from cityops.store.engine import reading
from cityops.store.events import queries

DAYS = 14
"""So many days are told, today among them."""

SUMMED_S = 300.0
"""Rollups of hours and days are made once an hour."""


@dataclass(frozen=True)
class DaysSummed:
    """Readings by day and district, as the rollups had them."""

    rows: Sequence[RowMapping]

    @property
    def until(self) -> datetime | None:
        """Until when those of today are summed up."""
        return max((row["until"] for row in self.rows if row["until"]), default=None)

    def of(self, districts: Iterable[str]) -> Mapping[date, int]:
        """Return the readings by day in some districts."""
        wanted, found = set(districts), Counter[date]()
        for row in self.rows:
            if row["district"] in wanted:
                found[row["day"].astimezone(CITY_ZONE).date()] += row["readings"]
        return found


class Summing:
    """Keeps the sums of readings by day, which all who ask share."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._kept = engine, Kept[DaysSummed](SUMMED_S)

    def get(self) -> DaysSummed:
        """Return them, read anew every few minutes."""
        return self._kept.get(self._read)

    def _read(self) -> DaysSummed:
        today = Interval.DAY.floor(utc_now())
        with reading(self._engine, WHOLE_CITY) as connection:
            return DaysSummed(state_store.readings_by_day(connection, today - timedelta(days=DAYS - 1), today))


@dataclass(frozen=True)
class Asking:
    """For whom it is counted: the districts inside the scope, and what the role may be told."""

    subject: Subject
    districts: Sequence[str]

    @classmethod
    def of(cls, subject: Subject, city: City) -> "Asking":
        """Return what lies inside a subject's scope; a department's or source's lies all over the city."""
        districts = [one.code for one in city.regions().values() if one.level is RegionLevel.DISTRICT]
        scope = subject.scope
        if scope.kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}:
            own = {district_of(code) for code in scope.codes}
            districts = [one for one in districts if one in own]
        return cls(subject, districts)


def inventory(city: City, summed: DaysSummed, asking: Asking, connection: Connection) -> schemas.Inventory:
    """Count what the platform is connected to and keeps; `connection` sees the scope of who asks alone."""
    moment, counts = city.moment(), city.device_counts()
    tallies = [one for one in counts.tallies if one.district in set(asking.districts)]
    with reading(city.engine, WHOLE_CITY) as whole:
        registered = store.connected(whole)
        told, by_day = store.sources(whole), store.days(whole, _first(moment))
    return schemas.Inventory(
        as_of=moment.at,
        departments=_departments(registered),
        systems=_connected({row["code"]: row["is_connected"] for row in registered if row["code"]}),
        districts=_connected(_spoken_in(asking.districts, tallies)),
        regions=list(asking.districts),
        states_as_of=counts.looked_at,
        devices=device_counts(tallies, counts.clocks_ahead),
        readings_kept=moment.totals["readings_kept"],
        readings_per_s=city.trends(None).readings_per_s,
        summed_until=summed.until,
        counted_since=min((row["day"] for row in by_day), default=None),
        days=_days(moment, summed.of(asking.districts), _cases(asking, connection, moment)),
        sources=exchanges(told, by_day, tallies, moment.at),
    )


def device_counts(tallies: Iterable[DeviceTally], ahead: Mapping[tuple[str, str], int]) -> list[schemas.DeviceCount]:
    """Return tallies as counts by district, kind and state."""
    return [
        schemas.DeviceCount(
            region_code=district,
            kind=kind,
            devices=states.total(),
            **{state.value: states[state] for state in DeviceState},
            clock_ahead=ahead.get((district, kind), 0),
        )
        for (district, kind), states in counted(tallies, lambda one: (one.district, one.kind))
    ]


def exchanges(
    told: Sequence[RowMapping], by_day: Sequence[RowMapping], tallies: Sequence[DeviceTally], now: datetime
) -> list[schemas.SourceExchange]:
    """Return the sources, each with its devices here and what came of it by day, newest first."""
    devices, spoken = Counter[str](), Counter[str]()
    for one in tallies:
        devices[one.source] += one.devices
        spoken[one.source] += one.devices if one.state is not DeviceState.NEVER else 0
    days: dict[str, list[schemas.SourceDay]] = defaultdict(list)
    for row in sorted(by_day, key=lambda row: row["day"], reverse=True):
        days[row["source"]].append(schemas.SourceDay(**{name: row[name] for name in schemas.SourceDay.model_fields}))
    return [
        schemas.SourceExchange(
            **state.model_dump(exclude={"devices"}),
            devices=devices[state.code],
            devices_spoken=spoken[state.code],
            days=days[state.code],
        )
        for state in source_states(told, now)
    ]


def _first(moment: Moment) -> date:
    return (moment.at.astimezone(CITY_ZONE) - timedelta(days=DAYS - 1)).date()


def _connected(known: Mapping[str, bool]) -> schemas.Connected:
    return schemas.Connected(registered=len(known), connected=sum(known.values()))


def _departments(registered: Sequence[RowMapping]) -> schemas.Connected:
    """Count departments: one is connected where one of its systems is."""
    known: dict[str, bool] = defaultdict(bool)
    for row in registered:
        known[row["department"]] |= bool(row["code"] and row["is_connected"])
    return _connected(known)


def _spoken_in(districts: Iterable[str], tallies: Iterable[DeviceTally]) -> Mapping[str, bool]:
    spoken = {one.district for one in tallies if one.state is not DeviceState.NEVER}
    return {one: one in spoken for one in districts}


def _cases(asking: Asking, connection: Connection, moment: Moment) -> Mapping[date, int] | None:
    if not asking.subject.may(Permission.EVENT_READ):
        return None
    since = Interval.DAY.floor(moment.at) - timedelta(days=DAYS - 1)
    return dict(queries.per_day(connection, since))


def _days(
    moment: Moment, readings: Mapping[date, int], cases: Mapping[date, int] | None
) -> list[schemas.PlatformDay]:
    first = _first(moment)
    days = [first + timedelta(days=number) for number in reversed(range(DAYS))]
    return [
        schemas.PlatformDay(day=day, readings=readings.get(day), cases=None if cases is None else cases.get(day, 0))
        for day in days
    ]
