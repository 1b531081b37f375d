"""The broker as compose.yaml runs it: our configuration, users and verbs of keys on a real Mosquitto."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.local.binaries import Binaries, prepare_durable_broker
from cityops.local.broker import deployed_config
from cityops.local.places import create_instance, own_by_server
from cityops.local.processes import end, free_ports, last_lines, spawn, wait_until
from cityops.mqtt.mosquitto import senders
from cityops.mqtt.sessions import session_id
from cityops.settings import settings
from cityops.wire.topics import GUARD, GUARDED
from cityops_ingest.backlog import Backlog
from cityops_ingest.sources.mqtt.left_sessions import LeftSession
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures import busybox
from fixtures.certificates import self_signed

INGEST = Path(__file__).parents[2] / "ingest"
KEY = "0123456789abcdef"
OWN = {"ingest": "in-gest", "admin": "ad-min", "simulator": "simu-lator", "sparkplug": "spark-plug"}
PASSWORDS = {**OWN, KEY: "wa-ter"}
READINGS = "cityops/v1/readings/water-logging"


@dataclass(frozen=True)
class Guarded:
    """A running broker and its clients, each run to its end."""

    binaries: Binaries
    programs: Binaries
    port: int
    folder: Path
    tls_port: int = 0

    def url(self, user: str = "ingest") -> str:
        """Return the broker's address for one of our own users."""
        return f"mqtt://{user}:{PASSWORDS[user]}@127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the broker as its service does, in the shell of its image; Mosquitto is the embedded one."""
        [guard_port] = free_ports(1)
        path = f"{self.programs.mosquitto().parent}:{busybox.tools()}"
        settings = [f"PATH={path}", f"GUARD_PORT={guard_port}", f"TMPDIR={self.folder}"]
        settings += [f"DURABLE_CONFIG={self.folder / 'durable'}"]
        settings += [f"TLS_FOLDER={self.folder / 'tls'}", f"TLS_PORT={self.tls_port} 127.0.0.1"]
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

    def may_publish(self, user: str | None, topic: str, payload: str = "{}", *more: str) -> bool:
        """Publish with QoS 1; return whether the broker took it."""
        command = self.command("mosquitto_pub", user, "-q", "1", "-t", topic, "-m", payload, *more)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode == 0 and "Not authorized" not in done.stderr

    def is_healthy(self, user: str | None) -> bool:
        """Run the health check of compose.yaml."""
        check = self.command("mosquitto_sub", user, "-t", "cityops/health", "-E", "-W", "3")
        return subprocess.run(check, capture_output=True, check=False).returncode == 0

    def admits(self, token: str) -> bool:
        """Publish with a key of water-logging, as `cityops keys` prints it."""
        return self.may_publish(None, READINGS, "{}", "-u", token.split("_")[1], "-P", token)

    def may_read(self, user: str, topic: str) -> bool:
        """Subscribe; return whether the broker granted it."""
        done = subprocess.run(
            self.command("mosquitto_sub", user, "-t", topic, "-E", "-W", "5"), capture_output=True, check=False
        )
        return done.returncode == 0 and b"denied" not in done.stdout + done.stderr


def configuration(folder: Path, port: int, security: Path) -> str:
    """Return the deployed configuration with this test's places in it."""
    config = deployed_config().replace("/mosquitto/data/", f"{folder}/")
    config = config.replace("/usr/lib/mosquitto_dynamic_security.so", str(security))
    return re.sub(r"^listener 1883$", f"listener {port} 127.0.0.1", config, flags=re.MULTILINE)


def run(environment: dict[str, str], *words: str) -> str:
    """Run a verb of ours with these settings."""
    settings.cache_clear()
    try:
        done = CliRunner().invoke(app, words, env=environment, catch_exceptions=False)
    finally:
        settings.cache_clear()
    assert done.exit_code == 0, done.output
    return done.stdout


def enter_users(file: Path, passwords: dict[str, str]) -> None:
    """Do what the service broker-users does."""
    variables = {
        "ingest": "CITYOPS_INGEST_PASSWORD",
        "admin": "CITYOPS_BROKER_ADMIN_PASSWORD",
        "simulator": "CITYOPS_SIMULATOR_PASSWORD",
        "sparkplug": "CITYOPS_SPARKPLUG_PASSWORD",
    }
    run({variables[user]: password for user, password in passwords.items()}, "broker", "users", str(file))
    for written in (file, file.with_name("guard-session")):
        own_by_server(written)


@pytest.fixture(params=["as shipped", pytest.param("durable", marks=pytest.mark.cluster)])
def stopped(request: pytest.FixtureRequest, binaries: Binaries, instance: Path) -> Guarded:
    """Give a broker with the deployed configuration that does not run yet, or with that of compose.durable.yaml."""
    create_instance(instance)
    port, tls_port = free_ports(2)
    programs = prepare_durable_broker() if request.param == "durable" else binaries
    files = {
        "broker.sh": (INGEST / "broker.sh").read_text(),
        "mosquitto.conf": configuration(instance, port, programs.security()),
    }
    if request.param == "durable":
        plugin = "/usr/lib/mosquitto_persist_sqlite.so"
        files["durable"] = (INGEST / "durable.conf").read_text().replace(plugin, str(programs.persistence()))
    for name, text in files.items():
        (instance / name).write_text(text)
        own_by_server(instance / name)
    enter_users(instance / "users.json", OWN)
    return Guarded(binaries, programs, port, instance, tls_port)


@pytest.fixture
def broker(stopped: Guarded) -> Iterator[Guarded]:
    """Give a broker that runs under the deployed configuration and knows a key of water-logging."""
    with stopped.running():
        senders.grant(stopped.url("admin"), KEY, {"water-logging": "readings"}, PASSWORDS[KEY])
        yield stopped


def test_a_sender_may_write_what_is_its_own_and_nothing_else(broker: Guarded) -> None:
    own = (READINGS, f"{READINGS}/WL-1")
    others = (
        "cityops/v1/events/water-logging",
        "cityops/v1/readings/eco-air/WL-1",
        "cityops/v1/events/hotline-12345",
        "elsewhere",
    )
    may = {topic: broker.may_publish(KEY, topic) for topic in (*own, *others)}
    assert may == dict.fromkeys(own, True) | dict.fromkeys(others, False)
    assert not broker.may_read(KEY, READINGS)


def test_each_of_our_users_may_do_its_part_and_a_stranger_nothing(broker: Guarded) -> None:
    topics = ("cityops/v1/readings/eco-air/AIR-1", "spBv1.0/pumps/NCMD/station-3", "spBv1.0/pumps/NDATA/station-3")
    may = {user: [broker.may_publish(user, topic) for topic in topics] for user in (*OWN, None)}
    assert may == {
        "ingest": [False, False, False],
        "admin": [False, False, False],
        "simulator": [True, False, False],
        "sparkplug": [False, True, False],
        None: [False, False, False],
    }
    reads = {user: broker.may_read(user, "zigbee2mqtt/+") for user in OWN}
    assert reads == {"ingest": True, "admin": False, "simulator": False, "sparkplug": True}
    assert not broker.is_healthy(None)


def test_a_worker_receives_with_its_password(broker: Guarded) -> None:
    backlog = Backlog()
    source = MqttSource(broker.url(), "deployed", backlog)
    source.start()
    try:
        assert source.subscribed.wait(10)
        assert broker.may_publish(KEY, f"{READINGS}/WL-1")
        assert [envelope.payload for envelope in backlog.take()] == [b"{}"]
    finally:
        backlog.close()
        source.stop()


def test_keys_are_made_and_revoked_by_the_verb_while_it_runs(stopped: Guarded, migrated_database: str) -> None:
    environment = {"CITYOPS_DATABASE_URL": migrated_database, "CITYOPS_MQTT_ADMIN_URL": stopped.url("admin")}
    create = ("keys", "create", "gauges", "--role", "source_system", "--source", "water-logging")
    with stopped.running():
        first, second = (run(environment, *create).strip() for _ in range(2))
        assert [stopped.admits(token) for token in (first, second)] == [True, True]
        run(environment, "keys", "revoke", first.split("_")[1])
        assert [stopped.admits(token) for token in (first, second)] == [False, True]
    enter_users(stopped.folder / "users.json", OWN)  # as at each `docker compose up`
    with stopped.running():
        assert [stopped.admits(token) for token in (first, second)] == [False, True]


def test_users_are_entered_anew_only_where_something_changed(stopped: Guarded) -> None:
    users = stopped.folder / "users.json"
    before = users.read_text()
    enter_users(users, OWN)
    assert users.read_text() == before
    with stopped.running():
        senders.grant(stopped.url("admin"), KEY, {"water-logging": "readings"}, PASSWORDS[KEY])
        written_by_broker = users.read_text()
        enter_users(users, OWN)
        assert users.read_text() == written_by_broker != before
        # `docker compose up` enters what has changed while the broker runs, and then starts that anew
        enter_users(users, {name: password for name, password in OWN.items() if name != "simulator"})
    with stopped.running():
        assert not stopped.may_publish("simulator", READINGS)
        assert stopped.may_publish(KEY, READINGS)


def test_a_folder_of_certificates_makes_it_listen_with_tls(stopped: Guarded) -> None:
    folder = stopped.folder / "tls"
    folder.mkdir()
    certificate, _ = self_signed(folder)
    own_by_server(folder)
    where = ["-h", "127.0.0.1", "-p", str(stopped.tls_port), "--cafile", str(certificate)]
    with stopped.running():
        assert stopped.may_publish("simulator", READINGS, "{}", *where)
        assert not stopped.may_publish(None, READINGS, "{}", *where)
        assert not stopped.may_publish("simulator", READINGS, "{}", *where[:4])


def test_what_comes_after_restarts_waits_for_the_workers(stopped: Guarded) -> None:
    backlog = Backlog()
    with stopped.running():  # for the first time: no worker has ever subscribed
        senders.grant(stopped.url("admin"), KEY, {"water-logging": "readings"}, PASSWORDS[KEY])
        assert stopped.may_publish(KEY, f"{READINGS}/WL-1", "0")
    for payload in ("1", "2"):  # the second restart comes before the guard of the first is relieved
        with stopped.running():
            assert stopped.may_publish(KEY, f"{READINGS}/WL-1", payload)
    with stopped.running():
        session = session_id(stopped.url(), GUARD)
        guard = LeftSession(
            stopped.url(), session, backlog, lambda _: True, subscriptions=[GUARDED], topics=["cityops/#"]
        )
        guard.start()
        try:
            held = backlog.take()
            while len(held) < 3:
                held += backlog.take()
            assert [envelope.payload for envelope in held] == [b"0", b"1", b"2"]
        finally:
            backlog.close()
            guard.stop()


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("durable.conf", "asks for /usr/lib/mosquitto_persist_sqlite.so, which this broker lacks"),
        ("mosquitto.sqlite3", "is the queue of a broker that kept it otherwise"),
    ],
)
def test_what_this_broker_cannot_keep_or_see_is_refused_by_name(stopped: Guarded, there: str, missing: str) -> None:
    (stopped.folder / there).write_text((INGEST / "durable.conf").read_text())
    told = f"DURABLE_CONFIG={stopped.folder / 'durable.conf'}"
    shell = [busybox.tools() / "sh", stopped.folder / "broker.sh", stopped.folder / "mosquitto.conf"]
    command: list[str | Path] = ["env", f"PATH={busybox.tools()}", told, *shell]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"broker.sh: {stopped.folder / there} {missing}" in done.stderr
