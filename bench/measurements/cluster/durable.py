"""What a broker that writes each message down keeps over `kill -9`, and what that costs beside the one we ship."""

import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

from bench.cpu import seconds_of_tree
from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World, median
from bench.publisher import ACKNOWLEDGEMENT_BYTES, WINDOW, connect, generator, prepare, publish_packet
from cityops.local.binaries import Binaries, prepare_durable_broker
from cityops.local.broker import Broker
from cityops.mqtt.sessions import session_id
from cityops.wire.topics import GUARD

MESSAGES, FEW_MESSAGES = 60_000, 3_000
ROUNDS = 3
KILLS, FEW_KILLS = 20, 2
CONNECTIONS = 50
"""Senders of a broker that is killed, each of which waits for an acknowledgement before it sends the next."""

LAST = "last"
SETTLED_S = 1.0
"""After its last PUBACK the broker has committed, however busy the machine is."""

TOPIC = "cityops/v1/readings/water-logging/WL-1"
PAYLOAD = b'{"ts":1795487258000,"metric":"water_depth","value":12.5,"note":"' + b"." * 35 + b'"}'
_SHARED = ("-q", "1", "-t", "$share/ingest/cityops/#")


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Kill it when all is acknowledged, and under load; compare rates and costs while a session takes all."""
    is_quick = bench.sizes is QUICK
    programs = prepare_durable_broker(bench.console)
    yield from _lost(bench, programs, FEW_KILLS if is_quick else KILLS)
    yield from _rates(bench, programs, FEW_MESSAGES if is_quick else MESSAGES)


def _lost(bench: Bench, programs: Binaries, kills: int) -> Iterator[Figure]:
    """Tell how many acknowledged messages, waiting for a session that is away, were not there after a kill."""
    pick = random.Random(14)
    at_rest = sum(_kill(bench, programs, 0.5, is_sending=False)[0] for _ in range(max(1, kills // 5)))
    killed = [_kill(bench, programs, pick.uniform(0.3, 0.8), is_sending=True) for _ in range(kills)]
    lost = [one for one, _ in killed]
    told: dict[str, Setting] = {
        "kills": kills,
        "connections": CONNECTIONS,
        "acknowledged": sum(taken for _, taken in killed),
    }
    yield Figure(
        "durable.lost", at_rest, "messages", {"kills": max(1, kills // 5), "seconds after the last PUBACK": SETTLED_S}
    )
    yield Figure("durable.lost_under_load", sum(lost), "messages", told)
    yield Figure("durable.lost_under_load_worst", max(lost), "messages of one kill", told)
    yield Figure("durable.lossless_kills", sum(not one for one in lost), "kills", told)


def _kill(bench: Bench, programs: Binaries, seconds: float, *, is_sending: bool) -> tuple[int, int]:
    """Return how many acknowledged messages a kill lost, and how many had been acknowledged."""
    with _broker(programs, durable=True) as broker:
        _sub(bench, broker, "-c", "-i", "away", "-x", "3600", *_SHARED, "-E").wait()
        assert broker.port
        senders = [_Sender(broker.port, number) for number in range(CONNECTIONS)]
        for one in senders:
            one.start()
        time.sleep(seconds)
        if not is_sending:
            for one in senders:
                one.is_to_stop = True
                one.join()
            time.sleep(SETTLED_S)
        broker.kill()
        for one in senders:
            one.join()
        broker.start()
        left = _left(bench, broker)
        acknowledged = {text for one in senders for text in one.acknowledged_payloads()}
        return len(acknowledged - left), len(acknowledged)


def _left(bench: Bench, broker: Broker) -> set[str]:
    """Return what waits for the session that is away: all before a last message, which is sent now."""
    assert broker.port
    with closing(connect(broker.port, "last")) as connection:
        connection.sendall(publish_packet(TOPIC, LAST.encode(), 1))
        connection.recv(ACKNOWLEDGEMENT_BYTES, socket.MSG_WAITALL)
    back = _sub(bench, broker, "-c", "-i", "away", "-x", "3600", *_SHARED)
    assert back.stdout
    left = set(iter(lambda: back.stdout.readline().strip(), LAST))  # type: ignore[union-attr]  # asserted
    back.kill()
    back.communicate()
    return left


class _Sender(Thread):
    """One connection that sends a message, waits for its acknowledgement, and sends the next, until it is cut."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged, self.is_to_stop = 0, False
        self._number, self._connection = number, connect(port, f"durable-{number}")

    def acknowledged_payloads(self) -> Iterator[str]:
        """Yield what it sent and was acknowledged."""
        return (f"{self._number}-{one}" for one in range(self.acknowledged))

    def run(self) -> None:
        """Send until told to stop or hung up on."""
        with closing(self._connection) as connection:
            while not self.is_to_stop:
                payload = f"{self._number}-{self.acknowledged}".encode()
                try:
                    connection.sendall(publish_packet(TOPIC, payload, self.acknowledged % 65_535 + 1))
                    if len(connection.recv(ACKNOWLEDGEMENT_BYTES, socket.MSG_WAITALL)) < ACKNOWLEDGEMENT_BYTES:
                        return
                except OSError:
                    return
                self.acknowledged += 1


def _rates(bench: Bench, programs: Binaries, messages: int) -> Iterator[Figure]:
    """Tell messages per second acknowledged and processor time for each, both brokers in turn, a taker attached."""
    file = bench.folder / "durable"
    prepare(file, ((TOPIC, PAYLOAD) for _ in range(messages)))
    rates: dict[bool, list[float]] = {True: [], False: []}
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * ROUNDS):
        durable = number % 4 in {0, 3}  # the later round of a couple is the slower one
        rate, each = _rate(bench, programs if durable else bench.broker.binaries, file, messages, durable=durable)
        rates[durable].append(rate)
        spent[durable].append(each)
        bench.say(f"durable: {rate:,.0f} messages/s, {'written down' if durable else 'as shipped'}")
    told: dict[str, Setting] = {
        "median of": ROUNDS,
        "messages": messages,
        "bytes": len(PAYLOAD),
        "in flight": WINDOW,
        "broker": programs.versions["mosquitto"],
    }
    yield Figure("durable.ratio_to_mosquitto", median(rates[True]) / median(rates[False]), "", told)
    yield Figure("durable.messages_per_s", median(rates[True]), "messages/s", told)
    yield Figure("durable.cpu_us_each", median(spent[True]), "µs per message", told)
    yield Figure("durable.cpu_us_each_as_shipped", median(spent[False]), "µs per message", told)


def _rate(bench: Bench, programs: Binaries, file: Path, messages: int, *, durable: bool) -> tuple[float, float]:
    """Return messages acknowledged per second, and the broker's microseconds for each until all were taken."""
    with _broker(programs, durable=durable) as broker:
        assert broker.port
        assert broker.process
        taker = _sub(bench, broker, "-F", "", "-c", "-i", "taker", "-x", "3600", *_SHARED, "-C", str(messages))
        _sub(bench, broker, "-t", "$SYS/broker/version", "-C", "1").wait()  # that connected later than the taker
        before = seconds_of_tree(broker.process.pid)
        with generator(broker.port, file) as load:
            load.go()
            sent = load.sent()
        taker.communicate()
        spent = seconds_of_tree(broker.process.pid) - before
        return messages / (sent.ended - sent.began), spent / messages * 1e6


def _sub(bench: Bench, broker: Broker, *options: str) -> "subprocess.Popen[str]":
    command = [str(bench.broker.binaries.mosquitto("mosquitto_sub")), "-p", str(broker.port), "-V", "5"]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)


@contextmanager
def _broker(programs: Binaries, *, durable: bool) -> Iterator[Broker]:
    root = Path(tempfile.mkdtemp(prefix="cityops-durable-"))
    root.chmod(0o755)  # the broker's account must be able to enter
    broker = Broker(programs, root / "instance", durable=durable)
    try:
        broker.start()
        assert broker.port
        connect(broker.port, session_id(broker.url, GUARD)).close()  # relieves the guard, as a worker would
        yield broker
    finally:
        broker.kill()
        shutil.rmtree(root)
