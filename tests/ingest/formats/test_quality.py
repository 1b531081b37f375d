"""What a message says of the quality of its values and of its own age, in each format: what is bad is no reading."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats import quality
from cityops_ingest.formats.quality import Flags, QualityVerdict
from cityops_ingest.formats.reports import Delivery
from cityops_ingest.formats.routing import Adapter, Measure, Route
from cityops_ingest.formats.sparkplug.adapter import Node
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.formats.translate import decode

NOW_US = 1_795_399_200_000_000
NOW_MS = NOW_US // 1000
METRICS: dict[str, str | Measure] = {
    "t": "air_temperature",
    "S.t": "air_temperature",
    "h": "relative_humidity",
    "S.h": "relative_humidity",
    "42": "pm25",
    "Depth": "water_depth",
}


def told(found: list[Observation | Refusal]) -> list[tuple[dict[str, float], int] | tuple[Reason, str | None]]:
    return [(one.reason, one.metric) if isinstance(one, Refusal) else (one.values, int(one.quality)) for one in found]


def route(adapter: Adapter, **more: Any) -> Route:
    return Route("r", adapter, "#", "eco-air", dict(METRICS), **more)


def found(
    adapter: Adapter, topic: str, message: object, *, retained: bool = False, **more: Any
) -> list[Observation | Refusal]:
    delivery = Delivery(topic.split("/"), NOW_US, retained=retained)
    return decode(json.dumps(message).encode(), delivery, route(adapter, **more)).items


def measured(properties: dict[str, Any], **metric: Any) -> list[Any]:
    """Return what becomes of a depth of 2.5 in a birth, whose metric has these properties."""
    payload = Payload(timestamp=NOW_MS, seq=0)
    depth = payload.metrics.add(name=b"Depth", datatype=9, float_value=2.5, **metric)
    for key, value in properties.items():
        depth.properties.keys.append(key.encode())
        depth.properties.values.add(**value)
    delivery = Delivery(["spBv1.0", "g", "NBIRTH", "n"], NOW_US)
    return told(decode(payload.SerializeToString(), delivery, route(Adapter.SPARKPLUG), Node()).items)


BAD = [(Reason.BAD_QUALITY, "water_depth")]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, [({"water_depth": 2.5}, 0)]),
        ({"Quality": {"int_value": 192}}, [({"water_depth": 2.5}, 0)]),
        ({"Quality": {"int_value": 0}}, BAD),
        ({"Quality": {"int_value": 500}}, BAD),
        ({"quality": {"long_value": 0}}, BAD),
        ({"QualityCode": {"int_value": 0x8000_0000}}, BAD),  # OPC UA: bad
        ({"Quality": {"int_value": 24}}, BAD),  # OPC DA: communication failure
        ({"Quality": {"int_value": 64}}, [({"water_depth": 2.5}, 1)]),
        ({"Quality": {"int_value": 0x4000_0000}}, [({"water_depth": 2.5}, 1)]),
        ({"Quality": {"string_value": b"Bad_Stale"}}, BAD),
        ({"Quality": {"string_value": b"0"}}, BAD),
        ({"Quality": {"string_value": b"Good"}}, [({"water_depth": 2.5}, 0)]),
        ({"Quality": {"string_value": b"\xe4\xbd\xb3"}}, [({"water_depth": 2.5}, 1)]),
        ({"Quality": {"boolean_value": False}}, BAD),
        ({"Quality": {"double_value": float("nan")}}, BAD),
        ({"Quality": {"int_value": 0, "is_null": True}}, [({"water_depth": 2.5}, 0)]),
        ({"readOnly": {"boolean_value": True}, "Quality": {"int_value": 0}}, BAD),
    ],
)
def test_a_quality_of_sparkplug_is_read(properties: dict[str, Any], expected: list[Any]) -> None:
    assert measured(properties) == expected


def test_what_is_historical_needs_its_own_time() -> None:
    assert measured({}, is_historical=True) == [(Reason.BAD_TIME, None)]
    assert measured({}, is_historical=True, timestamp=NOW_MS - 9) == [({"water_depth": 2.5}, 0)]


@given(st.integers(-(2**70), 2**70))
def test_every_code_has_a_verdict(code: int) -> None:
    assert quality.of_code(code) in QualityVerdict


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("good", 0),
        ("GOOD", 0),
        (True, 0),
        (None, 0),
        ([], 0),
        ("suspect", 1),
        ("green", 1),  # not understood, so the value is not vouched for
        ({"code": "unknown to us"}, 1),
        (3, 1),
        ("bad", None),
        ("Invalid", None),
        ("not ok", None),
        (False, None),
        ({"nameOfMeasure": "status", "DQ_Result": {"code": "sensor fault"}}, None),
        ([{"DQ_Status": {"code": "good"}}, {"DQ_Result": {"code": "bad"}}], None),
    ],
)
def test_the_result_quality_of_sensorthings_is_read(said: object, verdict: int | None) -> None:
    message = {"phenomenonTime": "2026-11-23T01:59:30Z", "result": 38, "resultQuality": said}
    expected = [(Reason.BAD_QUALITY, "pm25")] if verdict is None else [({"pm25": 38.0}, verdict)]
    assert told(found(Adapter.SENSORTHINGS, "v1.1/Datastreams(42)/Observations", message)) == expected


@pytest.mark.parametrize(
    ("flag", "verdict"),
    [
        ({"fault": False}, 0),
        ({"fault": True}, None),
        ({"sensor_fault": 1}, None),
        ({"sensorError": "true"}, None),
        ({"error": "read error"}, None),
        ({"error": "no error"}, 0),
        ({"valid": False}, None),
        ({"valid": 1}, 0),
        ({"quality": "bad"}, None),
        ({"quality": "uncertain"}, 1),
        ({"quality": 87}, 0),  # a number may be anything
        ({"air_quality": "poor"}, 0),
        ({"status": "SENSOR FAULT"}, None),
        ({"status": "online"}, 0),
        ({"t_status": "fault"}, None),
        ({"t_valid": False}, None),
        ({"t_exception": "out of range"}, None),
        ({"h_fault": True}, 0),  # of another field
        ({"link": {"quality": "bad"}}, 0),
        ({"battery_low": True}, 0),
    ],
)
@pytest.mark.parametrize("adapter", [Adapter.CHIRPSTACK, Adapter.ZIGBEE2MQTT, Adapter.TASMOTA])
def test_a_flag_beside_a_value_is_read(adapter: Adapter, flag: dict[str, Any], verdict: int | None) -> None:
    fields = {"t": 20} | flag
    topic, message = {
        Adapter.CHIRPSTACK: ("x", {"deviceInfo": {"devEui": "D"}, "time": "2026-11-23T01:59:30Z", "object": fields}),
        Adapter.ZIGBEE2MQTT: ("z/D", fields | {"last_seen": NOW_MS}),
        Adapter.TASMOTA: ("tele/D/SENSOR", {"Time": "2026-11-23T09:59:30", "S": fields}),
    }[adapter]
    expected = [(Reason.BAD_QUALITY, "air_temperature")] if verdict is None else [({"air_temperature": 20}, verdict)]
    assert told(found(adapter, topic, message, ignore=("*",))) == expected


def test_a_bad_value_costs_no_neighbour() -> None:
    message = {"t": 20, "t_fault": True, "h": 60, "h_quality": "suspect", "last_seen": NOW_MS}
    assert told(found(Adapter.ZIGBEE2MQTT, "z/D", message)) == [
        (Reason.BAD_QUALITY, "air_temperature"),
        ({"relative_humidity": 60.0}, 1),
    ]


@pytest.mark.parametrize("more", [{"ignore": ("fault",)}, {"metrics": dict(METRICS) | {"fault": "lamp_on"}}])
def test_a_route_may_say_that_a_flag_is_something_else(more: dict[str, Any]) -> None:
    plain = Route(
        **{"name": "r", "adapter": Adapter.ZIGBEE2MQTT, "filter": "#", "source": "s", "metrics": METRICS} | more
    )
    message = json.dumps({"t": 20, "fault": True, "last_seen": NOW_MS}).encode()
    [one] = decode(message, Delivery(["z", "D"], NOW_US), plain).items
    assert isinstance(one, Observation)
    assert one.values["air_temperature"] == 20


def test_many_flags_cost_no_more_than_they_are() -> None:
    """Each field is looked up by what is above it, not held against every flag."""
    fields = {f"f{n}_fault": True for n in range(50_000)} | {f"f{n}": 1 for n in range(50_000)}
    flags = Flags(fields)
    assert sum(flags.of(name) is not None for name in fields) == 50_000


@pytest.mark.parametrize(
    ("adapter", "topic", "message"),
    [
        (Adapter.ZIGBEE2MQTT, "z/D", {"t": 20}),
        (Adapter.TASMOTA, "tele/D/SENSOR", {"S": {"t": 20}}),
        (Adapter.CHIRPSTACK, "x", {"deviceInfo": {"devEui": "D"}, "object": {"t": 20}}),
        (Adapter.SENSORTHINGS, "v1.1/Datastreams(42)/Observations", {"result": 38}),
        (Adapter.SENML, "senml/x", [{"n": "D:t", "v": 20}]),
        (Adapter.SENML, "senml/x", [{"n": "D:t", "v": 20, "t": -5}]),
    ],
)
def test_what_is_retained_and_names_no_time_is_not_of_now(adapter: Adapter, topic: str, message: object) -> None:
    [(_, quality_of_now)] = told(found(adapter, topic, message))
    assert quality_of_now == 1
    assert told(found(adapter, topic, message, retained=True)) == [(Reason.RETAINED, None)]


def test_what_is_retained_and_names_its_time_is_of_that_time() -> None:
    [one] = found(Adapter.ZIGBEE2MQTT, "z/D", {"t": 20, "last_seen": NOW_MS - 60_000}, retained=True)
    assert isinstance(one, Observation)
    assert (one.ts, one.quality) == (NOW_US - 60_000_000, 0)
