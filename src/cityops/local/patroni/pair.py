"""A pair of databases with TimescaleDB on one machine: one leads, the other has whatever was acknowledged."""

import json
import secrets
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import psycopg

from cityops.errors import CityopsError
from cityops.local.database import DATABASE, ROLE, create_database
from cityops.local.machines import LOOPBACK, Machine
from cityops.local.patroni.backups import Backups
from cityops.local.patroni.etcd import Etcd
from cityops.local.patroni.member import Member, Passwords
from cityops.local.patroni.programs import PairPrograms
from cityops.local.places import create_folder, create_instance, keep, kept, own_by_server
from cityops.local.processes import free_ports, last_lines, wait_until

START_SECONDS = 180.0
"""A standby begins as a copy of the leader; on a machine with much else to do even an empty one takes its time."""

NAMES = ("a", "b")


class DatabasePair:
    """Etcd and two databases; `start` may follow `stop`. What was acknowledged outlives the death of either.

    Parameters
    ----------
    folder
        For data, logs, ports and passwords; created at the first start.
    settings
        PostgreSQL settings beyond ours, in effect at the first start.
    etcd
        Number of members of etcd: 3 so that one may die. It is what it was at the first start.
    machines
        Where databases and members of etcd run, in turn.
    """

    def __init__(
        self,
        programs: PairPrograms,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        etcd: int = 1,
        machines: Sequence[Machine] = (LOOPBACK,),
    ) -> None:
        create_instance(folder)
        self.folder = folder
        self._passwords = _passwords(folder / "passwords.json")
        stores = {f"etcd{number + 1}": machines[number % len(machines)] for number in range(etcd)}
        ports = _ports(folder / "ports.json", stores)
        self.backups = Backups(programs, folder / "backups", self._passwords.owner)
        peers = {name: f"{machine.address}:{ports[f'peer_{name}']}" for name, machine in stores.items()}
        self.etcd = [Etcd(programs, folder / name, ports[name], peers, stores[name]) for name in stores]
        self.members = [
            Member(
                programs,
                folder / name,
                port=ports[f"database_{name}"],
                rest_port=ports[f"rest_{name}"],
                etcd=[one.address for one in self.etcd],
                passwords=self._passwords,
                backups=self.backups,
                settings=settings,
                machine=machines[number % len(machines)],
            )
            for number, name in enumerate(NAMES)
        ]

    @property
    def url(self) -> str:
        """Address of the database `cityops` on whichever member leads."""
        return self.url_of(DATABASE)

    @property
    def read_url(self) -> str:
        """The same on the standby while there is one, else on the leader."""
        return self.url_of(DATABASE, "prefer-standby")

    def url_of(self, database: str, attributes: str = "read-write") -> str:
        """Return the address of a database on both members; libpq asks each in turn what it is."""
        hosts = ",".join(member.machine.address for member in self.members)
        ports = ",".join(str(member.port) for member in self.members)
        who = f"{ROLE}:{self._passwords.owner}"
        return f"postgresql://{who}@/{database}?host={hosts}&port={ports}&target_session_attrs={attributes}"

    def url_of_member(self, member: Member) -> str:
        """Return the address of the database `cityops` on one member, whatever it is."""
        return f"postgresql://{ROLE}:{self._passwords.owner}@{member.machine.address}:{member.port}/{DATABASE}"

    def start(self) -> None:
        """Start all and return when one leads and the other has what it acknowledges.

        Raises
        ------
        CityopsError
            A part ended while starting, or there is no such state in time; the end of the logs follows.
        """
        self._start_etcd()
        for member in self.members:
            member.start()
        self._wait_until_both_run()

    def _start_etcd(self) -> None:
        for one in self.etcd:
            one.start()

    def _wait_until_both_run(self) -> None:
        self.wait_for("primary", "sync_standby")
        create_database(self.url_of)
        self.backups.prepare(self.leader().folder)

    def wait_for(self, *roles: str, seconds: float = START_SECONDS) -> None:
        """Wait until the members have just these roles, whichever has which.

        Raises
        ------
        CityopsError
            They do not come to have them in time, or a Patroni that is to run has ended.
        """
        if not wait_until(lambda: self._are(*roles), seconds=seconds):
            raise CityopsError(f"The pair does not become {' and '.join(roles)}. {self._said()}")

    def wait_for_standby(self, *, is_waited_for: bool) -> None:
        """Have the members agree on whether what is acknowledged is on both, and wait until they act so.

        Raises
        ------
        CityopsError
            The leader does not take it, or they do not come to act so.
        """
        self.leader().agree({"synchronous_mode": is_waited_for})
        self.wait_for("primary", "sync_standby" if is_waited_for else "replica")

    def leader(self) -> Member:
        """Return the member that leads.

        Raises
        ------
        CityopsError
            None does.
        """
        for member in self.members:
            if member.role == "primary":
                return member
        raise CityopsError(f"No member of {self.folder} leads. {self._said()}")

    def seconds_until_writable(self, seconds: float = START_SECONDS) -> float:
        """Return how long from now on no transaction could be written.

        Raises
        ------
        CityopsError
            None could for `seconds`.
        """
        began = time.monotonic()
        if not wait_until(self._is_writable, seconds=seconds):
            raise CityopsError(f"Nobody can write for {seconds:.0f} s. {self._said()}")
        return time.monotonic() - began

    def stop(self) -> None:
        """Stop the standby, the leader and etcd, in this order, so that nobody takes over on the way out."""
        for member in sorted(self.members, key=lambda one: one.role == "primary"):
            member.stop()
        for one in self.etcd:
            one.stop()

    def restore(self, moment: datetime) -> None:
        """Bring a stopped pair back to a moment: it then runs, and what came later is set aside in `*.before`.

        Raises
        ------
        CityopsError
            There is no copy from before the moment, or a part does not start.
        """
        for folder in (*(one.data for one in self.etcd), *(member.data for member in self.members)):
            shutil.rmtree(before := folder.with_suffix(".before"), ignore_errors=True)
            folder.rename(before)
        first, other = self.members
        create_folder(first.data)
        own_by_server(first.data)
        self.backups.restore(first.folder, moment)
        first.recover()
        self._start_etcd()
        first.start()
        self.wait_for("primary", "")  # the other has nothing, and would begin a new database if it came first
        other.start()
        self._wait_until_both_run()

    def _are(self, *roles: str) -> bool:
        ended = [one for one in self.members if one.process is not None and one.process.poll() is not None]
        if ended:
            raise CityopsError(f"The Patroni of {ended[0].name} ended. {self._said()}")
        return sorted(one.role for one in self.members) == sorted(roles)

    def _is_writable(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def _said(self) -> str:
        logs = [one.log for one in self.members if one.log.exists()]
        return "\n".join(f"The end of {log}:\n{last_lines(log)}" for log in logs)


def _ports(file: Path, stores: Collection[str]) -> dict[str, int]:
    """Return the ports of the last start, at the first one any that are free; data and settings hold them."""
    if not (text := kept(file)):
        wanted = [*stores, *(f"peer_{name}" for name in stores)]
        wanted += [f"{kind}_{name}" for name in NAMES for kind in ("database", "rest")]
        text = keep(file, json.dumps(dict(zip(wanted, free_ports(len(wanted)), strict=True))))
    ports: dict[str, int] = json.loads(text)
    return ports


def _passwords(file: Path) -> Passwords:
    if not (text := kept(file)):
        text = keep(file, json.dumps(asdict(Passwords(*(secrets.token_urlsafe(24) for _ in range(3))))))
    return Passwords(**json.loads(text))
