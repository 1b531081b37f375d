"""What is usual at each hour, as the job of baselines keeps it: held in memory, of which only what is new is read."""

import threading
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.baselines import packing
from cityops.domain.baselines.bands import Bands
from cityops.domain.baselines.learning import Baselines
from cityops.domain.baselines.series import floors, keys_of
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.state import Registry
from cityops.store.engine import reading
from cityops.store.indicators import baselines as store
from cityops.store.workdays import work_calendar


@dataclass(frozen=True)
class Learnt:
    """What was learnt up to the end of an hour, on the axes of the registry, and the calendar that it goes by."""

    until: datetime
    baselines: Baselines
    calendar: WorkCalendar

    def bands(self, start: datetime, end: datetime) -> Bands:
        """Return what is usual in the hours of a span."""
        return Bands.over(self.baselines, start, end, self.works)

    def works(self, day: date) -> bool:
        """Tell whether a day is worked."""
        return self.calendar.kind(day).works


class Usual:
    """Keeps the pieces of the baselines: 15 MB once, and then three pieces an hour."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._reading = engine, threading.Lock()
        self._pieces: dict[int, bytes] = {}
        self._until: datetime | None = None
        self._learnt: tuple[object, Learnt] | None = None

    def newest(self, registry: Registry) -> Learnt | None:
        """Return what is known now of the registry's metrics and regions; None before anything was learnt."""
        with self._reading:
            with reading(self._engine, WHOLE_CITY) as connection:
                until = store.learnt_until(connection)
                if until is None:
                    return None
                if until != self._until:
                    self._pieces |= store.pieces(connection, self._until)
                    self._until, self._learnt = until, None
                calendar = work_calendar(connection)
            made_for = registry.metrics, registry.metric_ids, registry.region_ids, calendar
            if self._learnt is None or self._learnt[0] != made_for:
                made = packing.unpack(self._pieces, keys_of(registry), floors(registry))
                self._learnt = made_for, Learnt(until, made, calendar)
            return self._learnt[1]
