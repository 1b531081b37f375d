"""What a reading takes on disk, index included, and what its share of the rollups adds."""

from collections.abc import Iterator, Sequence

import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World
from cityops.store.upkeep import columnstore


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Weigh the larger history, whose rows came in order of time as live; again as columns where the edition can."""
    world = worlds[-1]
    bench.say("storage")
    with bench.connect(world.url) as connection:
        yield from _figures(connection, world, "", "none")
        if columnstore.available(connection):
            columnstore.convert(connection, bench.say)
            yield from _figures(connection, world, "columnstore_", "columnstore, as cityops maintain converts")


def _figures(connection: psycopg.Connection, world: World, prefix: str, compression: str) -> Iterator[Figure]:
    settings: dict[str, Setting] = {
        "devices": world.registered,
        "readings": world.history,
        "compression": compression,
        "edition": "Community" if columnstore.available(connection) else "Apache",
    }
    for name, table in (("bytes_per_reading", "reading"), ("rollup_bytes_per_reading", "reading_rollup")):
        yield Figure(f"storage.{prefix}{name}", _bytes(connection, table) / world.history, "bytes", settings)


def _bytes(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute("SELECT hypertable_size(%s::regclass)", [table]).fetchone()
    assert row is not None
    return int(row[0])
