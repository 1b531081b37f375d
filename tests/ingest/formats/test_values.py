"""Units that a message tells, numbers as text, and values that are none, in the formats that have them."""

import json
from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats.reports import Delivery
from cityops_ingest.formats.routing import Adapter, Measure, Route
from cityops_ingest.formats.sparkplug.adapter import Node
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.formats.translate import decode

NOW_US = 1_795_399_200_000_000
NOW_MS = NOW_US // 1000
METRICS: dict[str, str | Measure] = {
    "AM2301.Temperature": "air_temperature",
    "AM2301.Humidity": "relative_humidity",
    "WindSpeed": "wind_speed",
    "t": "air_temperature",
    "t.value": "air_temperature",
    "h": "relative_humidity",
    "depth": Measure("water_depth", factor=100, unit="m"),
    "e": "power_load",
    "e.sum": "power_load",
    "42": "air_temperature",
}
TOPICS = {
    Adapter.TASMOTA: "tele/D/SENSOR",
    Adapter.SENML: "senml/D",
    Adapter.SENSORTHINGS: "v1.1/Datastreams(42)/Observations",
    Adapter.CHIRPSTACK: "x",
    Adapter.ZIGBEE2MQTT: "z/D",
}


def told(found: list[Observation | Refusal]) -> list[dict[str, float] | Reason]:
    return [one.reason if isinstance(one, Refusal) else one.values for one in found]


def found(adapter: Adapter, message: bytes | object) -> list[dict[str, float] | Reason]:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    route = Route("r", adapter, "#", "eco-air", dict(METRICS), ignore=("*",))
    return told(decode(payload, Delivery(TOPICS[adapter].split("/"), NOW_US), route).items)


def tasmota(**more: Any) -> dict[str, Any]:
    return {"Time": "2026-11-23T09:59:30", "AM2301": {"Temperature": 45.5, "Humidity": 60.1}} | more


def uplink(**fields: Any) -> dict[str, Any]:
    return {"deviceInfo": {"devEui": "D"}, "time": "2026-11-23T01:59:30Z", "object": fields}


@pytest.mark.parametrize(
    ("adapter", "message", "expected"),
    [
        (Adapter.TASMOTA, tasmota(TempUnit="F"), [{"air_temperature": 7.5, "relative_humidity": 60.1}]),
        (Adapter.TASMOTA, tasmota(TempUnit="C"), [{"air_temperature": 45.5, "relative_humidity": 60.1}]),
        (Adapter.TASMOTA, tasmota(TempUnit="R"), [Reason.ANOTHER_UNIT, {"relative_humidity": 60.1}]),
        (Adapter.TASMOTA, {"WindSpeed": 36, "SpeedUnit": "km/h"}, [{"wind_speed": 10.0}]),
        (Adapter.TASMOTA, {"WindSpeed": 5, "SpeedUnit": "bft"}, [Reason.ANOTHER_UNIT]),
        (Adapter.SENML, [{"n": "D:t", "u": "Cel", "v": 7.5}], [{"air_temperature": 7.5}]),
        (Adapter.SENML, [{"n": "D:t", "u": "degF", "v": 45.5}], [{"air_temperature": 7.5}]),
        (Adapter.SENML, [{"n": "D:t", "bu": "K", "v": 273.15}], [{"air_temperature": 0.0}]),
        (Adapter.SENML, [{"n": "D:t", "u": "kg", "v": 7.5}], [Reason.ANOTHER_UNIT]),
        (Adapter.SENML, [{"n": "D:depth", "u": "mm", "v": 120}], [{"water_depth": 12.0}]),
        (Adapter.SENML, [{"n": "D:depth", "u": "m", "v": 0.12}], [{"water_depth": 12.0}]),
        (Adapter.SENML, [{"n": "D:depth", "v": 0.12}], [{"water_depth": 12.0}]),
        (Adapter.SENML, [{"n": "D:e", "u": "W", "v": 1500, "s": 3}], [Reason.ANOTHER_UNIT, {"power_load": 1.5}]),
        (
            Adapter.SENSORTHINGS,
            {"result": 45.5, "Datastream": {"unitOfMeasurement": {"name": "degree Fahrenheit", "symbol": "degF"}}},
            [{"air_temperature": 7.5}],
        ),
        (
            Adapter.SENSORTHINGS,
            {"result": 45.5, "Datastream": {"unitOfMeasurement": None}},
            [{"air_temperature": 45.5}],
        ),
        (Adapter.CHIRPSTACK, uplink(t={"value": 45.5, "unit": "°F"}), [{"air_temperature": 7.5}]),
        (Adapter.CHIRPSTACK, uplink(t=45.5, t_unit="F", h=60), [{"air_temperature": 7.5, "relative_humidity": 60.0}]),
        (Adapter.CHIRPSTACK, uplink(t="45.5 °F"), [{"air_temperature": 7.5}]),
    ],
)
def test_a_unit_that_is_told_is_converted_or_refused(adapter: Adapter, message: object, expected: list[Any]) -> None:
    assert found(adapter, message) == expected


def test_a_formula_without_a_unit_is_trusted_and_one_with_a_unit_is_checked() -> None:
    by_hand = Measure("air_temperature", factor=5 / 9, offset=-160 / 9)
    message = json.dumps(tasmota(TempUnit="F")).encode()
    for measure, expected in ((by_hand, 7.5), (Measure("air_temperature", offset=1, unit="C"), 8.5)):
        route = Route("r", Adapter.TASMOTA, "#", "eco-air", {"AM2301.Temperature": measure}, ignore=("*",))
        [one] = decode(message, Delivery(["tele", "D", "SENSOR"], NOW_US), route).items
        assert isinstance(one, Observation)
        assert one.values["air_temperature"] == pytest.approx(expected)


@pytest.mark.parametrize("unit", ["degF", "°F"])
def test_the_unit_of_a_birth_holds_for_data_by_alias(unit: str) -> None:
    route = Route("r", Adapter.SPARKPLUG, "#", "eco-air", dict(METRICS))

    def sent(kind: str, seq: int, node: Node, **metric: Any) -> tuple[list[Any], Node]:
        payload = Payload(timestamp=NOW_MS, seq=seq)
        one = payload.metrics.add(datatype=9, **metric)
        if kind == "NBIRTH":
            one.properties.keys.append(b"engUnit")
            one.properties.values.add(string_value=unit.encode())
        result = decode(payload.SerializeToString(), Delivery(["spBv1.0", "g", kind, "n"], NOW_US), route, node)
        assert result.node is not None
        return told(result.items), result.node

    born, node = sent("NBIRTH", 0, Node(), name=b"t", alias=7, float_value=50.0)
    assert born == [{"air_temperature": 10.0}]
    assert sent("NDATA", 1, node, alias=7, float_value=68.0)[0] == [{"air_temperature": 20.0}]


@pytest.mark.parametrize("bad", [b"nan", b"NaN", b"-nan", b"inf", b"-Infinity", b"1.#QNAN", b'"nan"', b"1e999"])
@pytest.mark.parametrize(
    ("adapter", "message"),
    [
        (
            Adapter.TASMOTA,
            b'{"Time":"2026-11-23T09:59:30","AM2301":{"Temperature":%s,"Humidity":51.0},"TempUnit":"C"}',
        ),
        (Adapter.ZIGBEE2MQTT, b'{"t": %s, "h": 51.0, "name": "nan, inf"}'),
        (Adapter.CHIRPSTACK, b'{"deviceInfo": {"devEui": "D"}, "object": {"t": %s, "h": 51.0}}'),
        (Adapter.SENML, b'[{"n": "D:t", "v": %s}, {"n": "D:h", "v": 51.0}]'),
    ],
)
def test_a_number_that_is_none_costs_only_itself(adapter: Adapter, message: bytes, bad: bytes) -> None:
    """What is not finite is refused by its metric when the metric is known, or here where it is a text."""
    results = found(adapter, message % bad)
    values = {metric: value for one in results if isinstance(one, dict) for metric, value in one.items()}
    assert values["relative_humidity"] == 51.0
    refused = [one for one in results if isinstance(one, Reason)]
    assert refused in ([Reason.NOT_FINITE], [Reason.WRONG_TYPE], [])
    assert refused or abs(values["air_temperature"]) > 1e300 or values["air_temperature"] != values["air_temperature"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("-3.20", {"air_temperature": -3.2}),
        (" 58.2 ", {"air_temperature": 58.2}),
        ("+5", {"air_temperature": 5.0}),
        (".5", {"air_temperature": 0.5}),
        ("1e1", {"air_temperature": 10.0}),
        ("21.5 °C", {"air_temperature": 21.5}),
        ("70F", {"air_temperature": 21.11111111111111}),
        ("58,2", Reason.WRONG_TYPE),
        ("1,234", Reason.WRONG_TYPE),
        ("", Reason.WRONG_TYPE),
        ("unavailable", Reason.WRONG_TYPE),
        ("0x1F", Reason.WRONG_TYPE),
        ("21.5 m", Reason.ANOTHER_UNIT),
        ("21.5 apples", Reason.WRONG_TYPE),
        ("nan", Reason.NOT_FINITE),
        ("-Infinity", Reason.NOT_FINITE),
        ("٣", Reason.WRONG_TYPE),
        ("9" * 50, Reason.WRONG_TYPE),
        ([], Reason.WRONG_TYPE),
        ({}, Reason.WRONG_TYPE),
    ],
)
def test_a_number_as_text_is_taken_where_the_route_names_the_field(raw: object, expected: object) -> None:
    assert found(Adapter.CHIRPSTACK, uplink(t=raw, other="58.2")) == [expected]


def test_what_stands_where_an_object_belongs_is_refused_and_null_is_no_value() -> None:
    sound = {"Time": "2026-11-23T09:59:30", "t": 20}
    assert found(Adapter.TASMOTA, sound | {"AM2301": "error"})[:1] == [Reason.WRONG_TYPE]
    assert found(Adapter.TASMOTA, sound | {"AM2301": None}) == [{"air_temperature": 20.0}]
