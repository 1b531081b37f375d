"""A made history is one that the ingest could have written, and COPY stores the very rows that readings are."""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from bench import copying, history
from bench.workload import Workload, devices_and_probes, metrics_of_kinds, workload
from cityops.domain.readings import Quality
from cityops.store import registry
from cityops.store.engine import connect
from cityops.store.upkeep.verify import verify


@pytest.fixture
def database(migrated_database: str) -> Iterator[psycopg.Connection]:
    with connect(migrated_database, "test") as connection:
        yield connection


@pytest.fixture
def work(database: psycopg.Connection) -> Workload:
    devices, probes = devices_and_probes(60)
    assert not {device.region_code for device in devices} & {probe.region_code for probe in probes}
    registry.register(database, [*devices, *probes], metrics_of_kinds())
    return workload(database, devices)


def test_a_made_history_agrees_with_itself(database: psycopg.Connection, work: Workload) -> None:
    kept = history.fill(database, work, history.cadence_s(len(work), 3_000), 5_000)
    assert 4_500 < kept < 5_500
    assert [finding for finding in verify(database, lambda _: None) if finding.wrong] == []
    row = database.execute("SELECT count(*), count(DISTINCT series_id), max(ts) < now() FROM reading").fetchone()
    assert row == (kept, len(work), True)


def test_copy_stores_the_rows_in_a_hypertable_like_reading(database: psycopg.Connection, work: Workload) -> None:
    columns, place = work.columns(history.end_of_history_s() + np.arange(3.0) * 10, 10)
    copying.create_table(database)
    assert copying.rows_per_s(database, columns) > 0
    microseconds = "(extract(epoch FROM ts) * 1000000)::bigint"
    rows = database.execute(
        f"SELECT {microseconds}, series_id, value, quality FROM {copying.TABLE} ORDER BY 1, 2"
    ).fetchall()
    expected = zip(columns.ts.tolist(), columns.series.tolist(), columns.value.tolist(), strict=True)
    assert rows == sorted((*row, int(Quality.GOOD)) for row in expected)
    assert (work.series[place] == columns.series).all()
    with pytest.raises(psycopg.errors.UniqueViolation):
        copying.rows_per_s(database, columns)


def test_arrays_hold_readings_of_one_source_each(database: psycopg.Connection, work: Workload) -> None:
    rows = work.columns(history.end_of_history_s() + np.arange(20.0) * 10, 10)
    messages = list(work.arrays(*rows, 10))
    assert len(messages) > len(rows[0]) / 10 - len(set(work.source))
    assert all(payload.count(b'"ts"') == 10 for _, payload in messages)
    source_of = dict(zip(work.device, work.source, strict=True))
    for topic, payload in messages:
        named = {part.partition(b'"')[0].decode() for part in payload.split(b'"device":"')[1:]}
        assert {source_of[device] for device in named} == {topic.rpartition("/")[2]}
