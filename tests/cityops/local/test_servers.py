"""The pair of servers: not started where the environment names them, gone when their program is gone."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cityops
from cityops.errors import CityopsError
from cityops.local import local_servers, places
from cityops.local.processes import choose_port, wait_until

PROGRAM = """
import signal, sys, time
from pathlib import Path
from cityops.local import local_servers
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background with it ignored
with local_servers(Path(sys.argv[1])) as servers:
    print(servers.database.process.pid, servers.broker.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=["SIGKILL", "SIGTERM", "SIGINT"])
def test_servers_end_with_their_program_and_a_new_one_can_start(instance: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(instance)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        pids = [int(word) for word in program.stdout.readline().split()]
        assert len(pids) == 2
        with pytest.raises(CityopsError, match=f"process {program.pid}"), local_servers(instance):
            pass
        program.send_signal(end)
    with local_servers(instance) as servers:
        assert servers.database is not None
        assert "LOG:  database system was not properly shut down" not in servers.database.log.read_text()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), seconds=5)


def test_named_servers_are_used_and_none_started(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", "postgresql://a@database/b")
    monkeypatch.setenv("CITYOPS_MQTT_URL", "mqtt://broker")
    with local_servers(instance) as servers:
        assert (servers.database_url, servers.mqtt_url) == ("postgresql://a@database/b", "mqtt://broker")
        assert (servers.database, servers.broker) == (None, None)
    assert not instance.exists()


def test_a_durable_broker_is_not_asked_of_a_server_that_is_named(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYOPS_MQTT_URL", "mqtt://broker")
    with pytest.raises(
        CityopsError, match="--durable is for the embedded broker, and CITYOPS_MQTT_URL names another"
    ):
        local_servers(instance, durable=True).__enter__()


def test_machine_without_apt_is_told_the_two_ways_out(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(CityopsError, match=r"apt-get.*CITYOPS_DATABASE_URL.*CITYOPS_MQTT_URL.*docker compose up"):
        local_servers(instance).__enter__()


def test_wanted_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CityopsError, match=f"Port {port} is taken"):
            choose_port(tmp_path / "port", port)


def test_port_of_the_last_start_is_kept_while_free(tmp_path: Path) -> None:
    first = choose_port(tmp_path / "port")
    assert choose_port(tmp_path / "port") == first
    with socket.create_server(("127.0.0.1", first)):
        assert choose_port(tmp_path / "port") != first


def test_two_checkouts_do_not_share_an_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = places.instance_folder()
    monkeypatch.setattr(cityops, "__file__", str(tmp_path / "src" / "cityops" / "__init__.py"))
    assert places.instance_folder() != here
