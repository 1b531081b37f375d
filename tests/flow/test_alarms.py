"""Alarms by real processes: what is published is an alarm over HTTP, and SIGKILL loses none and doubles none."""

import json
from datetime import timedelta

import httpx
import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.clock import utc_now
from cityops.local.broker import Broker
from cityops.local.processes import free_ports, wait_until
from factories.alarms import rows, rule, says, without_rules
from factories.world import World
from fixtures.api import LEADER, token_of
from fixtures.ingest import worker_process

SOURCE = "cityops/v1/readings/water-logging"
KILLS = 3
CYCLES = 60


@pytest.fixture
def one_rule(database: psycopg.Connection) -> None:
    """Have one rule in force: water of 10 cm, and more."""
    without_rules(database)
    rule(database)


@pytest.mark.usefixtures("one_rule")
def test_a_published_reading_becomes_an_alarm_that_is_acknowledged(
    database_url: str, database: psycopg.Connection, own_broker: Broker
) -> None:
    [port] = free_ports(1)
    environment = {"CITYOPS_DATABASE_URL": database_url, "CITYOPS_MQTT_URL": own_broker.url}
    headers = {"Authorization": f"Bearer {token_of(database_url, LEADER)}"}
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    assert own_broker.port
    client.connect("127.0.0.1", own_broker.port)
    client.loop_start()

    def publish(value: float) -> None:
        item = {"device": "WL-1", "ts": utc_now().isoformat(), "metric": "water_depth", "value": value}
        client.publish(SOURCE, json.dumps(item), qos=1).wait_for_publish(10)

    def open_alarms() -> list[dict[str, object]]:
        try:
            answer = api.get("/api/v1/alarms", params={"open": "true"})
        except httpx.HTTPError:
            return []
        return list(answer.json()["items"]) if answer.is_success else []

    def seen() -> bool:
        publish(45)
        return bool(open_alarms())

    with (
        worker_process(["ingest", "mqtt", "--worker", "flow"], environment),
        worker_process(["jobs"], environment),
        worker_process(["api", "--port", str(port)], environment),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10) as api,
    ):
        assert wait_until(seen, seconds=60)
        [alarm] = open_alarms()
        assert (alarm["device_code"], alarm["level"], alarm["acknowledged_at"]) == ("WL-1", 4, None)
        done = api.post(f"/api/v1/alarms/{alarm['id']}/acts", json={"act": "acknowledge"})
        assert done.json()["done"]
        publish(1)
        assert wait_until(lambda: not open_alarms(), seconds=30)
        told = [line["kind"] for line in api.get(f"/api/v1/alarms/{alarm['id']}").json()["history"]]
        assert (told[0], "acknowledged" in told, told[-1]) == ("raised", True, "cleared")
    client.disconnect()
    client.loop_stop()


@pytest.mark.usefixtures("one_rule")
def test_kill_9_of_the_job_loses_no_alarm_and_doubles_none(database_url: str, database: psycopg.Connection) -> None:
    """Each device goes over and under the limit once: as many alarms as devices, each raised and cleared."""
    world = World(database)
    devices = [world.device(f"K-{number}") for number in range(CYCLES)]
    environment = {"CITYOPS_DATABASE_URL": database_url}

    def cleared() -> int:
        return len(rows(database, "id", where="cleared_at IS NOT NULL"))

    for number, device in enumerate(devices):
        at = utc_now() - timedelta(seconds=30)
        says(world, device, (at, 45), (at + timedelta(seconds=5), 1))
        if number % (CYCLES // KILLS) == CYCLES // KILLS - 1:
            with worker_process(["jobs"], environment) as (_, kill):
                goal = cleared() + 1
                assert wait_until(lambda goal=goal: cleared() >= goal, seconds=60)  # type: ignore[misc]  # bound now
                kill()
    with worker_process(["jobs"], environment):
        assert wait_until(lambda: cleared() == CYCLES, seconds=60)
    assert rows(database, "count(*)", "count(DISTINCT object)", where="true") == [(CYCLES, CYCLES)]
    kinds = database.execute("SELECT kind, count(*) FROM alarm_change GROUP BY kind ORDER BY kind").fetchall()
    assert kinds == [("cleared", CYCLES), ("raised", CYCLES)]
    assert database.execute("SELECT count(*) FROM alarm_hint").fetchone() == (0,)
