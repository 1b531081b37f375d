"""The platform starts its servers again when they die."""

from pathlib import Path

import psycopg

from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.deployment import Platform
from cityops.local.ports import Ports
from cityops.local.servers import Servers


def test_a_part_is_told_no_secret_of_another(tmp_path: Path) -> None:
    servers = Servers("postgresql://owner:of-the-database@127.0.0.1:1/x", "mqtt://127.0.0.1:1", None, None)
    platform = Platform(servers, Ports(), "key-of-the-screens", tmp_path, [], "signs-cookies")
    part = platform.add(
        "ingest-http", "--help", keep=False, told={"CITYOPS_DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    )
    assert part.process
    assert part.process.wait(30) == 0
    told = set(part.environment.values())
    assert told.isdisjoint({"key-of-the-screens", "signs-cookies", servers.database_url})
    assert platform.add("dashboard", "--help", keep=False).environment["CITYOPS_SECRET"] == "signs-cookies"
    jobs = platform.add("jobs", "--help", keep=False, told={"CITYOPS_API_KEY": "key-of-packs"})
    assert jobs.environment["CITYOPS_API_KEY"] == "key-of-packs"
    for one in platform.parts[-2:]:
        one.stop()


def test_servers_that_die_are_started_again(own_database: Database, own_broker: Broker, instance: Path) -> None:
    servers = Servers(own_database.url, own_broker.url, own_database, own_broker)
    platform = Platform(servers, Ports(), "", instance, [])
    told: list[str] = []
    platform.revive(told.append)
    assert told == []
    for server in (own_database, own_broker):
        assert server.process
        server.process.kill()
        server.process.wait()
    platform.revive(told.append)
    assert [line.split(" had ended")[0] for line in told] == ["database", "broker"]
    psycopg.connect(own_database.url).close()
    assert not own_broker.has_died
