"""What Mosquitto loses of a waiting queue when it is killed with -9, as we run it and saving after each change."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World
from bench.publisher import generator, prepare
from cityops.local.broker import Broker

MESSAGES = 5_000
EACH_CHANGE = {"autosave_on_changes": "true", "autosave_interval": "1"}
_PAYLOAD = b'{"ts":1795487258000,"metric":"water_depth","value":12.5}'


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Fill the queue of a session that is away, kill the broker after the last PUBACK, and count what is left."""
    messages = MESSAGES // 10 if bench.sizes is QUICK else MESSAGES
    ways: tuple[tuple[str, dict[str, str]], ...] = (("", {}), ("_saving_each_change", EACH_CHANGE))
    for suffix, settings in ways:
        bench.say(f"broker_kill: {messages:,} messages, {settings or 'settings as deployed'}")
        lost, rate = _measure(bench, settings, messages)
        told: dict[str, Setting] = {"messages waiting": messages, **(settings or {"autosave_interval": "30"})}
        yield Figure(f"broker_kill.lost_messages{suffix}", lost, "messages", told)
        yield Figure(f"broker_kill.messages_per_s{suffix}", rate, "messages/s", told)


def _measure(bench: Bench, settings: Mapping[str, str], messages: int) -> tuple[int, float]:
    root = Path(tempfile.mkdtemp(prefix="cityops-broker-"))
    root.chmod(0o755)  # the broker's account must be able to enter
    broker = Broker(bench.broker.binaries, root / "instance", settings=settings)
    try:
        broker.start()
        _session(broker, "-E")
        broker.stop()  # saves the session itself: only the messages are at stake
        broker.start()
        prepare(root / "messages", (("cityops/v1/readings/x", _PAYLOAD) for _ in range(messages)))
        assert broker.port
        with generator(broker.port, root / "messages") as load:
            load.go()
            sent = load.sent()
            broker.kill()
        broker.settings.clear()  # to hand over fast: each delivery is a change too
        broker.start()
        left = _session(broker, "-W", "3").count("\n")
    finally:
        broker.stop()
        shutil.rmtree(root)
    return messages - left, messages / (sent.ended - sent.began)


def _session(broker: Broker, *until: str) -> str:
    """Take the session's messages until told to leave; return a line for each."""
    client = [str(broker.binaries.mosquitto("mosquitto_sub")), "-p", str(broker.port), "-V", "5", "-c", "-x", "3600"]
    session = ("-i", "away", "-q", "1", "-t", "cityops/#")
    done = subprocess.run([*client, *session, *until], capture_output=True, text=True, check=False)
    return done.stdout
