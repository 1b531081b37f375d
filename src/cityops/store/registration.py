"""Registers devices and video channels in bulk: rows are copied beside the register and merged into it set by set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import psycopg

from cityops.domain.channels import Channel
from cityops.domain.devices import Device
from cityops.domain.registration.cells import Registrable

_ADVISORY_LOCK = 0x7265_6769  # "regi": one import at a time, so that what is new to it stays so until it commits

_ANALYZE_FROM = 1_000
"""New rows from which the planner's statistics are renewed at once, instead of when autovacuum comes by."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of the rows; `moved` are the codes whose kind, street or source is registered otherwise."""

    added: int
    updated: int
    unchanged: int
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Register:
    table: str
    fixed: tuple[str, ...]
    """Columns that stay as they were first registered."""
    free: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return ("code", *self.fixed, *self.free)


_DEVICES = _Register(
    "device", ("kind", "source_system_code", "region_code"), ("name_zh", "lon", "lat", "expected_interval_s")
)
_CHANNELS = _Register("video_channel", (), ("name_zh", "source_system_code", "region_code", "lon", "lat", "state"))


class Import:
    """One import under way, in its transaction: `stage` rows as they come, then `merge` once."""

    def __init__(self, cursor: psycopg.Cursor, register: _Register) -> None:
        self._cursor, self._register = cursor, register
        columns = ", ".join(register.columns)
        cursor.execute(
            f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {columns} FROM {register.table} WITH NO DATA;"  # noqa: S608 - names are the constants above
            "ALTER TABLE incoming ADD line int, ADD outcome text DEFAULT 'added'"
        )

    def stage(self, rows: Iterable[tuple[int, Device | Channel]]) -> None:
        """Copy rows, each with its line in the file; no code may come twice."""
        cells = attrgetter(*self._register.columns)
        with self._cursor.copy(f"COPY incoming (line, {', '.join(self._register.columns)}) FROM STDIN") as copy:
            for line, item in rows:
                copy.write_row((line, *cells(item)))

    def merge(self, metrics_of: Mapping[str, Sequence[str]]) -> Registration:
        """Add what is new and change what differs; new devices get a series for each metric of their kind."""
        self._cursor.execute("ANALYZE incoming")
        self._judge()
        self._change()
        added = self._add()
        if self._register is _DEVICES:
            self._cursor.execute(_ADD_STATES)
            _add_series(self._cursor, metrics_of)
        if added >= _ANALYZE_FROM:
            self._cursor.execute(f"ANALYZE {self._register.table}")
        self._cursor.execute("SELECT outcome, count(*) FROM incoming GROUP BY outcome")
        counts: dict[str, int] = dict(self._cursor.fetchall())
        moved = self._cursor.execute("SELECT code FROM incoming WHERE outcome = 'moved' ORDER BY code").fetchall()
        updated, unchanged = (counts.get(name, 0) for name in ("updated", "unchanged"))
        return Registration(added, updated, unchanged, tuple(row[0] for row in moved))

    def outcomes(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, code and outcome (added, updated, unchanged, moved) of each staged row, in order of line."""
        self._cursor.execute("SELECT line, code, outcome FROM incoming ORDER BY line")
        yield from self._cursor

    def _judge(self) -> None:
        if self._register is _CHANNELS:  # a file that says nothing of states leaves them as they are
            self._cursor.execute(
                "UPDATE incoming SET state = coalesce((SELECT state FROM video_channel AS kept"
                " WHERE kept.code = incoming.code), 'unknown') WHERE state IS NULL"
            )
            self._cursor.execute(  # nor of places
                "UPDATE incoming SET lon = kept.lon, lat = kept.lat FROM video_channel AS kept"
                " WHERE kept.code = incoming.code AND incoming.lon IS NULL"
            )
        moved = f"WHEN {self._differs(self._register.fixed)} THEN 'moved'" if self._register.fixed else ""
        self._cursor.execute(
            f"""
            UPDATE incoming
            SET outcome = CASE {moved} WHEN {self._differs(self._register.free)} THEN 'updated' ELSE 'unchanged' END
            FROM {self._register.table} AS kept WHERE kept.code = incoming.code
            """  # noqa: S608 - names are the constants above
        )

    def _differs(self, columns: Sequence[str]) -> str:
        names = [", ".join(f"{side}.{column}" for column in columns) for side in ("kept", "incoming")]
        return f"({names[0]}) IS DISTINCT FROM ({names[1]})"

    def _change(self) -> None:
        since = ""
        if self._register is _CHANNELS:
            since = ", state_since = CASE WHEN kept.state = incoming.state THEN kept.state_since ELSE now() END"
        self._cursor.execute(
            f"""
            UPDATE {self._register.table} AS kept
            SET {", ".join(f"{column} = incoming.{column}" for column in self._register.free)}{since}
            FROM incoming WHERE kept.code = incoming.code AND incoming.outcome = 'updated'
            """  # noqa: S608 - names are the constants above
        )

    def _add(self) -> int:
        columns = ", ".join(self._register.columns)
        self._cursor.execute(
            f"""
            INSERT INTO {self._register.table} ({columns})
            SELECT {columns} FROM incoming WHERE outcome = 'added' ORDER BY code
            """  # noqa: S608 - names are the constants above
        )
        return self._cursor.rowcount


@contextmanager
def importing_devices(connection: psycopg.Connection) -> Iterator[Import]:
    """Open an import of devices in a transaction that commits at the end of the block."""
    with _importing(connection, _DEVICES) as opened:
        yield opened


@contextmanager
def importing_channels(connection: psycopg.Connection) -> Iterator[Import]:
    """Open an import of video channels in a transaction that commits at the end of the block."""
    with _importing(connection, _CHANNELS) as opened:
        yield opened


@contextmanager
def _importing(connection: psycopg.Connection, register: _Register) -> Iterator[Import]:
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        yield Import(cursor, register)


# A new device has never spoken until the watch finds otherwise.
_ADD_STATES = """
    INSERT INTO device_state (device_id, state, since)
    SELECT device.id, 'never', now() FROM incoming JOIN device USING (code) WHERE outcome = 'added'
"""


def _add_series(cursor: psycopg.Cursor, metrics_of: Mapping[str, Sequence[str]]) -> None:
    pairs = [(kind, metric) for kind, metrics in metrics_of.items() for metric in metrics]
    cursor.execute(
        """
        INSERT INTO series (device_id, metric_id)
        SELECT device.id, metric.id
        FROM incoming JOIN device USING (code)
        JOIN unnest(%s::text[], %s::text[]) AS wanted (kind, metric_code) ON wanted.kind = device.kind
        JOIN metric ON metric.code = wanted.metric_code
        WHERE incoming.outcome <> 'moved'
            AND NOT EXISTS (SELECT FROM series WHERE series.device_id = device.id AND series.metric_id = metric.id)
        ORDER BY device.id, metric.id
        ON CONFLICT DO NOTHING
        """,
        [[kind for kind, _ in pairs], [metric for _, metric in pairs]],
    )


def registrable(connection: psycopg.Connection, carries: str, *, streets_by_place: bool = False) -> Registrable:
    """Return the codes that a row may name: kinds, streets, and the source systems that carry `carries`."""

    def codes(statement: str, *parameters: Any) -> frozenset[str]:
        return frozenset(row[0] for row in connection.execute(statement, parameters))

    return Registrable(
        codes("SELECT code FROM device_kind"),
        codes("SELECT code FROM source_system WHERE carries = %s", carries),
        codes("SELECT code FROM region WHERE level = 'street'"),
        streets_by_place,
    )
