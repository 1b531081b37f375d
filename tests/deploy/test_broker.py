"""The broker as compose.yaml runs it: our configuration, access list and password commands on a real Mosquitto."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cityops.local.binaries import Binaries
from cityops.local.broker import deployed_config
from cityops.local.places import create_instance, own_by_server
from cityops.local.processes import as_server, end, environment, free_ports, last_lines, spawn, wait_until
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.guard import GuardSession
from cityops_ingest.sources.mqtt import MqttSource
from fixtures import busybox

INGEST = Path(__file__).parents[2] / "ingest"
PASSWORDS = {"ingest": "in-gest", "simulator": "simu-lator", "water-logging": "wa-ter"}


@dataclass(frozen=True)
class Guarded:
    """A running broker and its clients, each run to its end."""

    binaries: Binaries
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Return the broker's address with the workers' password."""
        return f"mqtt://ingest:{PASSWORDS['ingest']}@127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the broker as its service does, in the shell of its image; Mosquitto is the embedded one."""
        [guard_port] = free_ports(1)
        path = f"{self.binaries.mosquitto().parent}:{busybox.tools()}"
        settings = [f"PATH={path}", f"GUARD_PORT={guard_port}", f"TMPDIR={self.folder}"]
        command: list[str | Path] = [
            "env",
            *settings,
            busybox.tools() / "sh",
            self.folder / "broker.sh",
            self.folder / "mosquitto.conf",
        ]
        log = self.folder / "log"
        process = spawn(command, log=log, death_signal="TERM")
        try:
            assert wait_until(lambda: self.is_healthy("ingest"), seconds=20), last_lines(log)
            yield
        finally:
            end(process, signal.SIGTERM, patience=10)

    def command(self, program: str, user: str | None, *arguments: str) -> list[str]:
        """Return the command line of a client."""
        access = ["-u", user, "-P", PASSWORDS[user]] if user else []
        return [str(self.binaries.mosquitto(program)), "-V", "5", "-p", str(self.port), *access, *arguments]

    def may_publish(self, user: str | None, topic: str, payload: str = "{}") -> bool:
        """Publish with QoS 1; return whether the broker took it."""
        command = self.command("mosquitto_pub", user, "-q", "1", "-t", topic, "-m", payload)
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
def stopped(binaries: Binaries, instance: Path) -> Guarded:
    """Give a broker with the deployed configuration that does not run yet."""
    create_instance(instance)
    [port] = free_ports(1)
    files = {name: (INGEST / name).read_text() for name in ("broker.sh", "mosquitto.acl")}
    files |= {"mosquitto.conf": configuration(instance, port), "passwords": "", "acl": files.pop("mosquitto.acl")}
    for name, text in files.items():
        (instance / name).write_text(text)
        own_by_server(instance / name)
    for user, password in PASSWORDS.items():
        enter = as_server([binaries.mosquitto("mosquitto_passwd"), "-b", "passwords", user, password])
        subprocess.run(enter, cwd=instance, env=environment(), check=True, capture_output=True)
    return Guarded(binaries, port, instance)


@pytest.fixture
def broker(stopped: Guarded) -> Iterator[Guarded]:
    """Give a broker that runs under the deployed configuration."""
    with stopped.running():
        yield stopped


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
    source = MqttSource(broker.url, "deployed", backlog)
    source.start()
    try:
        assert source.subscribed.wait(10)
        assert broker.may_publish("water-logging", "cityops/v1/readings/water-logging/WL-1")
        assert [envelope.payload for envelope in backlog.take()] == [b"{}"]
    finally:
        backlog.close()
        source.stop()


def test_what_comes_after_restarts_waits_for_the_workers(stopped: Guarded) -> None:
    backlog = Backlog()
    source = MqttSource(stopped.url, "deployed", backlog)
    with stopped.running():
        source.start()
        assert source.subscribed.wait(10)
        source.stop()
    for payload in ("1", "2"):  # the second restart comes before the guard of the first is relieved
        with stopped.running():
            assert stopped.may_publish("water-logging", "cityops/v1/readings/water-logging/WL-1", payload)
    with stopped.running():
        guard = GuardSession(stopped.url, backlog, source, ["cityops/#"])
        guard.start()
        try:
            held = backlog.take()
            while len(held) < 2:
                held += backlog.take()
            assert [envelope.payload for envelope in held] == [b"1", b"2"]
        finally:
            backlog.close()
            guard.stop()
