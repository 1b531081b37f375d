"""The broker as compose.yaml runs it: our configuration, access list and password commands on a real Mosquitto."""

import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cityops.local.binaries import Binaries
from cityops.local.broker import deployed_config
from cityops.local.places import create_instance, own_by_server
from cityops.local.processes import as_server, end, environment, free_ports, last_lines, spawn, wait_until
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt import MqttSource

ACCESS_LIST = Path(__file__).parents[2] / "ingest" / "mosquitto.acl"
PASSWORDS = {"ingest": "in-gest", "simulator": "simu-lator", "water-logging": "wa-ter"}


@dataclass(frozen=True)
class Guarded:
    """A running broker and its clients, each run to its end."""

    binaries: Binaries
    port: int

    def command(self, program: str, user: str | None, *arguments: str) -> list[str]:
        """Return the command line of a client."""
        access = ["-u", user, "-P", PASSWORDS[user]] if user else []
        return [str(self.binaries.mosquitto(program)), "-V", "5", "-p", str(self.port), *access, *arguments]

    def may_publish(self, user: str | None, topic: str) -> bool:
        """Publish with QoS 1; return whether the broker took it."""
        command = self.command("mosquitto_pub", user, "-q", "1", "-t", topic, "-m", "{}")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode == 0 and "Not authorized" not in done.stderr

    def is_healthy(self, user: str | None) -> bool:
        """Run the health check of compose.yaml."""
        check = self.command("mosquitto_sub", user, "-t", "cityops/health", "-E", "-W", "3")
        return subprocess.run(check, capture_output=True, check=False).returncode == 0


def configuration(folder: Path, port: int) -> str:
    """Return the deployed configuration with this test's places in it."""
    config = deployed_config().replace("/mosquitto/config/", f"{folder}/").replace("/mosquitto/data/", f"{folder}/")
    return re.sub(r"^listener 1883$", f"listener {port} 127.0.0.1", config, flags=re.MULTILINE)


@pytest.fixture
def broker(binaries: Binaries, instance: Path) -> Iterator[Guarded]:
    """Give a broker that runs under the deployed configuration."""
    create_instance(instance)
    [port] = free_ports(1)
    files = {"mosquitto.conf": configuration(instance, port), "acl": ACCESS_LIST.read_text(), "passwords": ""}
    for name, text in files.items():
        (instance / name).write_text(text)
        own_by_server(instance / name)
    for user, password in PASSWORDS.items():
        enter = as_server([binaries.mosquitto("mosquitto_passwd"), "-b", "passwords", user, password])
        subprocess.run(enter, cwd=instance, env=environment(), check=True, capture_output=True)
    log = instance / "log"
    process = spawn([binaries.mosquitto(), "-c", instance / "mosquitto.conf"], log=log, death_signal="TERM")
    guarded = Guarded(binaries, port)
    try:
        assert wait_until(lambda: guarded.is_healthy("ingest"), seconds=10), last_lines(log)
        yield guarded
    finally:
        end(process, signal.SIGTERM, patience=10)


def test_a_sender_may_write_what_is_its_own_and_nothing_else(broker: Guarded) -> None:
    may = {
        topic: broker.may_publish("water-logging", topic)
        for topic in (
            "cityops/v1/readings/water-logging",
            "cityops/v1/readings/water-logging/WL-1",
            "cityops/v1/events/water-logging",
            "cityops/v1/readings/eco-air/WL-1",
            "cityops/v1/events/hotline-12345",
            "elsewhere",
        )
    }
    assert list(may.values()) == [True, True, True, False, False, False], may


def test_the_simulator_speaks_for_all_and_a_stranger_for_none(broker: Guarded) -> None:
    assert broker.may_publish("simulator", "cityops/v1/readings/eco-air/AIR-1")
    assert not broker.may_publish(None, "cityops/v1/readings/eco-air/AIR-1")
    assert not broker.is_healthy(None)


def test_a_worker_receives_with_its_password(broker: Guarded) -> None:
    backlog = Backlog()
    source = MqttSource(f"mqtt://ingest:{PASSWORDS['ingest']}@127.0.0.1:{broker.port}", "deployed", backlog)
    source.start()
    try:
        assert source.subscribed.wait(10)
        assert broker.may_publish("water-logging", "cityops/v1/readings/water-logging/WL-1")
        assert [envelope.payload for envelope in backlog.take()] == [b"{}"]
    finally:
        backlog.close()
        source.stop()
