"""The JSON formats one by one: times in each form that is documented, devices, and what is no reading."""

import json
from datetime import UTC, datetime

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats.reports import Delivery
from cityops_ingest.formats.routing import Adapter, Route
from cityops_ingest.formats.translate import decode

NOW_US = 1_795_399_200_000_000
AT_US = NOW_US - 30_000_000
"""2026-11-23 01:59:30 UTC."""


def found(adapter: Adapter, topic: str, message: object, zone: str = "Asia/Shanghai") -> list[Observation | Refusal]:
    metrics = {"t": "air_temperature", "S.t": "air_temperature"}
    route = Route("r", adapter, "#", "eco-air", dict(metrics), zone=zone)
    return decode(json.dumps(message).encode(), Delivery(topic.split("/"), NOW_US), route).items


def times(all_found: list[Observation | Refusal]) -> list[tuple[int, int] | Reason]:
    return [one.reason if isinstance(one, Refusal) else (one.ts, one.quality) for one in all_found]


@pytest.mark.parametrize(
    ("last_seen", "expected"),
    [
        ("2026-11-23T01:59:30.000Z", (AT_US, 0)),
        ("2026-11-23T09:59:30+08:00", (AT_US, 0)),
        (AT_US // 1000, (AT_US, 0)),
        (None, (NOW_US, 1)),
        ("2026-11-23T01:59:30", Reason.BAD_TIME),
        ("yesterday", Reason.BAD_TIME),
        (True, Reason.BAD_TIME),
        (10**30, Reason.TIME_IN_FUTURE),
    ],
)
def test_last_seen_of_zigbee2mqtt(last_seen: object, expected: object) -> None:
    assert times(found(Adapter.ZIGBEE2MQTT, "zigbee2mqtt/D", {"t": 20, "last_seen": last_seen})) == [expected]


@pytest.mark.parametrize(
    "topic",
    [
        "zigbee2mqtt",
        "zigbee2mqtt/bridge/state",
        "zigbee2mqtt/D/set",
        "zigbee2mqtt/D/get",
        "zigbee2mqtt/D/availability",
    ],
)
def test_what_is_no_state_of_zigbee2mqtt_is_passed_over(topic: str) -> None:
    assert found(Adapter.ZIGBEE2MQTT, topic, {"t": 20}) == []


def test_a_friendly_name_may_contain_slashes() -> None:
    [one] = found(Adapter.ZIGBEE2MQTT, "zigbee2mqtt/roof/north", {"t": 20})
    assert isinstance(one, Observation)
    assert one.device == "roof/north"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-11-23T09:59:30", "Asia/Shanghai", (AT_US, 0)),
        ("2026-11-23T01:59:30", "UTC", (AT_US, 0)),
        ("2026-11-23T02:59:30+01:00", "Asia/Shanghai", (AT_US, 0)),
        ("2026.11.23 09:59:30", "Asia/Shanghai", Reason.BAD_TIME),
        (1795399170000, "Asia/Shanghai", (AT_US, 0)),
        ("1795399170000", "Asia/Shanghai", (AT_US, 0)),
        (1795399170, "Asia/Shanghai", Reason.TIME_TOO_OLD),
        ("2026-11-23T09:58:60", "Asia/Shanghai", (AT_US - 30_000_001, 0)),
        (None, "Asia/Shanghai", (NOW_US, 1)),
    ],
)
def test_time_of_tasmota(text: object, zone: str, expected: object) -> None:
    assert times(found(Adapter.TASMOTA, "tele/D/SENSOR", {"Time": text, "S": {"t": 20}}, zone)) == [expected]


@pytest.mark.parametrize("text", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_comes_twice_or_never_is_uncertain(text: str) -> None:
    [(_, quality)] = times(found(Adapter.TASMOTA, "tele/D/SENSOR", {"Time": text, "S": {"t": 20}}, "Europe/Berlin"))
    assert quality == 1


def test_another_message_of_tasmota_is_named() -> None:
    assert times(found(Adapter.TASMOTA, "tele/D/STATE", {"t": 1})) == [Reason.BAD_TOPIC]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-11-23T01:59:30.999999999+00:00", (AT_US + 999_999, 0)),
        ("2026-11-23T09:59:30+08:00", (AT_US, 0)),
        (None, (NOW_US, 1)),
        ("2026-11-23T01:59:30", Reason.BAD_TIME),
        (12, Reason.TIME_TOO_OLD),
        (1795399170000.0, (AT_US, 0)),
    ],
)
def test_time_of_chirpstack(time: object, expected: object) -> None:
    event = {"time": time, "deviceInfo": {"devEui": "D"}, "object": {"t": 20}}
    assert times(found(Adapter.CHIRPSTACK, "application/1/device/D/event/up", event)) == [expected]


@pytest.mark.parametrize("event", [[], {}, {"deviceInfo": 1}, {"deviceInfo": {"devEui": 1}}, {"deviceInfo": None}])
def test_what_is_no_uplink_of_chirpstack_is_refused(event: object) -> None:
    assert times(found(Adapter.CHIRPSTACK, "x", event)) == [Reason.WRONG_TYPE]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"phenomenonTime": "2026-11-23T01:59:30Z"}, (AT_US, 0)),
        ({"phenomenonTime": "2026-11-23T01:00:00Z/2026-11-23T01:59:30.000Z"}, (AT_US, 0)),
        ({"resultTime": "2026-11-23T09:59:30+08:00", "phenomenonTime": None}, (AT_US, 0)),
        ({}, (NOW_US, 1)),
        ({"phenomenonTime": "2026-11-23T01:59:30"}, Reason.BAD_TIME),
        ({"phenomenonTime": True}, Reason.BAD_TIME),
        ({"phenomenonTime": "2026-11-23T01:59:30Z/2026-11-23T01:00:00Z"}, Reason.BAD_TIME),
    ],
)
def test_time_of_sensorthings(given: dict[str, object], expected: object) -> None:
    assert times(found(Adapter.SENSORTHINGS, "v1.1/Datastreams(t)/Observations", {"result": 20} | given)) == [
        expected
    ]


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("v1.1/Datastreams(t)/Observations", {}),
        ("FROST-Server/v1.1/Datastreams('t')/Observations", {}),
        ("v1.1/Observations", {"Datastream": {"@iot.id": "t"}}),
    ],
)
def test_a_datastream_is_named_by_topic_or_body(topic: str, body: dict[str, object]) -> None:
    [one] = found(Adapter.SENSORTHINGS, topic, {"result": 20} | body)
    assert isinstance(one, Observation)
    assert (one.device, one.values) == ("t", {"air_temperature": 20.0})


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("v1.1/Datastreams(t)/Observations", {}, Reason.WRONG_TYPE),
        ("v1.1/Datastreams(t)/Observations", {"result": [1, 2]}, Reason.WRONG_TYPE),
        ("v1.1/Datastreams(t)/Observations", {"result": "warm"}, Reason.WRONG_TYPE),
        ("v1.1/Datastreams(t)", {"result": 20}, Reason.BAD_TOPIC),
        ("v1.1/Observations", {"result": 20}, Reason.BAD_TOPIC),
    ],
)
def test_what_is_no_observation_is_refused(topic: str, body: dict[str, object], reason: Reason) -> None:
    assert times(found(Adapter.SENSORTHINGS, topic, body)) == [reason]


def test_the_clock_of_the_test_is_right() -> None:
    assert datetime(2026, 11, 23, 2, tzinfo=UTC).timestamp() * 1_000_000 == NOW_US
