"""The ledger test: a journal is sent while everything that carries it is killed, cut, filled or set wrong."""

import contextlib
import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.harness import wait_for
from bench.publisher import connect, publish_packet
from bench.strikes.audit import Audit, audit
from bench.strikes.journal import Journal, make_journal
from bench.strikes.relay import Relay
from bench.strikes.rig import Rig, running_rig
from bench.strikes.sender import Sender
from bench.strikes.skew import FOLLOWS_S
from bench.workload import SEED, devices_and_probes, workload
from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.processes import wait_until

SENDERS = 3
PATIENCE_S = 120.0
QUIET_S = 3.0
"""What has all arrived and then been silent for so long is taken for the end."""

HOURS_BEHIND = -3
"""Where the clock of one worker is moved to: every reading of now is then hours ahead of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent, and what is struck how often."""

    readings: int
    devices: int
    disk_bytes: int
    strikes: Mapping[str, int]


LONG = Plan(
    readings=1_000_000,
    devices=2_000,
    disk_bytes=2_000_000_000,
    strikes={
        "worker_kill_9": 12,
        "database_kill_9": 3,
        "database_fast_stop": 3,
        "broker_restart": 3,
        "senders_cut": 3,
        "workers_cut": 3,
        "database_cut": 3,
        "sessions_terminated": 2,
        "disk_full": 1,
        "clock_moved": 1,
    },
)
SHORT = Plan(
    readings=30_000,
    devices=500,
    disk_bytes=500_000_000,
    strikes={"worker_kill_9": 2} | dict.fromkeys(set(LONG.strikes) - {"worker_kill_9"}, 1),
)


@dataclass(frozen=True, slots=True)
class Burnt:
    """What was sent and struck, and what the audit found afterwards."""

    journal: Journal
    struck: Mapping[str, int]
    sent_again: int
    seconds: float
    audit: Audit
    rules: int
    """Alarm rules in force all the while; the ingest holds each new reading against them."""
    hints: int
    """What these readings left for the alarms in the same transactions; nothing takes them here."""


def burn(binaries: Binaries, folder: Path, plan: Plan, tell: Callable[[str], None]) -> Burnt:
    """Run the whole test in a folder that the servers' account can enter.

    Raises
    ------
    CityopsError
        Something did not come back within two minutes; its name is in the text.
    """
    with running_rig(binaries, folder, plan.devices, plan.disk_bytes) as rig:
        with rig.connect() as connection:
            journal = make_journal(workload(connection, devices_and_probes(plan.devices)[0]), plan.readings)
        tell(f"{len(journal.messages):,} messages with {plan.readings:,} readings are ready")
        order = _order(plan, rig)
        _wait_until_all_listen(rig, journal)
        began = time.monotonic()
        senders = [
            Sender(rig.senders_to_broker.port, f"gateway-{n}", journal.messages[n::SENDERS]) for n in range(SENDERS)
        ]
        try:
            _send_and_strike(rig, journal, senders, order, tell)
            _wait_until_drained(rig, journal)
        finally:
            for sender in senders:
                sender.stop()
        seconds = time.monotonic() - began
        for part in rig.workers:
            part.stop()
        rules, hints = rig.alarms()
        tell(f"{rules} alarm rules are in force, {hints:,} hints were left for them")
        tell("comparing the store with what was sent")
        with rig.connect() as connection:
            found = audit(connection, journal)
    struck = {name: order.count(name) for name in plan.strikes}
    return Burnt(journal, struck, sum(sender.sent_again for sender in senders), seconds, found, rules, hints)


def _order(plan: Plan, rig: Rig) -> list[str]:
    """Return the strikes in a random order that is the same in each run; the clock is wrong for most of the time."""
    names = [name for name, count in sorted(plan.strikes.items()) for _ in range(count) if name != "clock_moved"]
    random.Random(SEED).shuffle(names)
    early = len(names) // 4
    names[early:early] = ["clock_moved"] * plan.strikes.get("clock_moved", 0)
    return [name for name in names if name != "disk_full" or rig.disk]


def _wait_until_all_listen(rig: Rig, journal: Journal) -> None:
    def all_listen() -> bool:
        _greet(rig, journal)
        return len(rig.received()) == len(rig.workers)

    wait_for(all_listen, "both workers listen", seconds=PATIENCE_S)


def _greet(rig: Rig, journal: Journal) -> None:
    """Send a few copies of one message, which the broker deals out to the workers in turn."""
    assert rig.broker.port
    with contextlib.suppress(OSError, CityopsError), connect(rig.broker.port, "hello") as connection:
        connection.sendall(b"".join(publish_packet(*journal.hello, number) for number in range(1, 21)))
        connection.recv(1)


def _send_and_strike(
    rig: Rig, journal: Journal, senders: Sequence[Sender], order: Sequence[str], tell: Callable[[str], None]
) -> None:
    """Let the senders go on by a share before each strike, so that it meets messages under way everywhere."""
    for sender in senders:
        sender.start()
    began = time.monotonic()
    for number, name in enumerate(order, 1):
        before = _received(rig)
        _allow(senders, (number - 0.5) / len(order))
        _wait_until_all_flow(rig, journal, before, name)
        _allow(senders, number / len(order))
        STRIKES[name](rig)
        acknowledged = sum(sender.acknowledged for sender in senders)
        tell(f"{number:3}/{len(order)} {time.monotonic() - began:5.0f} s {acknowledged:9,} acknowledged  {name}")
    wait_for(lambda: _all_sent(rig, senders), "the broker has acknowledged all messages", seconds=PATIENCE_S * 5)


def _allow(senders: Sequence[Sender], share: float) -> None:
    for sender in senders:
        sender.allow(share)


def _received(rig: Rig) -> dict[str, int]:
    """Return what each worker has accounted for, as soon as the database answers."""
    found: dict[str, int] = {}

    def answers() -> bool:
        rig.revive()
        with contextlib.suppress(psycopg.OperationalError):
            found.update(rig.received())
        return bool(found)

    wait_for(answers, "the database answers", seconds=PATIENCE_S)
    return found


def _wait_until_all_flow(rig: Rig, journal: Journal, before: Mapping[str, int], name: str) -> None:
    """Wait for each worker to store, and greet them: the first one back may have taken all that the senders sent."""

    def all_flow() -> bool:
        time.sleep(0.1)  # each look costs the database a new connection
        _greet(rig, journal)
        now = _received(rig)
        return all(now[part.name] > before[part.name] for part in rig.workers)

    wait_for(all_flow, f"both workers store again, before {name}", seconds=PATIENCE_S)


def _all_sent(rig: Rig, senders: Sequence[Sender]) -> bool:
    rig.revive()
    return all(sender.is_done for sender in senders)


def _wait_until_drained(rig: Rig, journal: Journal) -> None:
    """Wait until all has arrived and nothing more comes; if something is missing, until nothing has come for long."""
    expected = len(journal.readings) + journal.rejects.total()
    for quiet_s in (QUIET_S, PATIENCE_S):
        last = -1, time.monotonic()
        while time.monotonic() - last[1] < quiet_s:
            received = sum(_received(rig).values())
            if received != last[0]:
                last = received, time.monotonic()
            time.sleep(0.2)
        if _kept(rig) >= expected:
            return


def _kept(rig: Rig) -> int:
    with rig.connect() as connection:
        row = connection.execute("SELECT sum(stored + rejected)::bigint FROM ingest_ledger").fetchone()
        assert row is not None
        return int(row[0])


_turn = itertools.count()


def _kill_worker(rig: Rig) -> None:
    part = rig.workers[next(_turn) % len(rig.workers)]
    assert part.process
    part.process.kill()
    part.process.wait()
    part.start()


def _kill_database(rig: Rig) -> None:
    rig.database.kill()
    rig.database.start()


def _stop_database(rig: Rig) -> None:
    rig.database.stop()
    rig.database.start()


def _restart_broker(rig: Rig) -> None:
    rig.broker.stop()
    rig.broker.start()


def _cut(relay: Relay) -> None:
    wait_for(lambda: relay.cut() > 0, "there is a connection to cut", seconds=PATIENCE_S)


def _terminate_sessions(rig: Rig) -> None:
    with rig.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'cityops ingest %'"
        )


def _fill_disk(rig: Rig) -> None:
    """Fill the disk until readings cannot be stored, then until the log cannot grow: that ends the whole server."""
    assert rig.disk
    before = rig.told("No space left on device")
    rig.disk.fill()
    wait_for(lambda: rig.told("No space left on device") > before, "the workers are told of it", seconds=PATIENCE_S)
    wait_until(lambda: _log_is_full(rig), seconds=PATIENCE_S)
    rig.disk.free()
    _received(rig)


def _log_is_full(rig: Rig) -> bool:
    try:
        with rig.connect() as connection:
            connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'to have something to switch from')")
            connection.execute("SELECT pg_switch_wal()")
    except psycopg.OperationalError:
        return True
    return False


def _move_clock(rig: Rig) -> None:
    rig.clock.move_hours(HOURS_BEHIND)
    time.sleep(FOLLOWS_S)


STRIKES: dict[str, Callable[[Rig], None]] = {
    "worker_kill_9": _kill_worker,
    "database_kill_9": _kill_database,
    "database_fast_stop": _stop_database,
    "broker_restart": _restart_broker,
    "senders_cut": lambda rig: _cut(rig.senders_to_broker),
    "workers_cut": lambda rig: _cut(rig.workers_to_broker),
    "database_cut": lambda rig: _cut(rig.to_database),
    "sessions_terminated": _terminate_sessions,
    "disk_full": _fill_disk,
    "clock_moved": _move_clock,
}
