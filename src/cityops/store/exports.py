"""Reads what is exported, from a server-side cursor or by COPY: memory stays the same for any number of rows."""

from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.errors import error_from_result
from psycopg.pq.abc import PGconn
from sqlalchemy import Connection, RowMapping, func, select, text, true

from cityops.domain.events.status import STAGE_OF, Stage
from cityops.domain.exports.pieces import TimePieces
from cityops.store import tables
from cityops.store.alarms import queries as alarm_queries
from cityops.store.alarms.queries import AlarmFilter
from cityops.store.cursors import streamed
from cityops.store.devices import DeviceFilter, chosen, listing
from cityops.store.events.queries import EventFilter, columns, filtered


def events(connection: Connection, wanted: EventFilter) -> Iterator[RowMapping]:
    """Yield cases newest first, each with the time it first reached each stage; without its description."""
    event, step = tables.event.c, tables.event_history.c
    first = func.min(step.status_at)
    reached = (
        select(
            *(
                first.filter(step.status.in_([one.value for one, of in STAGE_OF.items() if of is stage])).label(
                    f"{stage.value}_at"
                )
                for stage in Stage
            )
        )
        .where(step.event_id == event.id)
        .correlate(tables.event)
        .lateral("reached")
    )
    told = event.id, event.drill, *columns(lambda told: told.heading_zh)
    statement = filtered(select(*told, *reached.c).join_from(tables.event, reached, true()), wanted)
    statement = statement.order_by(event.occurred_at.desc(), event.id.desc())
    yield from streamed(connection, statement)


def events_count(connection: Connection, wanted: EventFilter) -> int:
    """Return how many cases `events` yields."""
    statement = filtered(select(func.count()).select_from(tables.event), wanted)
    return int(connection.execute(statement).scalar_one())


def alarms(connection: Connection, wanted: AlarmFilter) -> Iterator[RowMapping]:
    """Yield alarms newest first, as lists have them."""
    yield from streamed(connection, alarm_queries.listing(wanted))


def alarms_count(connection: Connection, wanted: AlarmFilter) -> int:
    """Return how many alarms `alarms` yields."""
    statement = alarm_queries.filtered(select(func.count()).select_from(tables.alarm), wanted)
    return int(connection.execute(statement).scalar_one())


def source_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return the Chinese and English name of each source system, by code."""
    source = tables.source_system.c
    rows = connection.execute(select(source.code, source.name_zh, source.name_en))
    return {row.code: (row.name_zh, row.name_en) for row in rows}


def devices(connection: Connection, wanted: DeviceFilter, now: datetime) -> Iterator[RowMapping]:
    """Yield devices in order of code, as `cityops.store.devices.listing` has them."""
    yield from streamed(connection, listing(wanted, now))


def devices_count(connection: Connection, wanted: DeviceFilter, now: datetime) -> int:
    """Return how many devices `devices` yields."""
    return connection.execute(select(func.count()).select_from(chosen(wanted, now).subquery())).scalar_one()


class ReadSeries(NamedTuple):
    """What one must know of a series to tell its readings; it owes one each `expected_interval_s`."""

    id: int
    device_code: str
    device_name_zh: str
    kind_en: str
    metric: str
    region_code: str
    expected_interval_s: int


class ReadingRows(NamedTuple):
    """Raw readings as columns of one length; `ts` in microseconds since 1970 UTC."""

    series: NDArray[np.int32]
    ts: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.int16]


def read_series(
    connection: Connection, wanted: DeviceFilter, codes: Sequence[str], metrics: Sequence[str], now: datetime
) -> list[ReadSeries]:
    """Return the series of devices that pass a filter; of these devices and metrics alone where any are named."""
    device, series, metric, kind = tables.device.c, tables.series.c, tables.metric.c, tables.device_kind.c
    told = series.id, device.code, device.name_zh, kind.name_en, metric.code, device.region_code
    statement = (
        select(*told, device.expected_interval_s)
        .join_from(tables.series, tables.device, device.id == series.device_id)
        .join(tables.metric, metric.id == series.metric_id)
        .join(tables.device_kind, kind.code == device.kind)
        .where(device.id.in_(chosen(wanted, now)))
        .order_by(device.code, metric.id)
    )
    if codes:
        statement = statement.where(device.code.in_(codes))
    if metrics:
        statement = statement.where(metric.code.in_(metrics))
    return [ReadSeries(*row) for row in connection.execute(statement)]


def time_pieces(connection: Connection, start: datetime, end: datetime) -> TimePieces:
    """Return the database's pieces of a time, in which `readings` reads it."""
    return TimePieces(start, end, connection.execute(text(_PIECE)).scalar_one())


def readings(
    connection: Connection, series: Sequence[int], pieces: TimePieces, within_s: float
) -> Generator[ReadingRows]:
    """Yield the readings of these series in these pieces of time, some ten thousand at a time.

    The older piece comes before the newer. Those of few series are looked up in
    the index and come in its order, by series and time; for many a piece is read whole, and its readings come as they
    are kept, about in order of time: sorted they would take twice as long. COPY sends them in binary over the
    connection of the question, whose scope has chosen the series; a second connection would have to be told of that
    scope. Each piece may take `within_s`, for it ends as its reader reads.
    """
    connection.execute(text("SELECT set_config('statement_timeout', :ms, true)"), {"ms": str(int(within_s * 1000))})
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    statement = _LOOKED_UP if len(series) <= FEW_SERIES else _READ_WHOLE
    ids = f"{{{','.join(map(str, series))}}}"  # as text: psycopg would look at each number, for each piece
    for first, last in pieces:
        with driver.cursor() as cursor, cursor.copy(statement, [ids, first, last]) as copy:
            yield from _columns(driver, copy)


FEW_SERIES = 2_000
"""So many series are sooner looked up than found by reading all."""

_PIECE = "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'reading'"
_LOOKED_UP = """
    COPY (SELECT series_id, ts, value, quality FROM reading
          WHERE series_id = ANY (%s::integer[]) AND ts >= %s AND ts < %s ORDER BY series_id, ts)
    TO STDOUT (FORMAT BINARY)
"""
# The sum keeps the planner from the index, of which it believes too much here: three times the time.
_READ_WHOLE = """
    COPY (SELECT series_id, ts, value, quality FROM reading
          WHERE series_id + 0 = ANY (%s::integer[]) AND ts >= %s AND ts < %s)
    TO STDOUT (FORMAT BINARY)
"""
_POSTGRES_EPOCH_US = 946_684_800_000_000
_HEAD, _TRAILER = 19, b"\xff\xff"
ROWS_AT_A_TIME = 5_000
"""Of 10,000 the API holds 6 MB more, of 20,000 it holds 20, and is no faster."""

_LAYOUT = np.dtype(
    [
        ("fields", ">i2"),
        *(("series bytes", ">i4"), ("series", ">i4")),
        *(("ts bytes", ">i4"), ("ts", ">i8")),
        *(("value bytes", ">i4"), ("value", ">f8")),
        *(("quality bytes", ">i4"), ("quality", ">i2")),
    ]
)
"""A row of COPY in binary: none of the four is ever null, so that all are of one width."""


def _columns(driver: psycopg.Connection, copy: psycopg.Copy) -> Generator[ReadingRows]:
    """Yield what a COPY sends: a head before the first row, and after the last a mark of two bytes.

    Raises
    ------
    psycopg.Error
        The database broke it off.
    """
    come = bytearray(copy.read()[_HEAD:])
    while _more(driver.pgconn, copy, come):
        count = len(come) // _LAYOUT.itemsize
        found = np.frombuffer(bytes(come[: count * _LAYOUT.itemsize]), _LAYOUT)
        del come[: count * _LAYOUT.itemsize]
        yield ReadingRows(
            found["series"].astype(np.int32),
            found["ts"].astype(np.int64) + _POSTGRES_EPOCH_US,
            found["value"].astype(np.float64),
            found["quality"].astype(np.int16),
        )
    if come != _TRAILER:
        raise psycopg.OperationalError("the readings ended without the mark that stands behind the last of them")


def _more(pgconn: PGconn, copy: psycopg.Copy, come: bytearray) -> bool:
    """Add rows as they were sent to what has come; return whether there are any in it.

    psycopg waits for the first; those that came with it are taken from libpq itself, since psycopg's way for one row
    takes longer than all else that is done with it. Each is added at once: as objects, thousands of them would have
    the garbage collector look through the whole process again and again.
    """
    enough, take = ROWS_AT_A_TIME * _LAYOUT.itemsize, pgconn.get_copy_data
    while len(come) < enough and (first := copy.read()):
        come += first
        size = len(first)
        while size != len(_TRAILER) and len(come) < enough:
            size, row = take(1)
            if size < 0:
                raise _broken(pgconn)
            if not size:
                break
            come += row
    return len(come) >= _LAYOUT.itemsize


def _broken(pgconn: PGconn) -> psycopg.Error:
    """Return why the database ended a COPY between two rows."""
    result = pgconn.get_result()
    return psycopg.OperationalError("the readings broke off") if result is None else error_from_result(result)
