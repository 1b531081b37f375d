"""`cityops jobs` as a process: judges devices and looks after the store, and goes on when its connections are cut."""

import httpx

from cityops.local.processes import free_ports, wait_until
from factories.world import World
from fixtures.ingest import worker_process

CUT = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cityops watch'"


def state(world: World) -> str:
    row = world.connection.execute("SELECT state FROM device_state").fetchone()
    assert row is not None
    return str(row[0])


def rolled_up(world: World) -> int:
    row = world.connection.execute("SELECT count(*) FROM reading_rollup_hour").fetchone()
    assert row is not None
    return int(row[0])


def test_all_that_runs_by_itself_is_done_and_outlives_its_connections(world: World, migrated_database: str) -> None:
    device = world.device("WL-1")
    world.says(device, "water_depth", 1, world.ago(7200))
    [port] = free_ports(1)
    with worker_process(["jobs", f"--metrics-port={port}"], {"CITYOPS_DATABASE_URL": migrated_database}):
        assert wait_until(lambda: (state(world), rolled_up(world)) == ("silent", 1), seconds=60)
        assert world.connection.execute(CUT).fetchone() == (1,)
        world.says(device, "water_depth", 1, world.now)
        assert wait_until(lambda: state(world) == "online", seconds=60)
        told = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    assert 'cityops_device_transitions_total{after="online",before="silent"} 1.0' in told
    assert 'cityops_job_failures_total{job="watch"} 1.0' in told
    assert 'cityops_job_seconds_count{job="maintain"} 1.0' in told
    assert 'job="floods"' not in told  # nobody told where the broker's administrator is
