"""The registry of devices and series: registers devices, and tells the ingest what it may accept from whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from cityops.domain.devices import Device
from cityops.store.registration import Registration, importing_devices


def register(
    connection: psycopg.Connection, devices: Sequence[Device], metrics_of: Mapping[str, Sequence[str]]
) -> Registration:
    """Add devices, and a series for each metric of their kind, so that what is expected is known from the start.

    A registered device keeps its street and source, because its rollups were summed there; one that has moved is
    registered anew under another code. Name, place and interval may change.

    Raises
    ------
    psycopg.errors.ForeignKeyViolation
        A device names a kind, street or source system that is not in the reference data.
    """
    with importing_devices(connection) as opened:
        opened.stage(enumerate(devices, start=1))
        return opened.merge(metrics_of)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """What the ingest needs of a device: who may speak for it, and under which region it is summed."""

    id: int
    code: str
    source: str
    region_id: int


@dataclass(frozen=True, slots=True)
class KnownMetric:
    """What the ingest needs of a metric: its small key and the range it accepts, in the metric's unit."""

    id: int
    code: str
    valid_min: float
    valid_max: float


def devices(connection: psycopg.Connection, codes: Iterable[str] | None = None) -> list[KnownDevice]:
    """Return the registered devices among `codes`, or all of them."""
    wanted = None if codes is None else [code for code in codes if "\0" not in code]
    with connection.cursor(row_factory=class_row(KnownDevice)) as cursor:
        cursor.execute(
            """
            SELECT device.id, device.code, source_system_code AS source, region.id AS region_id
            FROM device JOIN region ON region.code = region_code
            WHERE %(codes)s::text[] IS NULL OR device.code = ANY(%(codes)s)
            """,
            {"codes": wanted},
        )
        return cursor.fetchall()


def metrics(connection: psycopg.Connection) -> list[KnownMetric]:
    """Return the declared metrics with their ranges as they stand now."""
    with connection.cursor(row_factory=class_row(KnownMetric)) as cursor:
        cursor.execute("SELECT id, code, valid_min, valid_max FROM metric")
        return cursor.fetchall()


def series_ids(connection: psycopg.Connection, device_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return the series of these devices as (device id, metric id) → series id."""
    rows = connection.execute(
        "SELECT device_id, metric_id, id FROM series WHERE device_id = ANY(%s)", [list(device_ids)]
    )
    return {(row[0], row[1]): row[2] for row in rows}


def add_series(connection: psycopg.Connection, device_id: int, metric_id: int) -> int:
    """Return the series of a device and a metric, made now if the device has not reported the metric before."""
    connection.execute(
        "INSERT INTO series (device_id, metric_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", [device_id, metric_id]
    )
    return series_ids(connection, [device_id])[device_id, metric_id]


def codes(connection: psycopg.Connection) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Return what each source system carries, by its code, and which event classes and regions a record may name."""
    rows = connection.execute("SELECT code, carries FROM source_system").fetchall()
    sources: dict[str, str] = {row[0]: row[1] for row in rows}
    classes, regions = (
        frozenset(row[0] for row in connection.execute(statement))
        for statement in (
            "SELECT code FROM event_class",
            "SELECT code FROM region WHERE level <> 'city'",
        )
    )
    return sources, classes, regions
