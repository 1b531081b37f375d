"""The registry of devices and series: registers devices, and tells the ingest what it may accept from whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import psycopg
from psycopg.rows import class_row

from cityops.domain.devices import Device, Registrable


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of a list of devices; `moved` are those whose kind, street or source is registered otherwise."""

    added: int
    updated: int
    unchanged: int
    moved: tuple[str, ...]


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
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE incoming (LIKE device INCLUDING DEFAULTS) ON COMMIT DROP")
        cursor.execute("ALTER TABLE incoming DROP COLUMN id")
        _stage(cursor, devices)
        moved = _moved(cursor)
        cursor.execute("DELETE FROM incoming WHERE code = ANY(%s)", [list(moved)])
        added, updated = _upsert(cursor)
        _add_series(cursor, metrics_of)
    return Registration(added, updated, len(devices) - added - updated - len(moved), moved)


_COLUMNS = "code, kind, name_zh, source_system_code, region_code, lon, lat, expected_interval_s"


def _stage(cursor: psycopg.Cursor, devices: Sequence[Device]) -> None:
    with cursor.copy(f"COPY incoming ({_COLUMNS}) FROM STDIN") as copy:
        for device in devices:
            copy.write_row(tuple(asdict(device).values()))


def _moved(cursor: psycopg.Cursor) -> tuple[str, ...]:
    cursor.execute(
        """
        SELECT code FROM incoming JOIN device USING (code)
        WHERE (incoming.kind, incoming.source_system_code, incoming.region_code)
            IS DISTINCT FROM (device.kind, device.source_system_code, device.region_code)
        ORDER BY code
        """
    )
    return tuple(row[0] for row in cursor)


def _upsert(cursor: psycopg.Cursor) -> tuple[int, int]:
    cursor.execute(
        f"""
        INSERT INTO device AS kept ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming
        ON CONFLICT (code) DO UPDATE SET
            (name_zh, lon, lat, expected_interval_s)
            = (excluded.name_zh, excluded.lon, excluded.lat, excluded.expected_interval_s)
        WHERE (kept.name_zh, kept.lon, kept.lat, kept.expected_interval_s)
            IS DISTINCT FROM (excluded.name_zh, excluded.lon, excluded.lat, excluded.expected_interval_s)
        RETURNING xmax = 0
        """  # noqa: S608 - the columns are the constant above
    )
    inserted = [row[0] for row in cursor]
    return sum(inserted), len(inserted) - sum(inserted)


def _add_series(cursor: psycopg.Cursor, metrics_of: Mapping[str, Sequence[str]]) -> None:
    pairs = [(kind, metric) for kind, metrics in metrics_of.items() for metric in metrics]
    cursor.execute(
        """
        INSERT INTO series (device_id, metric_id)
        SELECT device.id, metric.id
        FROM incoming JOIN device USING (code)
        JOIN unnest(%s::text[], %s::text[]) AS wanted (kind, metric_code) ON wanted.kind = device.kind
        JOIN metric ON metric.code = wanted.metric_code
        ORDER BY device.id, metric.id
        ON CONFLICT DO NOTHING
        """,
        [[kind for kind, _ in pairs], [metric for _, metric in pairs]],
    )


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


def codes(connection: psycopg.Connection) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the codes of source systems, event classes and regions that an event record may name."""
    sources, classes, regions = (
        frozenset(row[0] for row in connection.execute(statement))
        for statement in (
            "SELECT code FROM source_system",
            "SELECT code FROM event_class",
            "SELECT code FROM region WHERE level <> 'city'",
        )
    )
    return sources, classes, regions


def registrable(connection: psycopg.Connection) -> Registrable:
    """Return the codes that a device may name when it is registered."""
    kinds, sources, streets = (
        frozenset(row[0] for row in connection.execute(statement))
        for statement in (
            "SELECT code FROM device_kind",
            "SELECT code FROM source_system WHERE carries = 'readings'",
            "SELECT code FROM region WHERE level = 'street'",
        )
    )
    return Registrable(kinds, sources, streets)
