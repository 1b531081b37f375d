"""The job `baselines`: learns what is usual from each hour of rollups that is over, notes what leaves it.

What was learnt is written with how far it reaches, in one transaction: killed at any point, the next turn learns the
same hours from the same state. At first and after a downtime all hours that are missing are learnt, a day at a time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.baselines import packing
from cityops.domain.baselines.flags import flag_of, flagged
from cityops.domain.baselines.learning import MEMORY_WEEKS, Baselines, Judged
from cityops.domain.baselines.packing import RUNNING, Keys
from cityops.domain.baselines.seasons import DAY_HOURS, SLOTS, hour_at, hour_number, slot_of
from cityops.domain.baselines.series import floors, keys_of
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.readings import ROLLUP_BUCKET
from cityops.domain.retention import ROLLUPS_DAYS
from cityops.domain.rollups import RollupTable
from cityops.domain.state import Registry, region_slice
from cityops.jobs.leader import Job
from cityops.store import state as state_store
from cityops.store.engine import now_of, reading
from cityops.store.indicators import baselines as store
from cityops.store.indicators.baselines import SeriesFlag, SeriesStanding
from cityops.store.workdays import work_calendar

EVERY_S = 60.0

SETTLED = timedelta(minutes=10)
"""So long after its end an hour is complete: what comes later is in the rollups, and teaches nothing."""

BUCKET_SETTLED = timedelta(seconds=30)
"""So long after its end five minutes are judged."""

FIRST_WEEKS = MEMORY_WEEKS + 2
"""So far back the first turn begins."""

MOST_DAYS = 14
"""Days learnt in one turn; the rest follows in the next."""

log = structlog.get_logger()


def baselines(engine: Engine) -> Job:
    """Return the job of learning what is usual."""
    learner = Learner(engine)

    def turn(connection: psycopg.Connection) -> None:
        if hours := learner.learn(connection):
            log.info("learnt what is usual", hours=hours, until=str(learner.until))
        learner.judge(connection)

    return Job("baselines", EVERY_S, turn)


class Learner:
    """Holds what was learnt from turn to turn, and reads it anew where another process has gone on meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._baselines: Baselines | None = None
        self._keys: Keys = np.zeros((0, 2), np.int32)
        self.until: datetime | None = None
        """End of the last hour that was learnt."""

    def learn(self, connection: psycopg.Connection) -> int:
        """Learn the hours that are over and were not learnt, at most so many days; return how many hours."""
        learnt = 0
        for _ in range(MOST_DAYS):
            hours = self._learn_day(connection)
            learnt += hours
            if hours < DAY_HOURS:
                break
        return learnt

    def judge(self, connection: psycopg.Connection) -> int:
        """Hold the newest full five minutes against what is usual, for rules that ask; return how many series."""
        held = self._baselines
        if held is None:
            return 0
        with reading(self._engine, WHOLE_CITY) as read:
            asked = store.metrics_of_rules(read)
            if not asked:
                return 0
            registry, ts, calendar = state_store.registry(read), _full_bucket(now_of(read)), work_calendar(read)
            table = state_store.around(read, registry, ts - ROLLUP_BUCKET)
        if not np.array_equal(keys_of(registry), self._keys):
            return 0
        values = _cells(registry, table)[0]
        expected = held.expected(slot_of(ts - ROLLUP_BUCKET, lambda day: calendar.kind(day).works))
        deviations = (values - expected.mean) / expected.deviation
        told = expected.by_week & ~np.isnan(deviations) & np.isin(self._keys[:, 0], list(asked))
        pairs = zip(self._keys[told].tolist(), deviations[told].tolist(), strict=True)
        found = [SeriesStanding(metric, region, ts, far) for (metric, region), far in pairs]
        with connection.transaction(), connection.cursor() as cursor:
            store.keep_standings(cursor, found)
        return len(found)

    def _learn_day(self, connection: psycopg.Connection) -> int:
        with reading(self._engine, WHOLE_CITY) as read:
            registry, now = state_store.registry(read), now_of(read)
            is_new = self._load(read, registry)
            start = self.until or _first(read, now)
            closed = hour_number(now - SETTLED)
            if start is None or (hours := min(closed - hour_number(start), DAY_HOURS)) <= 0:
                return 0
            values, calendar = _values(read, registry, start, hours), work_calendar(read)
        held = self._baselines
        assert held is not None
        self._baselines = None  # what fails from here on has the next turn read what was kept
        slots, found = _take(held, self._keys, values, start, calendar)
        until = hour_at(hour_number(start) + hours)
        rows = range(SLOTS) if is_new else sorted(slots)
        written = {slot: packing.pack_row(held, slot) for slot in rows}
        written[RUNNING] = packing.pack_running(held, self._keys)
        with connection.transaction(), connection.cursor() as cursor:
            store.keep(cursor, written, until, found)
            store.forget_flags(cursor, until - timedelta(days=ROLLUPS_DAYS))
        self._baselines, self.until = held, until
        return hours

    def _load(self, read: Connection, registry: Registry) -> bool:
        """Read what was kept unless it is held; tell whether all of it must be written, as its series are others."""
        keys, kept_until = keys_of(registry), store.learnt_until(read)
        if self._baselines is not None and kept_until == self.until and np.array_equal(keys, self._keys):
            return False
        pieces = store.pieces(read)
        self._baselines = packing.unpack(pieces, keys, floors(registry))
        self._keys, self.until = keys, kept_until
        return RUNNING not in pieces or not np.array_equal(packing.unpack_running(pieces[RUNNING], 2)[0], keys)


def _first(read: Connection, now: datetime) -> datetime | None:
    first = state_store.first_rollup(read, now - timedelta(weeks=FIRST_WEEKS))
    return None if first is None else hour_at(hour_number(first))


def _values(read: Connection, registry: Registry, start: datetime, hours: int) -> NDArray[np.float32]:
    """Return the values by hour and series: of a `sum` the mean of a reading, NaN where none came."""
    end = start + timedelta(hours=hours)
    table = state_store.street_hours(read, registry, start, hours, are_made=store.are_hours_made(read, start, end))
    return _cells(registry, table)


def _cells(registry: Registry, table: RollupTable) -> NDArray[np.float32]:
    cuts = [region_slice(registry.regions, code) for code in registry.regions]
    cells = table.cells([metric.aggregate for metric in registry.metrics], cuts)
    return np.ascontiguousarray(cells.reshape(-1, cells.shape[2]).T)


def _full_bucket(now: datetime) -> datetime:
    """Return the end of the newest five minutes that are over and have come."""
    width = ROLLUP_BUCKET.total_seconds()
    return datetime.fromtimestamp((now - BUCKET_SETTLED).timestamp() // width * width, UTC)


def _take(
    held: Baselines, keys: Keys, values: NDArray[np.float32], start: datetime, calendar: WorkCalendar
) -> tuple[set[int], list[SeriesFlag]]:
    """Learn hour by hour; return the rows that were written into, and the flags."""
    slots: set[int] = set()
    found: list[SeriesFlag] = []
    for at, row in enumerate(values, hour_number(start)):
        slot = slot_of(hour_at(at), lambda day: calendar.kind(day).works)
        slots |= {slot.week, slot.day}
        found += _flags(held, keys, held.take(row, slot, at), at)
    return slots, found


def _flags(held: Baselines, keys: Keys, standing: Judged, at: int) -> Iterator[SeriesFlag]:
    until = hour_at(at + 1)
    for place in flagged(standing).tolist():
        if (flag := flag_of(held, standing, place, at)) is not None:
            metric, region = keys[place].tolist()
            yield SeriesFlag(metric, region, flag, until)
