"""What deploy/ says to the servers of three machines, said to the real ones: one of each, here, with TLS as there.

They are fetched and take half a minute: `pytest -m cluster`.
"""

import os
import re
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM
from typing import Any
from urllib.request import urlopen

import pika
import psycopg
import pytest
import yaml

from cityops.local.patroni import PairPrograms, prepare_pair_programs
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import as_server, end, environment, free_ports, last_lines, listens, spawn, wait_until
from cityops.local.proxy import prepare_proxy_programs
from cityops.local.rabbitmq import Programs
from cityops.mqtt.mosquitto.roles import WORKERS
from cityops.mqtt.rabbitmq.queues import queues
from cityops.mqtt.rabbitmq.topology import declare
from cityops_ingest.sources.amqp.address import parameters
from fixtures import compose

pytestmark = pytest.mark.cluster

DEPLOY, INGEST = compose.ROOT / "deploy", compose.ROOT / "ingest"
PATIENCE_S = 180.0
SECRET = "a0secret"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder with a name so short that a socket fits into it, which the servers' account can enter."""
    with tempfile.TemporaryDirectory(prefix="co-") as root:
        Path(root).chmod(0o755)
        yield Path(root)


@pytest.fixture
def tls(folder: Path) -> Path:
    """Give the folder of a machine called localhost, made by the script."""
    script = ["sh", str(DEPLOY / "certificates.sh"), str(folder), "localhost"]
    subprocess.run(script, check=True, capture_output=True)
    own = folder / "localhost"
    for file in (*own.iterdir(), own):
        own_by_server(file)
    return own


def replaced(text: str, places: Mapping[str, object]) -> str:
    """Return a deployed text with this test's places in it, each of which must stand there."""
    for there, here in places.items():
        assert there in text, there
        text = text.replace(there, str(here))
    return text


def written(file: Path, text: str) -> Path:
    file.write_text(text)
    own_by_server(file)
    return file


def answers(url: str, trusted: ssl.SSLContext | None = None) -> bool:
    """Ask as a container's own check of health does."""
    try:
        with urlopen(url, context=trusted, timeout=30) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def running(command: Sequence[str | Path], log: Path, port: int, variables: Mapping[str, str]) -> Iterator[None]:
    """Run a server until the block ends; it listens when that begins."""
    process = spawn(command, log=log, death_signal="TERM", variables=variables)
    try:
        wait_until(lambda: process.poll() is not None or listens(process.pid, port), seconds=PATIENCE_S)
        assert listens(process.pid, port), last_lines(log, 30)
        yield
    finally:
        end(process, SIGTERM, patience=60)


def service(program: Path, name: str) -> dict[str, Any]:
    """Return a service of machine 1 as compose understands it."""
    told = {f"CITYOPS_MACHINE_{number}": f"192.0.2.{number}" for number in (1, 2, 3)}
    told |= {"CITYOPS_MACHINE": "1", "CITYOPS_ADDRESS": "192.0.2.1"}
    text = (compose.ROOT / "compose.cluster.yaml").read_text()
    required = dict.fromkeys(re.findall(r"\$\{(\w+):\?", text), SECRET)
    whole = compose.parsed(compose.config(program, files=["compose.cluster.yaml"], **(required | told)))
    found: dict[str, Any] = whole["services"][name]
    return found


@dataclass(frozen=True, slots=True)
class Database:
    """A running Patroni with its only member."""

    programs: PairPrograms
    folder: Path
    tls: Path
    port: int
    rest: int

    def url(self, database: str = "cityops", sslmode: str = "verify-full") -> str:
        """Return the address that parts would be given."""
        trust = f"sslmode={sslmode}&sslrootcert={self.tls / 'ca.crt'}" if sslmode != "disable" else "sslmode=disable"
        return f"postgresql://cityops:{SECRET}@/{database}?host=localhost&port={self.port}&{trust}"

    def is_written(self, sslmode: str = "verify-full") -> bool:
        """Tell whether the database that Patroni makes takes writes."""
        try:
            with psycopg.connect(self.url(sslmode=sslmode), connect_timeout=5) as connection:
                return connection.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,)
        except psycopg.OperationalError:
            return False


@pytest.fixture
def database(compose_program: Path, folder: Path, tls: Path) -> Iterator[Database]:
    """Give etcd and Patroni of one machine, by the commands and settings of three."""
    programs = prepare_pair_programs()
    client, peer, health, port, rest = free_ports(5)
    etcd = service(compose_program, "etcd")["command"]
    members = next(word for word in etcd if word.startswith("--initial-cluster="))
    own = "--initial-cluster=machine-1=https://localhost:2380"
    command = [programs.etcd, *(own if word == members else word for word in etcd[1:])]
    places = {
        "machine-1:": "localhost:",
        "//0.0.0.0:": "//127.0.0.1:",
        "/tls/": f"{tls}/",
        "2379": client,
        "2380": peer,
    }
    places |= {"2381": health, "/var/lib/etcd/data": folder / "etcd"}
    spoken = replaced("\n".join(map(str, command)), places).split("\n")
    for name in ("log", "run", "data", "copies"):
        own_by_server(create_folder(folder / name))
    own_by_server(create_folder(folder / "etcd"))
    with ExitStack() as stack:
        stack.enter_context(running(spoken, folder / "log" / "etcd.log", client, {}))
        assert wait_until(lambda: answers(f"http://127.0.0.1:{health}/health"), seconds=PATIENCE_S)
        file = written(folder / "patroni.yml", _patroni(programs, folder, tls, client, port, rest))
        told = compose.environment(service(compose_program, "database"))
        variables = {name: replaced_port(value, port, rest) for name, value in told.items()} | programs.variables
        stack.enter_context(running([*programs.patroni, file], folder / "log" / "patroni.log", rest, variables))
        found = Database(programs, folder, tls, port, rest)
        assert wait_until(found.is_written, seconds=PATIENCE_S), last_lines(folder / "log" / "patroni.log", 30)
        yield found


def replaced_port(value: str, port: int, rest: int) -> str:
    return value.replace("machine-1:5432", f"localhost:{port}").replace("machine-1:8008", f"localhost:{rest}")


def _patroni(programs: PairPrograms, folder: Path, tls: Path, etcd: int, port: int, rest: int) -> str:
    binaries = programs.postgresql.postgres("postgres").parent
    backups = f"{programs.pgbackrest} --config={_pgbackrest(folder, port)}"
    return replaced(
        (DEPLOY / "patroni.yml").read_text(),
        {
            "[machine-1:2379, machine-2:2379, machine-3:2379]": f"[localhost:{etcd}]",
            "/tls/": f"{tls}/",
            "0.0.0.0:8008": f"127.0.0.1:{rest}",
            "0.0.0.0:5432": f"127.0.0.1:{port}",
            "/var/lib/postgresql/data": folder / "data" / "base",
            "/usr/lib/postgresql/17/bin": binaries,
            "/tmp/pgpass": folder / "run" / "pgpass",  # noqa: S108 - what is replaced
            "/run/postgresql": folder / "run",
            "archive_command: pgbackrest": f"archive_command: {backups}",
            "shared_buffers: 2GB": "shared_buffers: 128MB",
        },
    )


def _pgbackrest(folder: Path, port: int) -> Path:
    text = replaced(
        (DEPLOY / "pgbackrest.conf").read_text(),
        {
            "/copies": folder / "copies",
            "/var/lib/postgresql/data": folder / "data" / "base",
            "/run/postgresql": folder / "run",
        },
    )
    # what the container has for itself: its /tmp, and the usual port
    text = text.replace(
        "[cityops]", f"lock-path={folder / 'run'}\nlog-path={folder / 'log'}\n\n[cityops]\npg1-port={port}"
    )
    return written(folder / "pgbackrest.conf", text)


def test_the_database_is_made_speaks_tls_alone_and_is_copied(database: Database) -> None:
    assert not database.is_written("disable")
    agreed = yaml.safe_load((DEPLOY / "patroni.yml").read_text())["bootstrap"]["dcs"]["postgresql"]["parameters"]
    with psycopg.connect(database.url(), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION timescaledb")
        row = connection.execute("SHOW synchronous_commit").fetchone()
        assert row == (agreed["synchronous_commit"],)
        assert connection.execute("SHOW archive_mode").fetchone() == ("on",)
    trusted = ssl.create_default_context(cafile=database.tls / "ca.crt")
    # it is asked of Patroni's last look, which may be of before the database could be written
    assert wait_until(lambda: answers(f"https://localhost:{database.rest}/primary", trusted), seconds=60)
    assert _copied(database), last_lines(database.folder / "log" / "copies.log", 20)


def _copied(database: Database) -> bool:
    """Run copies.sh until it has made a copy: its marks say so, and so does pgBackRest."""
    programs, folder = database.programs, database.folder
    own_by_server(create_folder(folder / "bin"))
    psql = programs.postgresql.postgres("psql")
    calls = {
        "pgbackrest": f'exec {programs.pgbackrest} --config={folder / "pgbackrest.conf"} "$@"',
        "psql": f'exec {psql} --port={database.port} "$@"',
    }
    for name, call in calls.items():
        written(folder / "bin" / name, f"#!/bin/sh\n{call}\n").chmod(0o755)
    script = written(
        folder / "copies.sh", replaced((DEPLOY / "copies.sh").read_text(), {"/run/postgresql": folder / "run"})
    )
    variables = {
        "PATH": f"{folder / 'bin'}:{os.defpath}",
        "PGPASSWORD": SECRET,
        "COPIES_FOLDER": str(folder / "copies"),
    }
    log = folder / "log" / "copies.log"
    process = spawn(["sh", script, "1"], log=log, death_signal="TERM", variables=variables)
    try:
        marked = wait_until((folder / "copies" / "last-copy").exists, seconds=PATIENCE_S)
    finally:
        end(process, SIGTERM, patience=10)
    told = subprocess.run(
        as_server([folder / "bin" / "pgbackrest", "--stanza=cityops", "info"]),
        env=environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return marked and "full backup" in told.stdout


def test_patroni_finds_nothing_amiss_in_its_settings(database: Database) -> None:
    """Its own check reads no environment, so what the container is told that way stands in the file here."""
    told = yaml.safe_load((database.folder / "patroni.yml").read_text())
    told["name"] = "machine-1"
    told["restapi"]["connect_address"] = f"machine-1:{database.rest}"
    told["postgresql"]["connect_address"] = f"machine-1:{database.port}"
    for who in told["postgresql"]["authentication"].values():
        who["password"] = SECRET
    file = written(database.folder / "whole.yml", yaml.safe_dump(told))
    done = subprocess.run(
        as_server([*database.programs.patroni, "--validate-config", "--ignore-listen-port", file]),
        env=environment() | database.programs.variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_a_node_of_the_broker_speaks_tls_alone_and_is_declared(
    rabbit_programs: Programs, compose_program: Path, folder: Path, tls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    amqp, mqtt, management, health, distribution, mapper = free_ports(6)
    for name in ("conf.d", "data", "log"):
        own_by_server(create_folder(folder / name))
    written(folder / "conf.d" / "10-cityops.conf", (INGEST / "rabbitmq.conf").read_text())
    text = (DEPLOY / "rabbitmq.cluster.conf").read_text()
    text = re.sub(r"^cluster_formation.classic_config.nodes.[23] = .*\n", "", text, flags=re.MULTILINE)
    places = {"rabbit@machine-1": "rabbit@localhost", "/tls/": f"{tls}/", "= 5671": f"= {amqp}"}
    places |= {"= 8883": f"= {mqtt}", "= 15671": f"= {management}", "= 15692": f"= {health}"}
    written(folder / "conf.d" / "20-cluster.conf", replaced(text, places))
    written(folder / "plugins", (DEPLOY / "rabbitmq.plugins").read_text())
    told = compose.environment(service(compose_program, "broker"))
    variables = told | {
        "RABBITMQ_NODENAME": "rabbit@localhost",
        "RABBITMQ_CONFIG_FILES": str(folder / "conf.d"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_PID_FILE": str(folder / "data" / "pid"),
        "ERL_EPMD_PORT": str(mapper),
        "HOME": str(folder / "data"),
        "PATH": f"{rabbit_programs.erlang}/bin:/usr/bin:/bin",
        "detached": "1",
    }
    monkeypatch.setenv("CITYOPS_MQTT_CA_FILE", str(tls / "ca.crt"))
    epmd: list[str | Path] = [rabbit_programs.epmd, "-address", "127.0.0.1", "-port", str(mapper)]
    log = folder / "log" / "rabbitmq.log"
    with (
        running(epmd, folder / "log" / "epmd.log", mapper, {}),
        running([rabbit_programs.server], log, management, variables),
        ssl.create_default_context(cafile=tls / "ca.crt").wrap_socket(
            _connected(mqtt, log), server_hostname="localhost"
        ) as device,
    ):
        assert device.version() == "TLSv1.3"
        assert answers(f"http://127.0.0.1:{health}/metrics")
        admin = f"https://admin:{SECRET}@localhost:{management}"
        made = declare(admin, queues([], []), {WORKERS: SECRET})
        assert "queue cityops.ingest" in made
        assert declare(admin, queues([], []), {WORKERS: SECRET}) == []
        with pika.BlockingConnection(parameters(f"amqps://{WORKERS}:{SECRET}@localhost:{amqp}")[0]) as connection:
            told_of = connection.channel().queue_declare("cityops.ingest", passive=True)
            assert told_of.method.message_count == 0
        assert all(_refuses_plain(port) for port in (amqp, mqtt, management))


def _connected(port: int, log: Path) -> socket.socket:
    def connect() -> bool:
        try:
            socket.create_connection(("localhost", port), 5).close()
        except OSError:
            return False
        return True

    assert wait_until(connect, seconds=PATIENCE_S), last_lines(log, 30)
    return socket.create_connection(("localhost", port), 5)


def _refuses_plain(port: int) -> bool:
    with socket.create_connection(("localhost", port), 5) as sender:
        sender.sendall(b"AMQP\x00\x00\x09\x01" + b"\r\n\r\n")
        try:
            answer = sender.recv(64)
        except ConnectionResetError:
            return True
        return not answer.startswith((b"AMQP", b"HTTP", b"\x01"))


def test_the_proxy_takes_its_settings(folder: Path, tls: Path) -> None:
    program = prepare_proxy_programs().haproxy
    shipped, file, certificate = DEPLOY / "haproxy.cfg", folder / "haproxy.cfg", folder / "proxy.pem"
    certificate.write_text((tls / "machine.crt").read_text() + (tls / "machine.key").read_text())
    subprocess.run(["sh", DEPLOY / "proxy.sh", shipped, file, "true"], check=True)
    # what the container has: the account, and names of machines
    text = re.sub(r"^ +(user|group) .*\n", "", file.read_text(), flags=re.MULTILINE)
    file.write_text(replaced(text, {"/etc/haproxy/cityops.pem": certificate, "machine-": "192.0.2."}))
    done = subprocess.run([program, "-V", "-c", "-f", file], capture_output=True, text=True, check=False)
    assert "Configuration file is valid" in done.stdout + done.stderr, done.stderr
