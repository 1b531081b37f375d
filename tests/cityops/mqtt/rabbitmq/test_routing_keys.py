"""Routing keys read back into topics: ours for every code, those of routes by their filters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.mqtt.rabbitmq.routing_keys import TopicNames, binding_of

codes = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/+#"), min_size=1, max_size=12)
sources = codes.map(lambda text: text.replace(".", "-"))


@given(st.sampled_from(["readings", "events", "indicators"]), sources, st.none() | codes)
def test_each_topic_of_ours_comes_back_as_it_was(kind: str, source: str, device: str | None) -> None:
    topic = f"cityops/v1/{kind}/{source}" + (f"/{device}" if device is not None else "")
    assert TopicNames().topic_of(topic.replace("/", ".")) == topic


@pytest.mark.parametrize(
    ("filter_", "topic"),
    [
        ("v1.1/#", "v1.1/Datastreams(42)/Observations"),
        ("spBv1.0/pumps/#", "spBv1.0/pumps/DDATA/station-3/gauge"),
        ("tele/+/SENSOR", "tele/tasmota_4F2A11/SENSOR"),
        ("tele/+/SENSOR", "tele/plug.2/SENSOR"),
        ("senml/+", "senml/gateway.7"),
    ],
)
def test_filters_of_routes_know_where_dots_belong(filter_: str, topic: str) -> None:
    key = topic.replace("/", ".")
    assert TopicNames([filter_]).topic_of(key) == topic
    assert matches(binding_of(filter_), key)


def test_what_no_filter_knows_comes_back_level_by_level() -> None:
    assert TopicNames().topic_of("cityops.v2..readings") == "cityops/v2//readings"


def matches(binding: str, key: str) -> bool:
    """Return whether AMQP's topic exchange gives a key to a binding: `#` is any number of words, none among them."""
    pattern = "".join(
        r"(?:(?:^|(?<!^)\.)[^.]*)*" if word == "#" else rf"(?:^|\.){re.escape(word)}" for word in binding.split(".")
    )
    return re.fullmatch(pattern, key) is not None
