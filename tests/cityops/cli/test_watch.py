"""`cityops devices watch` as a process: writes states, tells Prometheus, and goes on when its connection is cut."""

import httpx

from cityops.local.processes import free_ports, wait_until
from factories.world import World
from fixtures.ingest import worker_process

CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cityops watch'"


def state(world: World) -> str:
    row = world.connection.execute("SELECT state FROM device_state").fetchone()
    assert row is not None
    return str(row[0])


def test_the_watch_writes_states_and_outlives_its_connection(world: World, migrated_database: str) -> None:
    device = world.device("WL-1")
    [port] = free_ports(1)
    verb = ["devices", "watch", "--every=0.2", f"--metrics-port={port}"]
    with worker_process(verb, {"CITYOPS_DATABASE_URL": migrated_database}):
        world.says(device, "water_depth", 1, world.ago(200))
        assert wait_until(lambda: state(world) == "late", seconds=30)
        assert world.connection.execute(CUT).fetchone() == (1,)
        world.says(device, "water_depth", 1, world.now)
        assert wait_until(lambda: state(world) == "online", seconds=30)
        told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'cityops_device_transitions_total{after="online",before="late"} 1.0' in told
