"""What a city goes through when each part of a cluster dies by SIGKILL, one after the other, and all brokers at once.

The cluster is that of `cityops up --cluster`, which starts again what has died; devices send all the while.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from rich.console import Console

from bench.strikes.audit import Audit, audit
from bench.strikes.device import Device, Nodes
from bench.strikes.journal import Journal, make_journal
from bench.strikes.rig import register
from bench.strikes.watchers import Line, Watcher, answers, longest_gap, rises
from bench.workload import devices_and_probes, workload
from cityops.errors import CityopsError
from cityops.local.deployment import Platform, running_platform
from cityops.local.patroni.member import Member
from cityops.local.ports import HOST, Ports
from cityops.local.trial.lookout import Lookout, Process
from cityops.mqtt.rabbitmq.topology import faults
from cityops.store.engine import connect

PATIENCE_S = 240.0
WATCH_S = 0.5
"""From one look of the supervision to the next; `cityops up` looks each second."""

CALM_S = 4.0
"""All must have been well for so long before the next strike."""

WORKERS = 2
STATE = "/api/v1/state"
STORED = b"SELECT coalesce(sum(stored + rejected), 0)::bigint FROM ingest_ledger"
BROKERS = ("broker r1", "broker r2", "broker r3")


@dataclass(frozen=True, slots=True)
class Away:
    """For how many seconds at most each of these was away after a strike; `back` until all was as before."""

    struck: str
    acknowledged: float
    """No device of which the worst had an acknowledgement."""
    stored: float
    """Nothing new was in the store."""
    state: float
    """The API gave no state through the proxy."""
    line: float
    """A wall's page heard nothing."""
    numbers: float
    """A wall's page was told no new numbers."""
    back: float


@dataclass(frozen=True, slots=True)
class Whole:
    """A running cluster, its senders, and those who watch it."""

    platform: Platform
    devices: Sequence[Device]
    watchers: Mapping[str, Watcher]
    line: Line

    @property
    def members(self) -> dict[str, Lookout]:
        """The servers by name."""
        return {name: one for name, one in self.platform.servers.members.items() if isinstance(one, Lookout)}

    def connect(self) -> psycopg.Connection:
        """Connect to whichever database leads."""
        return connect(self.platform.servers.database_url, "cityops bench whole")

    def databases(self) -> list[Member]:
        """Return the databases with their Patroni."""
        return [one.server for one in self.members.values() if isinstance(one.server, Member)]

    def supervise_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Start again what dies, as `cityops up` does, until something is so.

        Raises
        ------
        CityopsError
            It did not come about within four minutes.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > deadline:
                raise CityopsError(f"waited {PATIENCE_S:.0f} s in vain until {what}")
            self.platform.revive(lambda _: None)
            time.sleep(WATCH_S)

    def is_whole(self) -> bool:
        """Tell whether each part answers, and each server is what it was."""
        roles = sorted(member.role for member in self.databases())
        return (
            roles == ["primary", "sync_standby"]
            and all(_runs(one) for one in (*(one.server for one in self.members.values()), *self.platform.parts))
            and all(self.platform.answers(name) for name in self.platform.all_doors)
            and self._brokers_are_one()
        )

    def _brokers_are_one(self) -> bool:
        """Tell whether all nodes are in the cluster again, and the queue stands on each: before that none may die."""
        try:
            return faults(self.platform.servers.mqtt_admin_url) == []
        except CityopsError:
            return False

    def has_gone_on_since(self, moment: float) -> bool:
        """Tell whether everybody who watches has seen all well since a moment."""
        seen = [*(one.moments for one in self.watchers.values()), self.line.moments, self.line.states]
        acknowledged = all(one.acknowledged[-1:] > [moment] for one in self.devices if one.owed)
        return acknowledged and all(moments[-1:] > [moment] for moments in seen)


@contextmanager
def running_whole(folder: Path, devices: int, readings: int, rate: float) -> Iterator[tuple[Whole, Journal]]:
    """Start a cluster in a folder that the servers' account can enter, and three devices that send a journal.

    `rate` is in messages per second, of all devices together.
    """
    with ExitStack() as stack:
        platform = stack.enter_context(
            running_platform(
                folder,
                Ports.free(),
                WORKERS,
                lambda url: register(url, devices),
                Console(stderr=True),
                guarded=True,
                cluster=True,
            )
        )
        servers = platform.servers
        with connect(servers.database_url, "cityops bench whole") as connection:
            journal = make_journal(workload(connection, devices_and_probes(devices)[0]), readings)
        address = urlsplit(servers.simulator_url)
        places = [(HOST, port) for port in servers.mqtt_ports]
        nodes = Nodes(places, address.username or "", address.password or "")
        shares = [journal.messages[n :: len(BROKERS)] for n in range(len(BROKERS))]
        senders = [Device(nodes, share, rate / len(BROKERS), n) for n, share in enumerate(shares)]
        key = {"Authorization": f"Bearer {platform.api_key}"}
        watchers = {
            "stored": Watcher("stored", rises(lambda: stored(servers.database_url))),
            "state": Watcher("state", answers(platform.api_url + STATE, key)),
        }
        whole = Whole(platform, senders, watchers, Line(platform.wall_url, platform.dashboard_url))
        whole.supervise_until(whole.is_whole, "all parts answer")
        for sender in senders:
            stack.enter_context(sender)
        for watcher in watchers.values():
            stack.callback(watcher.stop)
            watcher.start()
        stack.callback(whole.line.stop)
        whole.line.start()
        yield whole, journal


def stored(database_url: str) -> int:
    """Return how many items are stored or accounted for as refused; -1 where nobody can be asked."""
    with contextlib.suppress(psycopg.OperationalError), connect(database_url, "cityops bench whole") as connection:
        row = connection.execute(STORED).fetchone()
        assert row is not None
        return int(row[0])
    return -1


def strike_all(whole: Whole, tell: Callable[[str], None]) -> list[Away]:
    """Kill one after the other, wait each time until all is as before, and say who was away for how long.

    Raises
    ------
    CityopsError
        Something did not come back within four minutes.
    """
    begin = time.monotonic()
    whole.supervise_until(lambda: whole.has_gone_on_since(begin + CALM_S), "all go on")
    tell(f"{'':22}  acknowledged  stored  state  line  numbers  back")
    seen = []
    for name, strike in strikes(whole).items():
        assert any(one.owed for one in whole.devices), "the senders had nothing left to send: give them more readings"
        seen.append(_struck(whole, name, strike))
        one = seen[-1]
        tell(
            f"{name:22}  {one.acknowledged:12.1f}  {one.stored:6.1f}  {one.state:5.1f}  {one.line:4.1f}"
            f"  {one.numbers:7.1f}  {one.back:4.1f}"
        )
    return seen


def strikes(whole: Whole) -> dict[str, Callable[[], None]]:
    """Return what is killed, by its name, in order."""
    parts: dict[str, Process] = {part.name: part for part in whole.platform.parts}
    servers = {name: one.server for name, one in whole.members.items()}
    named = [name for name in parts if name.startswith(("ingest-mqtt", "api", "dashboard"))]

    return {
        **{name: partial(_kill, [servers[name]]) for name in BROKERS},
        **{name: partial(_kill, [parts[name]]) for name in named},
        "database that leads": partial(_kill_leader, whole),
        "proxy": partial(_kill, [servers["proxy"]]),
        "all three brokers": partial(_kill, [servers[name] for name in BROKERS]),
    }


def finish(whole: Whole, journal: Journal) -> Audit:
    """Have the rest sent, wait until all is stored, and hold the store against the journal.

    Raises
    ------
    CityopsError
        What was sent is not all acknowledged, or not all stored, within four minutes.
    """
    for device in whole.devices:
        device.hurry()
    whole.supervise_until(lambda: not any(one.owed for one in whole.devices), "all is acknowledged")
    expected = len(journal.readings) + journal.rejects.total()
    url = whole.platform.servers.database_url
    whole.supervise_until(lambda: stored(url) >= expected, "all is stored")
    for part in whole.platform.parts:
        part.stop()
    with whole.connect() as connection:
        return audit(connection, journal)


def _struck(whole: Whole, name: str, strike: Callable[[], None]) -> Away:
    begin = time.monotonic()
    strike()
    whole.supervise_until(whole.is_whole, f"all is as before the death of {name}")
    back = time.monotonic()
    whole.supervise_until(lambda: whole.has_gone_on_since(back + CALM_S), f"all go on after the death of {name}")
    end = time.monotonic()

    def gap(moments: Sequence[float]) -> float:
        return longest_gap(moments, begin, end)

    return Away(
        name,
        max(gap(device.acknowledged) for device in whole.devices if device.owed),
        gap(whole.watchers["stored"].moments),
        gap(whole.watchers["state"].moments),
        gap(whole.line.moments),
        gap(whole.line.states),
        back - begin,
    )


def _kill_leader(whole: Whole) -> None:
    """Kill the database that leads and its Patroni, keep both down until another leads, and start them again."""
    leader = next(member for member in whole.databases() if member.role == "primary")
    members = whole.platform.servers.members
    name = next(name for name, one in whole.members.items() if one.server is leader)
    looked_after = members.pop(name)  # a machine that is off is started by nobody
    leader.kill()
    try:
        whole.supervise_until(lambda: any(one.role == "primary" for one in whole.databases()), "another leads")
    finally:
        members[name] = looked_after


def _kill(victims: Sequence[Process]) -> None:
    for one in victims:
        assert one.process
        one.process.kill()


def _runs(one: Process) -> bool:
    return one.process is not None and one.process.poll() is None
