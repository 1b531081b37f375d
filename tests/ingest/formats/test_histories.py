"""Histories inside a message: each entry is a reading of its own time, or refused by name without its neighbours."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats.reports import Delivery, Frames
from cityops_ingest.formats.routing import Adapter, Measure, Route
from cityops_ingest.formats.translate import decode

NOW_S = 1_795_744_800
NOW_US = NOW_S * 1_000_000
NOW = "2026-11-27T02:00:00Z"
PAST = {"timestamp": NOW_S - 3600, "temperature": 20.5}
LATER = {"timestamp": NOW_S - 1800, "temperature": 20.75}
READ = [(-3600, {"air_temperature": 20.5}), (-1800, {"air_temperature": 20.75})]

OBJECT_FORMATS: dict[Adapter, Callable[[dict[str, Any]], dict[str, Any]]] = {
    Adapter.CHIRPSTACK: lambda fields: {"time": NOW, "deviceInfo": {"devEui": "X"}, "object": fields},
    Adapter.THE_THINGS_STACK: lambda fields: {
        "end_device_ids": {"dev_eui": "X"},
        "uplink_message": {"received_at": NOW, "decoded_payload": fields},
    },
    Adapter.ZIGBEE2MQTT: lambda fields: {"last_seen": NOW} | fields,
    Adapter.TASMOTA: lambda fields: {"Time": "2026-11-27T10:00:00"} | fields,
}


def found(
    fields: dict[str, Any], adapter: Adapter = Adapter.CHIRPSTACK, frames: Frames | None = None, **of_route: Any
) -> list[Observation | Refusal]:
    metrics = {"temperature": "air_temperature", "humidity": "relative_humidity"}
    route = Route("r", adapter, "#", "eco-air", **({"metrics": metrics} | of_route))
    payload = json.dumps(OBJECT_FORMATS[adapter](fields)).encode()
    return decode(payload, Delivery(["tele", "X", "SENSOR"], NOW_US, frames=frames), route).items


def observed(results: list[Observation | Refusal]) -> list[tuple[float, dict[str, float]]]:
    """Return the observations as seconds from now and values."""
    return [((one.ts - NOW_US) / 1e6, one.values) for one in results if isinstance(one, Observation)]


def refused(results: list[Observation | Refusal]) -> list[tuple[Reason, str]]:
    return [(one.reason, one.detail) for one in results if isinstance(one, Refusal)]


@pytest.mark.parametrize("adapter", list(OBJECT_FORMATS))
def test_each_entry_of_a_history_is_a_reading_of_its_own_time(adapter: Adapter) -> None:
    results = found({"temperature": 21.0, "history": [PAST, LATER]}, adapter)
    assert observed(results) == [(0, {"air_temperature": 21.0}), *READ]
    assert refused(results) == []
    assert len({one.device for one in results if isinstance(one, Observation)}) == 1
    assert {one.quality for one in results if isinstance(one, Observation)} == {0}


@pytest.mark.parametrize("name", ["history", "records", "data", "channel_history", "datalog", "buffered"])
def test_a_history_is_known_by_the_times_in_it(name: str) -> None:
    assert observed(found({name: [PAST, LATER]})) == READ


@pytest.mark.parametrize(
    "time",
    [
        {"timestamp": NOW_S - 3600},
        {"timestamp": float(NOW_S - 3600)},
        {"timestamp": (NOW_S - 3600) * 1000},
        {"ts": str(NOW_S - 3600)},
        {"Time": "2026-11-27T01:00:00Z"},
        {"dateTime": "2026-11-27 09:00:00"},  # the route's zone
        {"utc_time": "2026-11-27T01:00:00+00:00"},
        {"timestamp_ms": (NOW_S - 3600) * 1000},
    ],
)
def test_an_entry_tells_its_time_in_any_form(time: dict[str, Any]) -> None:
    assert observed(found({"history": [time | {"temperature": 20.5}]})) == READ[:1]


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ({}, Reason.BAD_TIME),
        ({"timestamp": None}, Reason.BAD_TIME),
        ({"timestamp": "yesterday"}, Reason.BAD_TIME),
        ({"timestamp": "2026-11-26"}, Reason.BAD_TIME),
        ({"timestamp": [NOW_S]}, Reason.BAD_TIME),
        ({"timestamp": True}, Reason.BAD_TIME),
        ({"timestamp": 0}, Reason.TIME_TOO_OLD),
        ({"timestamp": 86_400}, Reason.TIME_TOO_OLD),
        ({"timestamp": NOW_S + 7200}, Reason.TIME_IN_FUTURE),
    ],
)
def test_an_entry_without_a_usable_time_is_refused_alone_and_named(time: dict[str, Any], reason: Reason) -> None:
    results = found({"temperature": 21.0, "history": [PAST, time | {"temperature": 19.0}, LATER]})
    assert observed(results) == [(0, {"air_temperature": 21.0}), *READ]
    [(told, detail)] = refused(results)
    assert told is reason
    assert "history.1" in detail


def test_entries_of_a_history_that_all_lack_a_time_are_refused_one_by_one() -> None:
    results = found({"history": [{"temperature": 20.5}, {"temperature": 20.75}]})
    assert [(reason, detail.split()[0]) for reason, detail in refused(results)] == [
        (Reason.BAD_TIME, "history.0:"),
        (Reason.BAD_TIME, "history.1:"),
    ]
    assert observed(results) == []


def test_one_bad_value_of_an_entry_costs_itself() -> None:
    entry = PAST | {"temperature": "error", "humidity": 60}
    results = found({"history": [entry, LATER, "lost", None]})
    assert observed(results) == [(-3600, {"relative_humidity": 60.0}), READ[1]]
    assert refused(results) == [
        (Reason.WRONG_TYPE, "history.0: temperature is 'error', not a number"),
        (Reason.WRONG_TYPE, "history.2 is 'lost', not an object with a time of its own"),
    ]


def test_numbers_without_a_mapping_are_named_once_for_all_entries() -> None:
    [(reason, detail)] = refused(found({"history": [PAST | {"co2": 400}, LATER | {"co2": 401}, 5]}))
    assert reason is Reason.UNKNOWN_METRIC
    assert "2 numbers have no mapping: 'history.2', 'history.co2'" in detail


@pytest.mark.parametrize("ignored", ["co2", "history.co2", "history.*.co2"])
def test_what_a_route_ignores_it_ignores_in_a_history(ignored: str) -> None:
    assert refused(found({"history": [PAST | {"co2": 400}]}, ignore=(ignored,))) == []


def test_a_route_may_ignore_a_history() -> None:
    results = found({"temperature": 21.0, "history": [PAST, {"temperature": 1}, "x"]}, ignore=("history.*",))
    assert observed(results) == [(0, {"air_temperature": 21.0})]
    assert refused(results) == []


def test_a_route_may_name_the_fields_of_a_history_itself() -> None:
    metrics = {"t": "air_temperature", "log.value": Measure("air_temperature", factor=0.1, alternative=True)}
    results = found({"t": 21.0, "log": [{"ts": NOW_S - 3600, "value": 205}]}, metrics=metrics)
    assert observed(results) == [(0, {"air_temperature": 21.0}), READ[0]]


def test_a_route_that_names_entries_by_their_place_reads_them_as_fields() -> None:
    probes = [{"time": NOW_S - 3600, "t": 3.0}, {"time": NOW_S - 3600, "t": 4.0}]
    metrics = {"probes.1.t": "air_temperature"}
    assert observed(found({"probes": probes}, metrics=metrics, ignore=("*",))) == [(0, {"air_temperature": 4.0})]


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": [{"timestamp": NOW_S - 3600, "value": 20.5}]},
        {"temperature_history": [{"timestamp": NOW_S - 3600, "value": 20.5}]},
        {"history": {"timestamp": NOW_S - 3600, "temperature": 20.5}},
    ],
)
def test_a_history_of_one_field_is_of_that_field(fields: dict[str, Any]) -> None:
    assert observed(found(fields)) == READ[:1]


def test_a_history_within_an_object_is_of_the_objects_fields() -> None:
    fields = {"probe": {"t": 21.0, "history": [{"timestamp": NOW_S - 3600, "t": 20.5}]}}
    results = found(fields, metrics={"probe.t": "air_temperature"})
    assert observed(results) == [(0, {"air_temperature": 21.0}), READ[0]]


def test_units_and_flags_hold_for_the_entry_they_stand_in() -> None:
    fahrenheit = {"timestamp": NOW_S - 3600, "temperature": 68.9, "temperature_unit": "°F"}
    bad = LATER | {"temperature_fault": 1}
    results = found({"temperature": 21.0, "history": [fahrenheit, bad]})
    assert [(ago, round(values["air_temperature"], 9)) for ago, values in observed(results)] == [
        (0, 21.0),
        (-3600, 20.5),
    ]
    [(reason, detail)] = refused(results)
    assert reason is Reason.BAD_QUALITY
    assert detail.startswith("history.1: temperature is")


def test_a_unit_of_the_whole_message_holds_for_its_history() -> None:
    results = found({"TempUnit": "F", "history": [PAST | {"temperature": 68.9}]}, Adapter.TASMOTA)
    assert [round(values["air_temperature"], 9) for _, values in observed(results)] == [20.5]


@pytest.mark.parametrize(
    "fields",
    [
        {"forecast": [PAST, LATER]},
        {"schedule": [{"time": "2026-11-27T01:30:00Z", "temperature": 22}]},
        {"probes": [PAST | {"channel": 1}, LATER | {"channel": 2}]},
        {"history": {"interval": 60, "size": 5}},
        {"temperature_history": [20.1, 20.4]},
    ],
)
def test_what_is_no_history_of_the_device_stays_refused_by_name(fields: dict[str, Any]) -> None:
    results = found(fields)
    assert observed(results) == []
    assert [reason for reason, _ in refused(results)] == [Reason.UNKNOWN_METRIC]


def test_an_empty_history_says_nothing() -> None:
    assert found({"history": []}, metrics={"history.temperature": "air_temperature"}) == []


def test_a_frame_that_comes_again_moves_no_entry_of_its_history() -> None:
    frames = Frames()
    for _ in range(2):
        assert observed(found({"history": [PAST, LATER]}, frames=frames)) == READ


def test_what_more_histories_than_are_read_hold_is_refused_by_name() -> None:
    results = found({f"h{number}": [PAST] for number in range(25)})
    assert observed(results) == READ[:1] * 20
    [(reason, detail)] = refused(results)
    assert reason is Reason.UNKNOWN_METRIC
    assert detail.startswith("10 numbers have no mapping")  # a time and a value of each
