"""How often indicators are read and exported, on its way into the store: counted in memory, written by a thread.

Kept by day, role and area; who it was stands in the audit, where it is an export, and nowhere else.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock, Thread

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cityops.api.access.door import scope_text
from cityops.clock import utc_now
from cityops.domain.access import Subject
from cityops.domain.intervals import CITY_ZONE
from cityops.store.engine import writing
from cityops.store.resources import usage as store
from cityops.store.resources.usage import UsageKey

WRITE_EVERY_S = 15.0
MOST_WAITING = 50_000
"""Rows that wait for a database that is away; more is not counted."""
LONGEST_AREA = 200

_log = structlog.get_logger()


class Usage:
    """Takes uses from requests and writes them soon after; what a killed process had not written is not counted."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._now = engine, now
        self._lock, self._over = Lock(), Event()
        self._reads, self._exports = Counter[UsageKey](), Counter[UsageKey]()
        self._thread: Thread | None = None

    def note(self, subject: Subject, code: str, *, is_export: bool = False) -> None:
        """Count a use of an indicator; never waits for the database, never raises for it."""
        day = self._now().astimezone(CITY_ZONE).date()
        key = day, code, subject.role.value, scope_text(subject)[:LONGEST_AREA]
        with self._lock:
            counted = self._exports if is_export else self._reads
            if key not in counted and len(counted) >= MOST_WAITING:
                return
            counted[key] += 1
            if self._thread is None:
                self._thread = Thread(target=self._run, name="usage", daemon=True)
                self._thread.start()

    def write(self) -> None:
        """Write what waits; it goes on waiting where the database does not take it."""
        with self._lock:
            reads, self._reads = self._reads, Counter()
            exports, self._exports = self._exports, Counter()
        if not reads and not exports:
            return
        try:
            with writing(self._engine) as connection:
                store.add(connection, {key: (reads[key], exports[key]) for key in {*reads, *exports}})
        except SQLAlchemyError as error:
            _log.warning("use of indicators not counted yet", rows=len(reads), error=type(error).__name__)
            with self._lock:
                self._reads.update(reads)
                self._exports.update(exports)

    def close(self) -> None:
        """Write all, and end the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.write()

    def _run(self) -> None:
        while not self._over.wait(WRITE_EVERY_S):
            self.write()
