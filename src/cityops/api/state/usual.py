"""What is usual in each half hour of the day, kept in memory and renewed by a thread: no tick waits for it.

A full day is read once and stays: thirty of them make the usual, and each midnight adds one. What comes late for a
day that was read shows after the next start.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.intervals import Interval
from cityops.domain.rollups import SLOT, SLOTS, USUAL_DAYS, RollupTable, Usual
from cityops.domain.state import Registry, region_slice
from cityops.store import state as state_store
from cityops.store.engine import reading

FIRST_S = 20.0
"""A server that has just started answers first."""

RENEWED_S = 3600.0
SETTLED = timedelta(hours=2)
"""So long after its end a day is complete: what was late has come, and it is not read again."""

QUARTERS = 4

log = structlog.get_logger()

Cells = NDArray[np.float32]
Axes = tuple[tuple[int, ...], tuple[int, ...]]


class UsualDays:
    """Reads the days one after the other, resting as long as each has taken, and tells what is usual once all are."""

    def __init__(self, engine: Engine, registry: Callable[[], Registry]) -> None:
        self._engine, self._registry = engine, registry
        self._days: dict[datetime, Cells] = {}
        self._axes: Axes | None = None
        self._due = monotonic() + FIRST_S
        self._running = threading.Lock()
        self._usual: tuple[Axes, Usual] | None = None

    def newest(self, registry: Registry) -> Usual | None:
        """Return what is known now on the axes of this registry; have a thread renew it where that is due."""
        if monotonic() >= self._due and self._running.acquire(blocking=False):
            threading.Thread(target=self._run, name="usual", daemon=True).start()
        usual = self._usual
        return usual[1] if usual is not None and usual[0] == _axes(registry) else None

    def _run(self) -> None:
        try:
            self.renew(rest=threading.Event().wait)
        except (SQLAlchemyError, OSError, TimeoutError) as error:  # the database is away: tried again in an hour
            log.warning("what is usual could not be read", error=str(error).strip())
        finally:
            self._due = monotonic() + RENEWED_S
            self._running.release()

    def renew(self, rest: Callable[[float], object] = lambda _: None) -> None:
        """Read the days that are not kept and compute what is usual; between them `rest` is called with seconds."""
        registry, now = self._registry(), utc_now()
        if self._axes != _axes(registry):  # what is kept lies on other metrics or regions
            self._axes, self._days = _axes(registry), {}
        midnight = Interval.DAY.floor(now)
        days = self._with_readings([midnight - timedelta(days=back) for back in range(1, USUAL_DAYS + 1)])
        kept: dict[datetime, Cells] = {}
        for day in days:
            began = monotonic()
            settled = now - day - timedelta(days=1) >= SETTLED
            kept[day] = self._days[day] if settled and day in self._days else self._read(registry, day)
            rest(monotonic() - began)
        self._days = kept
        self._usual = (_axes(registry), Usual.of_days([*kept.values()])) if kept else None

    def _with_readings(self, days: list[datetime]) -> list[datetime]:
        """Leave out the days before anything was read: a new city has no past to look through."""
        with reading(self._engine, WHOLE_CITY) as connection:
            first = state_store.first_rollup(connection, days[-1])
        return [day for day in days if first is not None and day + timedelta(days=1) > first]

    def _read(self, registry: Registry, day: datetime) -> Cells:
        """Read a day in quarters: none holds the database, or a connection, for long."""
        quarter = SLOTS // QUARTERS
        found = []
        for start in range(0, SLOTS, quarter):
            with reading(self._engine, WHOLE_CITY) as connection:
                found.append(_cells(registry, state_store.streets(connection, registry, day + start * SLOT, quarter)))
        return np.concatenate(found, axis=2)


def _axes(registry: Registry) -> Axes:
    return registry.metric_ids, registry.region_ids


def _cells(registry: Registry, table: RollupTable) -> Cells:
    cuts = [region_slice(registry.regions, code) for code in registry.regions]
    return table.cells([metric.aggregate for metric in registry.metrics], cuts)
