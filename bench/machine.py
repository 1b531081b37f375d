"""Describes the machine a run is measured on, without naming it: cores, memory, versions of the servers."""

import os
import platform
import subprocess

import psycopg

from bench.figures import Figure
from bench.harness import Bench


def describe(bench: Bench) -> list[Figure]:
    """Return the description as figures, so that it is kept and rendered like them."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    with bench.connect(bench.servers.database_url) as connection:
        versions = {
            "postgresql": _shown(connection, "server_version").split()[0],
            "timescaledb": f"{_timescaledb(connection)}, {_shown(connection, 'timescaledb.license')} edition",
            "mosquitto": _mosquitto(bench),
            "python": platform.python_version(),
        }
        flushed = _shown(connection, "synchronous_commit"), _shown(connection, "fsync")
        given = {name: value for name in bench.database.settings if (value := _shown(connection, name))}
    return [
        Figure("machine.cores", os.cpu_count() or 0, "cores", {}),
        Figure("machine.memory", gigabytes, "GB", {}),
        Figure("machine.durability", f"synchronous_commit {flushed[0]}, fsync {flushed[1]}", "", {}),
        *(
            Figure(f"machine.{name}", version, "version", given if name == "postgresql" else {})
            for name, version in versions.items()
        ),
    ]


def commit() -> str:
    """Return the short commit of the checkout, with a plus sign if the measured code has changed since."""
    head = _git("rev-parse", "--short", "HEAD").strip()
    return head + "+" if _git("status", "--porcelain", "src", "ingest", "bench/*.py").strip() else head


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def _shown(connection: psycopg.Connection, setting: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return str(row[0])


def _timescaledb(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    assert row is not None
    return str(row[0])


def _mosquitto(bench: Bench) -> str:
    told = subprocess.run([bench.broker.binaries.mosquitto(), "-h"], capture_output=True, text=True, check=False)
    return told.stdout.split()[2]
