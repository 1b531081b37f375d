"""The platform starts its servers again when they die."""

from pathlib import Path

import psycopg

from cityops.local.broker import Broker
from cityops.local.database import Database
from cityops.local.platform import Platform, Ports
from cityops.local.servers import Servers


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
