"""A sender sees no difference but the address: what stands in ingest/samples arrives alike from either broker."""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf import text_format
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from cityops.mqtt.rabbitmq.queues import OWN_FILTER, Queue
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures.rabbitmq import ADAPTERS, PASSWORD, SENDER, Rabbit

SAMPLES = Path(__file__).parents[3] / "ingest" / "samples"
FILTERS = [OWN_FILTER, *read_routes(ADAPTERS).filters()]
QUEUE = "cityops.samples"


def samples() -> Iterator[tuple[str, bytes, bool]]:
    """Yield topic, payload and retain flag of each message that MQTT lets anybody send."""
    for case in sorted(path.parent for path in SAMPLES.glob("*/expected.json")):
        if case.name == "reject-topic-not-utf8":  # of which no broker takes one: MQTT 5, section 1.5.4
            continue
        [file] = case.glob("input.*")
        topics = (case / "topic.txt").read_text().removesuffix("\n").split("\n")
        payloads = [file.read_bytes()]
        if file.suffix == ".textproto":
            texts = file.read_text(encoding="utf-8").split("---\n")
            payloads = [text_format.Parse(text, Payload()).SerializeToString() for text in texts]
        yield from ((t, p, (case / "retained").exists()) for t, p in zip(topics, payloads, strict=True))


SENT = list(samples())


def publish(port: int, *who: str) -> None:
    """Publish all samples at QoS 1 and wait until the broker has acknowledged each."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    if who:
        client.username_pw_set(*who)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for one in [client.publish(topic, payload, qos=1, retain=kept) for topic, payload, kept in SENT]:
            one.wait_for_publish(30)
        for topic, _, kept in SENT:
            if kept:
                client.publish(topic, b"", qos=0, retain=True)
    finally:
        client.disconnect()
        client.loop_stop()


def arrived(source: AmqpSource | MqttSource) -> list[Envelope]:
    held: list[Envelope] = []
    while len(held) < len(SENT):
        held += source.backlog.take()
    return held[: len(SENT)]


def test_all_samples_arrive_alike(mqtt_url: str, rabbit: Rabbit) -> None:
    rabbit.declare([Queue(QUEUE, FILTERS)])
    rabbit.let_in()
    by_amqp = AmqpSource(rabbit.url, QUEUE, Backlog(), names=TopicNames(FILTERS))
    by_mqtt = MqttSource(mqtt_url, "both", Backlog(), subscriptions=FILTERS)
    for source in (by_amqp, by_mqtt):
        source.start()
        assert source.subscribed.wait(20)
    publish(rabbit.port, SENDER, PASSWORD)
    publish(int(mqtt_url.rsplit(":", 1)[-1]))
    try:
        wanted = [(topic.encode(), payload) for topic, payload, _ in SENT]
        assert [(one.topic, one.payload) for one in arrived(by_amqp)] == wanted
        assert [(one.topic, one.payload) for one in arrived(by_mqtt)] == wanted
    finally:
        by_amqp.stop()
        by_mqtt.give_up_session()
        rabbit.forget(QUEUE)
