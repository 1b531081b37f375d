"""Adapters together: arbitrary bytes never raise, nothing is lost in silence, whatever the format."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats import translate
from cityops_ingest.formats.reports import Delivery
from cityops_ingest.formats.routing import Adapter, Measure, Route, read_routes

INGEST = Path(__file__).parents[3] / "ingest"
ROUTES = read_routes(INGEST / "adapters.example.toml")
ROUTE_OF = {route.adapter: route for route in ROUTES.all}
CASES = sorted(path.parent for path in INGEST.glob("samples/adapter-*/topic.txt"))
PAYLOADS = [next(case.glob("input.*")).read_bytes() for case in CASES]
NOW_US = 1_795_399_200_000_000

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=8), SCALARS, max_size=3)
KNOWN = st.sampled_from(["Time", "time", "last_seen", "object", "deviceInfo", "devEui", "temperature", "distance"])
OBJECTS = st.dictionaries(KNOWN, VALUES | st.dictionaries(KNOWN, VALUES, max_size=3), max_size=4).map(
    lambda one: json.dumps(one).encode()
)


def decode(payload: bytes, topic: str, route: Route) -> list[Observation | Refusal]:
    return translate.decode(payload, Delivery(topic.split("/"), NOW_US), route).items


def topics(adapter: Adapter) -> st.SearchStrategy[str]:
    sound = ROUTE_OF[adapter].filter.replace("+", "x").replace("#", "x")
    return st.just(sound) | st.text(max_size=20)


@settings(max_examples=100, deadline=None)
@given(adapter=st.sampled_from(list(ROUTE_OF)), data=st.data())
def test_arbitrary_bytes_never_raise(adapter: Adapter, data: st.DataObject) -> None:
    payload = data.draw(st.binary(max_size=60) | OBJECTS | st.sampled_from(PAYLOADS), label="payload")
    topic = data.draw(topics(adapter), label="topic")
    for found in decode(payload, topic, ROUTE_OF[adapter]):
        if isinstance(found, Observation):
            assert found.values
            assert found.ts <= NOW_US + 600_000_000


@pytest.mark.parametrize("payload", PAYLOADS, ids=[case.name for case in CASES])
def test_a_cut_or_bent_message_never_raises(payload: bytes) -> None:
    for route in ROUTES.all:
        topic = route.filter.replace("+", "x")
        for end in range(0, len(payload), 1 + len(payload) // 20):
            decode(payload[:end], topic, route)
            decode(payload[:end] + b"\xff" + payload[end + 1 :], topic, route)


@settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1, max_size=6), st.integers(-1000, 1000) | st.floats(-1e6, 1e6), max_size=6))
def test_every_number_is_read_refused_or_ignored(numbers: dict[str, float]) -> None:
    route = Route("r", Adapter.ZIGBEE2MQTT, "z/+", "eco-air", {"a": "pm25", "b": "pm25"}, ignore=("c*",))
    payload = json.dumps(numbers | {"a": 1}).encode()
    found = decode(payload, "z/AIR-1", route)
    read = [value for one in found if isinstance(one, Observation) for value in one.values.values()]
    assert read == [float(value) for name, value in (numbers | {"a": 1}).items() if name in {"a", "b"}]
    unmapped = {name for name in numbers if name not in {"a", "b"} and not name.startswith(("c", "last_seen"))}
    refused = [one for one in found if isinstance(one, Refusal)]
    assert [one.reason for one in refused] == ([Reason.UNKNOWN_METRIC] if unmapped else [])


def test_deep_nesting_is_read_or_refused() -> None:
    for depth in (100, 100_000):
        payload = b'{"a":' * depth + b"1" + b"}" * depth
        [found] = decode(payload, "zigbee2mqtt/AIR-1", ROUTE_OF[Adapter.ZIGBEE2MQTT])
        assert isinstance(found, Refusal)


def test_a_value_that_is_no_number_is_refused_by_its_field() -> None:
    payload = b'{"temperature": "warm", "humidity": true}'
    refused = decode(payload, "zigbee2mqtt/AIR-1", ROUTE_OF[Adapter.ZIGBEE2MQTT])
    assert [one for one in refused if isinstance(one, Refusal)] == [
        Refusal(0, Reason.WRONG_TYPE, "temperature is 'warm', not a number", "air_temperature")
    ]


def test_a_pattern_that_asks_for_more_levels_than_the_topic_has_is_named() -> None:
    route = Route("r", Adapter.ZIGBEE2MQTT, "z/#", "eco-air", {"t": "pm25"}, device="{4}")
    [refused] = decode(b'{"t": 1}', "z/AIR-1", route)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.BAD_TOPIC
    assert "the topic has 2 levels, pattern '{4}' of route 'r' more" in refused.detail


def test_a_field_may_be_of_a_device_of_its_own() -> None:
    second = Measure("air_temperature", device="{device}-2")
    route = Route("r", Adapter.ZIGBEE2MQTT, "z/#", "eco-air", {"a": "air_temperature", "b": second, "h": "pm25"})
    found = decode(b'{"a": 20, "b": 5, "h": 60}', "z/P", route)
    assert [(one.device, one.values) for one in found if isinstance(one, Observation)] == [
        ("P", {"air_temperature": 20.0, "pm25": 60.0}),
        ("P-2", {"air_temperature": 5.0}),
    ]
