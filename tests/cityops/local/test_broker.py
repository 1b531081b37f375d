"""The embedded broker under the deployed settings: what waits for a stopped worker is still there after a restart."""

import signal
import subprocess
from pathlib import Path

import pytest

from cityops.errors import CityopsError
from cityops.local.binaries import Binaries
from cityops.local.broker import PLACE_SETTINGS, Broker, deployed_config
from cityops.local.processes import wait_until

TOPIC = "cityops/v1/readings/test"
SESSION = ("-V", "5", "-c", "-i", "worker", "-x", "3600", "-q", "1", "-t", f"$share/ingest/{TOPIC}")
MESSAGES = [f"message {number}" for number in range(3000)]  # three times Mosquitto's own default bound


def _client(broker: Broker, name: str, *options: str, given: str = "") -> list[str]:
    command = [str(broker.binaries.mosquitto(name)), "-p", str(broker.port), *options]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def waiting(own_broker: Broker) -> Broker:
    """Give a broker that holds MESSAGES for a subscriber that is away."""
    _client(own_broker, "mosquitto_sub", *SESSION, "-E")
    _client(own_broker, "mosquitto_pub", "-q", "1", "-t", TOPIC, "-l", given="\n".join(MESSAGES) + "\n")
    return own_broker


def _fetch(broker: Broker) -> list[str]:
    return _client(broker, "mosquitto_sub", *SESSION, "-C", str(len(MESSAGES)))


def test_messages_wait_for_a_stopped_worker(waiting: Broker) -> None:
    assert _fetch(waiting) == MESSAGES


def test_waiting_messages_survive_a_restart_on_the_same_port(waiting: Broker) -> None:
    url = waiting.url
    waiting.stop()
    waiting.start()
    assert waiting.url == url
    assert _fetch(waiting) == MESSAGES


def test_what_is_saved_survives_kill(waiting: Broker) -> None:
    assert waiting.process is not None
    saved = waiting.instance / "mosquitto" / "mosquitto.db"
    before = saved.stat().st_ino
    waiting.process.send_signal(signal.SIGUSR1)  # save now, as autosave_interval does
    assert wait_until(lambda: saved.stat().st_ino != before, seconds=5)  # it is renamed when complete
    waiting.kill()
    waiting.start()
    assert _fetch(waiting) == MESSAGES


def test_embedded_broker_differs_from_the_deployed_one_only_in_its_place(own_broker: Broker) -> None:
    def settings(text: str) -> set[str]:
        lines = {line for line in text.splitlines() if line and not line.startswith("#")}
        return {line for line in lines if not line.startswith(PLACE_SETTINGS)}

    assert settings((own_broker.instance / "mosquitto.conf").read_text()) == settings(deployed_config())


def test_a_broker_without_the_plugin_is_not_durable_and_says_so(binaries: Binaries, instance: Path) -> None:
    with pytest.raises(CityopsError, match=r"Mosquitto 2\.0.* lacks the plugin mosquitto_persist_sqlite"):
        Broker(binaries, instance, durable=True).start()


def test_a_queue_that_would_not_be_seen_is_refused(own_broker: Broker) -> None:
    own_broker.stop()
    own_broker.durable = True
    with pytest.raises(CityopsError, match=r"mosquitto\.db is the queue of a broker that was not durable"):
        own_broker.start()
