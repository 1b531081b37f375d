"""The job of baselines: learns hours that are over, the same however it is interrupted, and notes what stands out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.baselines.flags import FlagReason
from cityops.domain.baselines.seasons import SLOTS
from cityops.jobs.baselines import SETTLED, Learner, baselines
from cityops.store.engine import connect, now_of, reading
from cityops.store.indicators import baselines as store
from factories.alarms import rule, without_rules
from factories.world import STREET

WEEKS = 4
SPIKE = timedelta(hours=30)


@pytest.fixture
def connection(migrated_database: str) -> Iterator[psycopg.Connection]:
    """Give the connection of a leader."""
    with connect(migrated_database, "test") as made:
        yield made


@pytest.fixture
def ids(connection: psycopg.Connection) -> tuple[int, int]:
    """Give the ids of PM2.5 and of a street."""
    row = connection.execute(
        "SELECT metric.id, region.id FROM metric, region WHERE metric.code = 'pm25' AND region.code = %s", [STREET]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.fixture
def present(engine: Engine, connection: psycopg.Connection, ids: tuple[int, int]) -> datetime:
    """Keep five weeks of a street, an hour a row, with one hour far above the rest; return the hour that runs now."""
    with reading(engine, WHOLE_CITY) as read:
        running = (now_of(read) - SETTLED).replace(minute=0, second=0, microsecond=0)
    connection.execute(
        """
        INSERT INTO reading_rollup (metric_id, region_id, bucket, n, sum, min, max)
        SELECT %(metric)s, %(region)s, hour, 10, 10 * value, value, value
        FROM generate_series(%(first)s, %(running)s, interval '1 hour') AS hour, LATERAL (
            SELECT 40 + 10 * sin(extract(hour FROM hour)) + mod(hashtext(hour::text), 100) / 50.0
                   + CASE WHEN hour = %(spike)s THEN 200 ELSE 0 END AS value) AS told
        """,
        {
            "metric": ids[0],
            "region": ids[1],
            "first": running - timedelta(weeks=WEEKS),
            "running": running,
            "spike": running - SPIKE,
        },
    )
    connection.execute("INSERT INTO rollup_touched SELECT DISTINCT bucket FROM reading_rollup")
    return running


def kept(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT slot, until, data FROM baseline ORDER BY slot").fetchall()


def test_all_hours_that_are_over_are_learnt_once_and_what_stood_out_is_told(
    engine: Engine, connection: psycopg.Connection, present: datetime, ids: tuple[int, int]
) -> None:
    job = baselines(engine)
    assert (job.name, job.every_s) == ("baselines", 60.0)
    for _ in range(3):
        job.turn(connection)
    rows = kept(connection)
    assert len(rows) == SLOTS + 1
    assert rows[-1][1] == present
    with reading(engine, WHOLE_CITY) as read:
        found = store.flags(read, *ids, present - timedelta(weeks=2), present)
    assert [(flag.reason, flag.since, until) for flag, until in found] == [
        (FlagReason.ABOVE, present - SPIKE, present - SPIKE + timedelta(hours=1))
    ]
    assert found[0][0].deviations > 20
    regions = connection.execute("SELECT count(DISTINCT region_id) FROM baseline_flag").fetchone()
    assert regions == (3,), "of the street, its district and the city"
    job.turn(connection)
    assert kept(connection) == rows


def test_of_a_metric_that_a_rule_asks_about_it_is_told_how_it_stands(
    engine: Engine, connection: psycopg.Connection, present: datetime, ids: tuple[int, int]
) -> None:
    learner = Learner(engine)
    while learner.learn(connection):
        pass
    without_rules(connection)
    assert learner.judge(connection) == 0
    rule(connection, "unusual", subject="indicator", metric="pm25", condition="deviation")
    connection.execute(
        "INSERT INTO reading_rollup (metric_id, region_id, bucket, n, sum, min, max)"
        " SELECT %s, %s, bucket, 1, 500, 500, 500 FROM generate_series(date_bin('5 minutes', now(), %s)"
        " - interval '15 minutes', now(), interval '5 minutes') AS bucket ON CONFLICT DO NOTHING",
        [*ids, present],
    )
    assert learner.judge(connection) == 3
    standing = connection.execute("SELECT region_id, ts, deviations FROM baseline_standing").fetchall()
    assert ids[1] in {region for region, _, _ in standing}
    assert all(deviations > 20 and ts.minute % 5 == 0 for _, ts, deviations in standing)


def test_what_is_learnt_in_pieces_by_others_after_a_failure_is_the_same(
    engine: Engine, connection: psycopg.Connection, present: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("DELETE FROM reading_rollup WHERE bucket < %s", [present - timedelta(days=4)])
    while Learner(engine).learn(connection):
        pass
    whole = kept(connection)
    connection.execute("TRUNCATE baseline, baseline_flag")
    first, tries = Learner(engine), iter((False, False, True, False))
    keep = store.keep

    def failing(*told: object) -> None:
        keep(*told)  # type: ignore[arg-type]
        if next(tries, False):
            raise psycopg.OperationalError("the server is gone")

    monkeypatch.setattr(store, "keep", failing)
    with pytest.raises(psycopg.OperationalError):
        first.learn(connection)
    middle = first.until
    assert middle is not None
    other = Learner(engine)
    assert other.learn(connection) > 0
    while first.learn(connection):
        pass
    assert kept(connection) == whole


def test_a_city_without_readings_has_nothing_to_learn(engine: Engine, connection: psycopg.Connection) -> None:
    assert Learner(engine).learn(connection) == 0
    assert kept(connection) == []
