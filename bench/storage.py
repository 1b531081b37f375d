"""What a reading takes on disk, index included, and what its share of the rollups adds."""

from collections.abc import Iterator, Sequence

import psycopg

from bench.figures import Figure, Setting
from bench.harness import Bench, World


def measure(bench: Bench, worlds: Sequence[World]) -> Iterator[Figure]:
    """Weigh the larger history; its rows came in order of time, as they do live."""
    world = worlds[-1]
    bench.say("storage")
    settings: dict[str, Setting] = {"devices": world.registered, "readings": world.history, "compression": "none"}
    with bench.connect(world.url) as connection:
        readings, rollups = _bytes(connection, "reading"), _bytes(connection, "reading_rollup")
    yield Figure("storage.bytes_per_reading", readings / world.history, "bytes", settings)
    yield Figure("storage.rollup_bytes_per_reading", rollups / world.history, "bytes", settings)


def _bytes(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute("SELECT hypertable_size(%s::regclass)", [table]).fetchone()
    assert row is not None
    return int(row[0])
