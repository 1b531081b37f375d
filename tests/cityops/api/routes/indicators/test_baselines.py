"""What is usual over HTTP: band, flags and forecast of a series that was learnt; what is refused, and to whom."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.baselines.seasons import hour_at, hour_number
from cityops.jobs.baselines import Learner
from factories.world import STREET, World
from fixtures.api import token_of

HOURS = 4 * 168


@pytest.fixture
def running(world: World, engine: Engine) -> datetime:
    """Have learnt four weeks of a street with an hour that stands out; give the hour that runs."""
    world.device("A-1", "air")
    running = hour_at(hour_number(world.now - timedelta(minutes=10)))
    world.connection.execute(
        """
        INSERT INTO reading_rollup (metric_id, region_id, bucket, n, sum, min, max)
        SELECT metric.id, region.id, hour, 1, value, value, value
        FROM metric, region, generate_series(%(first)s, %(running)s, interval '1 hour') AS hour, LATERAL (
            SELECT 40 + 10 * sin(extract(hour FROM hour)) + mod(hashtext(hour::text), 100) / 50.0
                   + CASE WHEN hour = %(running)s - interval '5 hours' THEN 200 ELSE 0 END AS value) AS told
        WHERE metric.code = 'pm25' AND region.code = %(street)s
        """,
        {"first": running - timedelta(hours=HOURS), "running": running, "street": STREET},
    )
    world.connection.execute("INSERT INTO rollup_touched SELECT DISTINCT bucket FROM reading_rollup")
    learner = Learner(engine)
    while learner.learn(world.connection):
        pass
    return running


def test_the_band_stands_beside_the_values_and_what_stood_out_is_told(
    running: datetime, api: httpx.Client, world: World, api_url: str, migrated_database: str
) -> None:
    asked = {"indicator": "pm25", "region": STREET}
    answer = api.get("/api/v1/baselines", params=asked)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert datetime.fromisoformat(told["learnt_until"]) == running
    odd = running - timedelta(hours=5)
    [flag] = [one for one in told["flags"] if one["since"] == odd.strftime("%Y-%m-%dT%H:%M:%SZ")]
    assert (flag["reason"], flag["is_open"]) == ("above", False)
    by_start = {datetime.fromisoformat(one["start"]): one for one in told["points"]}
    point, usual = by_start[odd], by_start[odd - timedelta(hours=1)]
    assert point["value"] > point["high"] > point["usual"] > point["low"] > 0
    assert point["deviations"] > 20
    assert usual["low"] <= usual["usual"] <= usual["high"]
    assert abs(usual["deviations"]) < 4
    assert {one["by_week"] for one in told["points"]} == {True}
    forecast = told["forecast"]
    assert forecast["is_offered"] == (forecast["mase"] is not None and forecast["mase"] < 1)
    assert len(forecast["points"]) in ({24} if forecast["is_offered"] else {0})
    assert forecast["remark_zh"]

    cases = api.get("/api/v1/baselines", params={"indicator": "events_reported"})
    assert (cases.status_code, "counts cases" in cases.json()["detail"]) == (422, True)
    elsewhere = Subject("elsewhere", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440105001"})))
    headers = {"Authorization": f"Bearer {token_of(migrated_database, elsewhere)}"}
    with httpx.Client(base_url=api_url, timeout=30, headers=headers) as client:
        assert client.get("/api/v1/baselines", params=asked).status_code in {403, 404}


def test_of_what_was_never_learnt_the_answer_says_so(world: World, api: httpx.Client) -> None:
    told = api.get("/api/v1/baselines", params={"indicator": "pm25"}).json()
    assert (told["learnt_until"], told["flags"]) == (None, [])
    assert {one["usual"] for one in told["points"]} == {None}
    assert "7 天" in told["remark_zh"]
    assert told["forecast"]["is_offered"] is False
