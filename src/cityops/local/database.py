"""The embedded PostgreSQL with TimescaleDB: created, started, stopped and killed on a loopback port."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.places import create_instance, own_by_server
from cityops.local.processes import PortTakenError, end, last_lines, run, spawn, start_on_a_port, wait_until

ROLE = "cityops"
DATABASE = "cityops"
START_SECONDS = 60.0  # recovery after a crash reads up to max_wal_size
STOP_SECONDS = 60.0
LEAVING_SECONDS = 10.0  # a program killed a moment ago leaves a server that is just stopping
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - asked for its size; a container's 64 MB fail a parallel query

FIXED_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # one way in; a socket path may exceed the kernel's 107 characters
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",  # the room has no internet
    "timescaledb.max_background_workers": "4",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # costs more than it gains on short queries, and its library is not unpacked
    "synchronous_commit": "on",  # an acknowledged reading is on disk
    "max_wal_size": "4GB",  # ingest writes steadily; fewer checkpoints, fewer full-page images
    "checkpoint_timeout": "15min",
    "wal_compression": "lz4",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_locks_per_transaction": "256",  # a query over a hypertable locks every chunk it may touch
    "random_page_cost": "1.1",  # solid-state disks
    "log_min_duration_statement": "1s",
    # What is slow or goes wrong is written about people: statements without what they were given, and no rows.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %d ",
}


def machine_settings() -> dict[str, str]:
    """Return the settings that follow from the machine: a quarter of its memory as buffers, at most 2 GB."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    buffers = min(max(megabytes // 4, 128), 2048)
    roomy = SHARED_MEMORY.exists() and shutil.disk_usage(SHARED_MEMORY).total >= 2**30
    return {
        "shared_buffers": f"{buffers}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "dynamic_shared_memory_type": "posix" if roomy else "mmap",
    }


class Database:
    """One embedded database server; `start` may follow `stop` or `kill`, on the same port.

    Parameters
    ----------
    instance
        Folder for its data, log, port and password; created at the first start.
    port
        Loopback port; None takes that of the last start or any free one.
    settings
        PostgreSQL settings beyond ours.
    """

    def __init__(
        self,
        binaries: Binaries,
        instance: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.binaries = binaries
        self.instance = instance
        self.data = instance / "postgresql"
        self.log = instance / "postgresql.log"
        self.port = port
        self.settings = {**FIXED_SETTINGS, **machine_settings(), **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None
        self._is_to_run = False

    @property
    def url(self) -> str:
        """Return the address of the database `cityops`, with its password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """Return the address of a database on this server."""
        password = (self.instance / "password").read_text()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and return when it answers; create the cluster and the database where missing.

        Raises
        ------
        CityopsError
            It runs already, or it ended while starting; the end of its log follows.
        """
        create_instance(self.instance)
        if self.has_died:
            self.process = None
        self._refuse_second_start()
        if not self.data.exists():
            self._create_cluster()
        start_on_a_port(self.instance / "postgresql.port", self.port, self._run)
        create_database(self.url_of)
        self._is_to_run = True

    def stop(self) -> None:
        """End all sessions, write a checkpoint and stop."""
        self._is_to_run = False
        if self.process:
            end(self.process, signal.SIGINT, patience=STOP_SECONDS)
            self.process = None

    @property
    def has_died(self) -> bool:
        """Whether the server was started and has ended by itself; so it stays until `start` has succeeded."""
        return self._is_to_run and (self.process is None or self.process.poll() is not None)

    def kill(self) -> None:
        """End the server with SIGKILL, as a crash would; `start` then recovers."""
        self._is_to_run = False
        self._end()

    def _end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _run(self, port: int) -> None:
        self.process, before = None, self.port
        self.port = port
        try:
            self._write_settings()
            if not wait_until(self._is_up, seconds=START_SECONDS):
                self._end()
                raise CityopsError(f"PostgreSQL does not answer. The end of {self.log}:\n{last_lines(self.log)}")
        except CityopsError:
            self.process, self.port = None, before
            raise

    def _is_up(self) -> bool:
        if self.process is None:
            postgres = self.binaries.postgres("postgres")
            self.process = spawn([postgres, "-D", self.data], log=self.log, death_signal="INT")
        if self.process.poll() is not None:
            said = last_lines(self.log)
            if "Address already in use" in said:
                raise PortTakenError(f"PostgreSQL ended. The end of {self.log}:\n{said}")
            if "shared memory block" not in last_lines(self.log, 3):
                raise CityopsError(f"PostgreSQL ended. The end of {self.log}:\n{said}")
            self.process = None  # sessions of a killed predecessor are still ending: try again
            return False
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _refuse_second_start(self) -> None:
        """Leave a stale lock file to PostgreSQL, except where its process id now belongs to another program."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().split()[0])
        if not wait_until(lambda: not self._is_ours(pid), seconds=LEAVING_SECONDS):
            raise CityopsError(
                f"The database of {self.instance} runs already as process {pid}. "
                f"Stop the program that started it, or end it with `kill -INT {pid}`."
            )
        if Path(f"/proc/{pid}").exists():
            lock.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        try:
            return bytes(self.data) in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _create_cluster(self) -> None:
        """Run initdb beside the final place and rename, so that a broken attempt is never taken for a cluster."""
        password = self.instance / "password"
        password.write_text(secrets.token_urlsafe(24))
        own_by_server(password)
        attempt = self.data.with_suffix(".new")
        shutil.rmtree(attempt, ignore_errors=True)
        options = (
            *("--username", ROLE, "--pwfile", str(password)),
            *("--auth-host", "scram-sha-256", "--auth-local", "reject"),
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--data-checksums", "--no-instructions"),
            *(("--no-sync",) if self.settings.get("fsync") == "off" else ()),
        )
        run([self.binaries.postgres("initdb"), "-D", attempt, *options], cwd=self.instance)
        attempt.rename(self.data)

    def _write_settings(self) -> None:
        settings = {**self.settings, "port": str(self.port)}
        lines = ["# Written at every start by cityops.local.", *(f"{k} = '{v}'" for k, v in settings.items())]
        file = self.data / "postgresql.conf"
        file.write_text("\n".join(lines) + "\n")
        own_by_server(file)


def create_database(url_of: Callable[[str], str]) -> None:
    """Create the database `cityops` where missing, with TimescaleDB of the version of the server's programs.

    `url_of` gives the address of a database on that server, as its owner.
    """
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not known:
            server.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(url_of(DATABASE), autocommit=True) as database:
        database.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    with psycopg.connect(url_of(DATABASE), autocommit=True) as database:
        # newer programs over older data; must be a session's first command
        database.execute("ALTER EXTENSION timescaledb UPDATE")
