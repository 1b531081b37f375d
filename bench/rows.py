"""Whether no row is lost: exports millions of readings, and compares each row that others read with the database's.

`make rows`, or `python -m bench.rows --rows 200000`: no part of the tests, for it takes minutes and gigabytes. What
is true PostgreSQL writes by itself; DuckDB compares, and pyarrow reads the files a second time.
"""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Annotated

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import typer
from rich.console import Console

from bench import history
from bench.harness import QUICK, Bench, Sizes, running_bench
from bench.measurements.exports import span
from cityops.client import Client
from cityops.errors import CityopsError

_TRUE = """
COPY (SELECT device.code, metric.code, (extract(epoch FROM ts) * 1000000)::bigint, value, quality
      FROM reading JOIN series ON series.id = series_id JOIN device ON device.id = device_id
          JOIN metric ON metric.id = metric_id)
TO STDOUT (FORMAT CSV)
"""
_TRUTH = """
CREATE TABLE truth AS SELECT * FROM read_csv(?, header = false, columns = {
    'device_code': 'VARCHAR', 'metric': 'VARCHAR', 'ts': 'BIGINT', 'value': 'DOUBLE', 'quality': 'BIGINT'})
"""
_COLUMNS = "device_code, metric, epoch_us(ts) AS ts, value, quality"
_FROM_CSV = """
SELECT ltrim(device_code, chr(9) || '''') AS device_code, metric, epoch_us(ts) - 28800000000 AS ts, value, quality
"""
"""Times in CSV are those of the city, eight hours ahead."""


def main(rows: Annotated[int, typer.Option(help="Readings that are exported.")] = 5_000_000) -> None:
    """Make readings, export them as CSV and Parquet, and compare all rows with the database; fails if one differs."""
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = replace(Sizes() if rows > QUICK.export_rows else QUICK, export_rows=rows)
    try:
        with running_bench(sizes, console) as bench:
            wrong = [name for name, differ in _compared(bench) if differ]
    except CityopsError as error:
        console.print(f"[red]rows:[/red] {error}", highlight=False)
        raise typer.Exit(1) from None
    if wrong:
        console.print(f"[red]not what the database has: {', '.join(wrong)}[/red]")
        raise typer.Exit(1)
    console.print("every row is there, once, as the database has it")


def _compared(bench: Bench) -> Iterator[tuple[str, int]]:
    """Yield what read a file, and how many rows are missing or too many in what it read."""
    world = history.make_world(bench, "rows", bench.sizes.export_rows)
    with bench.connect(world.url) as connection, duckdb.connect() as other:
        start, end, rows = span(connection)
        true = bench.folder / "true.csv"
        _write(connection, true)
        other.execute(_TRUTH, [str(true)])
        true.unlink()
        with bench.api(world.url) as api, Client(f"http://127.0.0.1:{api.port}", api.key) as client:
            for form in ("csv", "parquet"):
                file, began = bench.folder / f"rows.{form}", monotonic()
                saved = client.export("readings", file, start=start, end=end, lang="en")
                bench.say(f"{form}: {saved.bytes:,} bytes of {rows:,} rows in {monotonic() - began:.1f} s")
                for name, question, arrow in _readers(file):
                    found, differ = _differ(other, question, arrow)
                    bench.say(f"{form} by {name}: {found:,} rows, {differ} differ")
                    yield f"{form} by {name}", differ
                file.unlink()


def _write(connection: psycopg.Connection, target: Path) -> None:
    with target.open("wb") as file, connection.cursor() as cursor, cursor.copy(_TRUE) as copy:
        for piece in copy:
            file.write(piece)


def _readers(file: Path) -> Iterator[tuple[str, str, pa.Table | None]]:
    """Yield who reads the file, the question for its rows, and the table that it is asked of, if not the file."""
    if file.suffix == ".parquet":
        yield "DuckDB", f"SELECT {_COLUMNS} FROM read_parquet('{file}')", None
        yield "pyarrow", f"SELECT {_COLUMNS} FROM arrow", pq.read_table(file)
    else:
        yield "DuckDB", f"{_FROM_CSV} FROM read_csv('{file}')", None
        kinds = {"device_code": pa.string(), "ts": pa.timestamp("us")}
        wanted = ["device_code", "metric", "ts", "value", "quality"]
        options = pa_csv.ConvertOptions(column_types=kinds, include_columns=wanted)
        yield "pyarrow", f"{_FROM_CSV} FROM arrow", pa_csv.read_csv(file, convert_options=options)


def _differ(other: duckdb.DuckDBPyConnection, question: str, arrow: pa.Table | None) -> tuple[int, int]:
    """Return how many rows were read, and how many are in one of both alone; as often as they are."""
    if arrow is not None:
        other.register("arrow", arrow)
    other.execute(f"CREATE OR REPLACE TEMP TABLE found AS {question}")
    [(found,)] = other.execute("SELECT count(*) FROM found").fetchall()
    both = "SELECT count(*) FROM (FROM {} EXCEPT ALL FROM {})"
    counted = (other.execute(both.format(*two)).fetchall() for two in (("truth", "found"), ("found", "truth")))
    return found, sum(alone for [(alone,)] in counted)


if __name__ == "__main__":
    typer.run(main)
