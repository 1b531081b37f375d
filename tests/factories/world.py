"""A small registered world for tests: devices, readings and cases enter by the same functions the ingest uses."""

import itertools
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np
import psycopg

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.devices import Device
from cityops.domain.events.reported import EventStep
from cityops.store import readings, registry
from cityops.store.events import history

STREET = "440106013"
"""猎德街道, a street of 天河区."""


class World:
    """Writes what a test needs into its database; times given as seconds before `now`."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.now = utc_now()
        self._metric_ids = {metric.code: metric.id for metric in registry.metrics(connection)}
        self._numbers = itertools.count(1)

    def ago(self, seconds: float) -> datetime:
        """Return the moment this many seconds before the world's now."""
        return self.now - timedelta(seconds=seconds)

    def device(
        self, code: str, kind: str = "waterlogging", region: str = STREET, interval_s: int = 60, name: str = ""
    ) -> str:
        """Register a device with a series for each metric of its kind; return its code."""
        of_kind = {one.code: one for one in reference.device_kinds()}
        source = of_kind[kind].source_system_code
        device = Device(code, kind, name or f"设备{code}", source, region, 113.33, 23.12, interval_s)
        registry.register(self.connection, [device], {one.code: one.metrics for one in of_kind.values()})
        return code

    def says(self, device: str, metric: str, value: float, at: datetime, received_at: datetime | None = None) -> None:
        """Store a reading with its rollup and latest value; it came now, or when `received_at` says."""
        (known,) = registry.devices(self.connection, [device])
        metric_id = self._metric_ids[metric]
        series = registry.series_ids(self.connection, [known.id])[known.id, metric_id]
        columns = readings.ReadingColumns(
            np.array([int(at.timestamp() * 1e6)], np.int64),
            np.array([series], np.int32),
            np.array([value], np.float64),
            np.zeros(1, np.int16),
            np.array([metric_id], np.int16),
            np.array([known.region_id], np.int16),
            np.array([int((received_at or utc_now()).timestamp() * 1e6)], np.int64),
        )
        with self.connection.transaction(), self.connection.cursor() as cursor:
            readings.insert(cursor, columns, np.zeros(1, bool))

    def case(
        self,
        *statuses: str,
        at: datetime | None = None,
        region: str = STREET,
        event_class: str = "gas_leak",
        severity: str = "normal",
        source: str = "hotline-12345",
        external_id: str = "",
        title: str = "燃气味",
        ahead: timedelta = timedelta(0),
    ) -> str:
        """Report a case that occurred at `at` and took these steps a minute apart; return its external id.

        The steps came as they were taken, or were dated `ahead` of their receipt.
        """
        name = external_id or f"T{next(self._numbers)}"
        occurred = at or self.now
        for sequence, status in enumerate(statuses or ("reported",)):
            step = EventStep(
                source_system_code=source,
                external_id=name,
                sequence=sequence,
                class_code=event_class,
                severity=severity,
                status=status,
                title=title,
                description="张三，电话13800000000",
                address="某路1号",
                region_code=region,
                lon=113.3,
                lat=23.1,
                occurred_at=occurred,
                status_at=occurred + timedelta(minutes=sequence),
                received_at=occurred + timedelta(minutes=sequence) - ahead,
            )
            with self.connection.transaction(), self.connection.cursor() as cursor:
                history.record(cursor, [step])
        return name

    def runs_out(self, case: str, due: datetime, near: datetime, unit: str = "440106") -> None:
        """Have a district handle a case: its time runs out at `due`, and is near that from `near` on."""
        columns = "unit_kind = 'district', unit_code = %s, due_at = %s, warn_at = %s"
        self.connection.execute(f"UPDATE event SET {columns} WHERE external_id = %s", [unit, due, near, case])

    def photo(
        self, case: str, content: bytes, name: str = "现场.jpg", ago_s: float = 0, lon: float | None = None
    ) -> str:
        """Keep bytes as a photo that was sent for a case so long ago; return its digest."""
        digest = sha256(content).hexdigest()
        self.connection.execute(
            "WITH file AS (INSERT INTO evidence VALUES (%(digest)s, 'image/jpeg', length(%(content)s), 4, 3)),"
            " bytes AS (INSERT INTO evidence_content VALUES (%(digest)s, %(content)s, %(content)s))"
            " INSERT INTO event_evidence (event_id, digest, name, added_by, added_at, lon)"
            " SELECT id, %(digest)s, %(name)s, %(name)s, %(at)s, %(lon)s FROM event WHERE external_id = %(case)s",
            {"digest": digest, "content": content, "name": name, "at": self.ago(ago_s), "lon": lon, "case": case},
        )
        return digest
