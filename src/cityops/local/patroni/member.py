"""One database of a pair with the Patroni that looks after it: started, stopped, and killed as a dying host would."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import yaml

from cityops.errors import CityopsError
from cityops.local.database import FIXED_SETTINGS, ROLE, machine_settings
from cityops.local.machines import LOOPBACK, Machine
from cityops.local.patroni.backups import Backups
from cityops.local.patroni.programs import PairPrograms
from cityops.local.places import create_folder, own_by_server
from cityops.local.processes import end, last_lines, spawn, wait_until

STOP_SECONDS = 60.0
LEAVING_SECONDS = 10.0
RECOVERY_SECONDS = 600.0
ASK_SECONDS = 2.0
SCOPE = "cityops"
REPLICATOR = "replicator"

TTL_S = 20
"""Patroni's least: so long a leader that is silent stays the leader."""

AGREED = {
    "ttl": TTL_S,
    "loop_wait": 2,
    "retry_timeout": 5,  # ttl >= loop_wait + 2 * retry_timeout
    "maximum_lag_on_failover": 1_048_576,
    "primary_start_timeout": 0,  # a leader whose server dies hands over rather than recover
    "synchronous_mode": True,  # an acknowledged reading is on two machines while there are two
}
"""What the members agree on through etcd; names and meaning are Patroni's (its "Dynamic Configuration Settings")."""

PAIR_SETTINGS = {
    "hot_standby_feedback": "on",  # row versions that a question on the standby reads stay: replay need not end it
    "archive_mode": "on",
    "archive_timeout": "60",  # a disk lost with all else loses a minute
}

BUFFERS = "256MB"
"""Two share one machine with all the rest of a trial."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """What a pair's members know each other by."""

    owner: str
    replication: str
    rest: str


class Member:
    """One of the two; `start` may follow `stop` or `kill`, on the same ports and with the same data.

    Parameters
    ----------
    folder
        For its data, log and settings; created at the first start.
    port, rest_port
        Ports of the database and of its Patroni.
    etcd
        Each member of the store that both ask, as `host:port`.
    settings
        PostgreSQL settings beyond ours, in effect at the first start of the pair.
    """

    def __init__(
        self,
        programs: PairPrograms,
        folder: Path,
        *,
        port: int,
        rest_port: int,
        etcd: Sequence[str],
        passwords: Passwords,
        backups: Backups,
        settings: Mapping[str, str] | None = None,
        machine: Machine = LOOPBACK,
    ) -> None:
        self.name, self.folder, self.port, self.machine = folder.name, folder, port, machine
        self.data = folder / "postgresql"
        self.log = folder / "patroni.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._programs, self._rest, self._etcd = programs, f"{machine.address}:{rest_port}", etcd
        self._passwords, self._backups, self._settings = passwords, backups, dict(settings or {})

    def start(self) -> None:
        """Start its Patroni, which starts the database as what it is by now; `role` tells what that is."""
        own_by_server(create_folder(self.folder))
        self._backups.write_config(self.folder, self.data, self.port)
        file = self.folder / "patroni.yml"
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(self._configuration(), sort_keys=False))
        own_by_server(file)
        command = [*self._programs.patroni, file]
        self.process = spawn(
            command, log=self.log, death_signal="TERM", variables=self._programs.variables, machine=self.machine
        )

    @property
    def role(self) -> str:
        """What its Patroni says it is: `primary`, `sync_standby`, `replica` …; empty while it is not in service."""
        told = self._ask()
        if told.get("state") != "running":
            return ""
        return "sync_standby" if told.get("sync_standby") else str(told.get("role", ""))

    def agree(self, changed: Mapping[str, object]) -> None:
        """Change what all members agree on, by Patroni's names.

        Raises
        ------
        CityopsError
            Its Patroni does not take it.
        """
        try:
            httpx.patch(
                f"http://{self._rest}/config",
                json=dict(changed),
                auth=("patroni", self._passwords.rest),
                timeout=ASK_SECONDS * 5,
                trust_env=False,
            ).raise_for_status()
        except httpx.HTTPError as error:
            raise CityopsError(f"The Patroni of {self.name} does not take {dict(changed)}: {error}") from None

    def stop(self) -> None:
        """Stop the database and its Patroni; a leader hands over to the other first."""
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None
        self._end_server()

    def kill(self) -> None:
        """End Patroni and the database with SIGKILL, as a host would that loses its power."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
        self._end_server()

    def recover(self) -> None:
        """Start the database alone, have it go on to where its restored files are to end, and stop it.

        Raises
        ------
        CityopsError
            It ended, or did not get there in time; the end of its log follows.
        """
        postgres, log = self._programs.postgresql.postgres("postgres"), self.folder / "recovery.log"
        ours = {  # the files may be those of the other, with its settings
            "listen_addresses": self.machine.address,
            "port": self.port,
            "unix_socket_directories": self.folder,
            "hba_file": self.data / "pg_hba.conf",
            "ident_file": self.data / "pg_ident.conf",
        }
        options = [f"--{name}={value}" for name, value in ours.items()]
        process = spawn([postgres, "-D", self.data, *options], log=log, death_signal="INT", machine=self.machine)
        try:
            wait_until(lambda: process.poll() is not None or self._is_recovered(), seconds=RECOVERY_SECONDS)
            if not self._is_recovered():
                raise CityopsError(f"{self.name} does not recover. The end of {log}:\n{last_lines(log)}")
        finally:
            end(process, signal.SIGINT, patience=STOP_SECONDS)

    def _is_recovered(self) -> bool:
        who, where = f"{ROLE}:{self._passwords.owner}", f"{self.machine.address}:{self.port}"
        url = f"postgresql://{who}@{where}/postgres?target_session_attrs=primary"
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.Error:
            return False
        return True

    def kill_server(self) -> None:
        """End the database alone with SIGKILL; its Patroni lives and hands over."""
        self._end_server()

    def _end_server(self) -> None:
        pid = self.server_pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: self.server_pid is None, seconds=LEAVING_SECONDS)

    @property
    def server_pid(self) -> int | None:
        """Process of the database; None where there is none, also where the number now belongs to another program."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            return pid if bytes(self.data) in Path(f"/proc/{pid}/cmdline").read_bytes() else None
        except (OSError, ValueError, IndexError):
            return None

    def _ask(self) -> dict[str, Any]:
        try:
            answer = httpx.get(f"http://{self._rest}/patroni", timeout=ASK_SECONDS, trust_env=False)
            told: dict[str, Any] = answer.json()
        except (httpx.HTTPError, json.JSONDecodeError):
            return {}
        return told

    def _configuration(self) -> dict[str, Any]:
        """Return Patroni's settings; passwords stand in this file alone, which only the servers' account can read."""
        where = f"{self.machine.address}:{self.port}"
        passwords = self._passwords
        return {
            "scope": SCOPE,
            "name": self.name,
            "restapi": {
                "listen": self._rest,
                "connect_address": self._rest,
                "authentication": {"username": "patroni", "password": passwords.rest},
            },
            "etcd3": {"hosts": ",".join(self._etcd)},
            "bootstrap": self._bootstrap(),
            "postgresql": {
                "listen": where,
                "connect_address": where,
                "data_dir": str(self.data),
                "bin_dir": str(self._programs.postgresql.postgres("postgres").parent),
                "pgpass": str(self.folder / "pgpass"),
                "authentication": {
                    "superuser": {"username": ROLE, "password": passwords.owner},
                    "replication": {"username": REPLICATOR, "password": passwords.replication},
                },
                "parameters": {
                    "unix_socket_directories": str(self.folder),  # pgBackRest knows no other way in
                    "archive_command": self._backups.archive_command(self.folder),
                },
                "pg_hba": [
                    f"local all {ROLE} scram-sha-256",
                    f"host replication {REPLICATOR} samenet scram-sha-256",
                    "host all all samenet scram-sha-256",
                ],
            },
        }

    def _bootstrap(self) -> dict[str, Any]:
        """Return what the first member of a new pair makes; later starts take it from etcd and the data."""
        parameters = {
            **FIXED_SETTINGS,
            **machine_settings(),
            "shared_buffers": BUFFERS,
            **PAIR_SETTINGS,
            **self._settings,
        }
        for own in ("listen_addresses", "unix_socket_directories"):
            del parameters[own]  # each member's
        return {
            "dcs": {**AGREED, "postgresql": {"use_pg_rewind": True, "parameters": parameters}},
            "initdb": [
                {"encoding": "UTF8"},
                {"locale": "C"},
                {"locale-provider": "builtin"},
                {"builtin-locale": "C.UTF-8"},
                {"auth-host": "scram-sha-256"},
                {"auth-local": "reject"},
                "data-checksums",
            ],
        }
