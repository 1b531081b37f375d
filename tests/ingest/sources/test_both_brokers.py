"""A sender sees no difference but the address: what stands in ingest/samples arrives alike from either broker."""

from cityops.mqtt.rabbitmq.queues import Queue
from cityops.mqtt.rabbitmq.routing_keys import TopicNames
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.sources.amqp.source import AmqpSource
from cityops_ingest.sources.mqtt.source import MqttSource
from fixtures.rabbitmq import PASSWORD, SENDER, Rabbit
from fixtures.samples import FILTERS, SENT, publish

QUEUE = "cityops.samples"


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
