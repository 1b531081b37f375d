"""What workers, API and jobs go through when the leader of a database pair dies with its Patroni."""

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from bench.harness import api_key, wait_for
from bench.publisher import connect as connect_to_broker
from bench.publisher import publish_packet
from bench.strikes.audit import Audit, audit
from bench.strikes.journal import Journal, make_journal
from bench.strikes.rig import register
from bench.strikes.sender import Sender
from bench.workload import devices_and_probes, workload
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.broker import Broker
from cityops.local.parts import Part
from cityops.local.patroni import DatabasePair, Member, PairPrograms
from cityops.local.processes import free_ports
from cityops.store.engine import connect
from cityops.store.schema import privileges

PATIENCE_S = 240.0
SENDERS = 2
WORKERS = ("pair-1", "pair-2")
STATE = "/api/v1/state"
ASKED_EVERY_S = 0.2
STEADY_SHARE, STRUCK_SHARE = 0.3, 0.7
"""Of the journal: what is stored before the blow, and what senders may have sent by the time it falls."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What was seen from the leader's death on; times in seconds since then."""

    writable_s: float
    """Until somebody could write."""
    stored_s: float
    """Until the workers had stored more than before."""
    led_s: float
    """Until a job had its leader again."""
    silent_s: float
    """The longest that the API gave no state."""
    age_s: int
    """The greatest age that one of its answers bore."""
    back_s: float
    """From the start of the dead one until it had all that is acknowledged."""
    readings: int
    audit: Audit


@dataclass(frozen=True, slots=True)
class PairRig:
    """A pair with the schema and a fleet, a broker, two workers, an API with a key, and the jobs."""

    pair: DatabasePair
    broker: Broker
    api: str
    key: str
    parts: Sequence[Part]

    def connect(self) -> psycopg.Connection:
        """Connect to whichever member leads."""
        return connect(self.pair.url, "cityops bench pair")

    def number(self, query: str) -> int:
        """Return a number from the database; -1 where nobody can be asked."""
        with contextlib.suppress(psycopg.OperationalError), self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
            assert row is not None
            return int(row[0])
        return -1

    def stored(self) -> int:
        """Return how many items are stored or accounted for as refused."""
        return self.number("SELECT coalesce(sum(stored + rejected), 0)::bigint FROM ingest_ledger")

    def listening(self) -> int:
        """Return how many workers have stored something."""
        return self.number("SELECT count(DISTINCT worker) FROM ingest_ledger")

    def led(self) -> int:
        """Return how many jobs have a leader."""
        return self.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = x'6a6f6273'::int")

    def age(self) -> int | None:
        """Return how old the API says that its state of the city is; None where it gives none."""
        headers = {"Authorization": f"Bearer {self.key}"}
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(self.api + STATE, headers=headers, timeout=10, trust_env=False)
            return int(answer.headers.get("age", 0)) if answer.is_success else None
        return None


class Viewer(threading.Thread):
    """Asks for the city's state again and again, as a wall does, until it is stopped."""

    def __init__(self, rig: PairRig) -> None:
        super().__init__(name="viewer")
        self._rig, self._over = rig, threading.Event()
        self.silent_s, self.age_s = 0.0, 0

    def run(self) -> None:
        """Note the longest silence and the greatest age."""
        last = time.monotonic()
        while not self._over.wait(ASKED_EVERY_S):
            age = self._rig.age()
            self.silent_s = max(self.silent_s, time.monotonic() - last)
            if age is not None:
                last, self.age_s = time.monotonic(), max(self.age_s, age)

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()


@contextmanager
def running_pair_rig(binaries: Binaries, programs: PairPrograms, folder: Path, devices: int) -> Iterator[PairRig]:
    """Start everything in a folder that the servers' account can enter; end it after."""
    with ExitStack() as stack:
        pair, broker = DatabasePair(programs, folder / "pair"), Broker(binaries, folder / "broker")
        for server in (pair, broker):
            stack.callback(server.stop)
            server.start()
        register(pair.url, devices)
        [port] = free_ports(1)
        logins = {
            role: privileges.give_login(pair.url, role, secrets.token_urlsafe(24))[1]
            for role in (privileges.API, privileges.INGEST)
        }
        addresses = {"CITYOPS_MQTT_URL": broker.url}
        verbs = [
            *((name, ("ingest", "mqtt", "--worker", name), logins[privileges.INGEST]) for name in WORKERS),
            ("api", ("api", "--port", str(port)), logins[privileges.API]),
            ("jobs", ("jobs",), pair.url),
        ]
        addresses["CITYOPS_DATABASE_READ_URL"] = logins[privileges.API].replace("read-write", "prefer-standby")
        parts = [
            Part(name, verb, addresses | {"CITYOPS_DATABASE_URL": url}, folder / f"{name}.log")
            for name, verb, url in verbs
        ]
        for part in parts:
            stack.callback(part.stop)
            part.start()
        yield PairRig(pair, broker, f"http://127.0.0.1:{port}", api_key(pair.url), parts)


def strike(rig: PairRig, readings: int, devices: int, tell: Callable[[str], None]) -> Outage:
    """Send a journal, kill the leader and its Patroni in the middle of it, and hold the store against what was sent.

    Raises
    ------
    CityopsError
        Something did not come back within four minutes; its name is in the text.
    """
    with rig.connect() as connection:
        journal = make_journal(workload(connection, devices_and_probes(devices)[0]), readings)
    _wait_until_all_run(rig, journal)
    assert rig.broker.port
    senders = [Sender(rig.broker.port, f"pair-{n}", journal.messages[n::SENDERS]) for n in range(SENDERS)]
    try:
        for sender in senders:
            sender.allow(STRUCK_SHARE)
            sender.start()
        wait_for(lambda: rig.stored() > readings * STEADY_SHARE, "readings are stored", seconds=PATIENCE_S)
        dead, times = _kill_leader(rig, senders, tell)
        back_s = _bring_back(rig, dead, tell)
        wait_for(lambda: all(one.is_done for one in senders), "all is acknowledged", seconds=PATIENCE_S)
    finally:
        for sender in senders:
            sender.stop()
    expected = len(journal.readings) + journal.rejects.total()
    wait_for(lambda: rig.stored() >= expected, "all is stored", seconds=PATIENCE_S)
    for part in rig.parts:
        part.stop()
    with rig.connect() as connection:
        return Outage(*times, back_s, readings, audit(connection, journal))


def _kill_leader(
    rig: PairRig, senders: Sequence[Sender], tell: Callable[[str], None]
) -> tuple[Member, tuple[float, float, float, float, int]]:
    """Kill it, let the senders go on, and wait for all to work again."""
    dead, before, viewer = rig.pair.leader(), rig.stored(), Viewer(rig)
    viewer.start()
    try:
        began = time.monotonic()
        dead.kill()
        for sender in senders:
            sender.allow(1.0)
        rig.pair.seconds_until_writable(PATIENCE_S)
        seen = [time.monotonic() - began]
        for is_so, what in (
            (lambda: rig.stored() > before, "the workers store again"),
            (lambda: rig.led() > 0, "a job has its leader again"),
        ):
            wait_for(is_so, what, seconds=PATIENCE_S)
            seen.append(time.monotonic() - began)
            tell(f"{seen[-1]:5.1f} s after the death of the leader {dead.name} {what}")
    finally:
        viewer.stop()
    tell(f"{viewer.silent_s:5.1f} s the API gave no state; its oldest was {viewer.age_s} s old")
    return dead, (seen[0], seen[1], seen[2], viewer.silent_s, viewer.age_s)


def _bring_back(rig: PairRig, dead: Member, tell: Callable[[str], None]) -> float:
    began = time.monotonic()
    dead.start()
    rig.pair.wait_for("primary", "sync_standby", seconds=PATIENCE_S)
    seconds = time.monotonic() - began
    tell(f"{seconds:5.1f} s after its start {dead.name} is the synchronous standby")
    return seconds


def _wait_until_all_run(rig: PairRig, journal: Journal) -> None:
    """Greet the workers until both have stored, and wait for API and jobs."""
    assert rig.broker.port
    port = rig.broker.port

    def all_run() -> bool:
        with contextlib.suppress(OSError, CityopsError), connect_to_broker(port, "hello") as connection:
            connection.sendall(b"".join(publish_packet(*journal.hello, number) for number in range(1, 21)))
            connection.recv(1)
        return rig.listening() == len(WORKERS) and rig.age() is not None and rig.led() > 0

    wait_for(all_run, "workers, API and jobs run", seconds=PATIENCE_S)
