"""The Things Stack, Sensor.Community, and LoRaWAN's own repetitions: a frame that comes again is a duplicate."""

import json
from pathlib import Path
from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats.reports import Delivery, Frames
from cityops_ingest.formats.routing import Adapter, Route
from cityops_ingest.formats.translate import decode

NOW_US = 1_795_399_200_000_000
SAMPLES = Path(__file__).parents[3] / "ingest" / "samples"
UPLINKS = {
    Adapter.CHIRPSTACK: json.loads((SAMPLES / "adapter-chirpstack" / "input.json").read_text(encoding="utf-8")),
    Adapter.THE_THINGS_STACK: json.loads(
        (SAMPLES / "adapter-thethingsstack" / "input.json").read_text(encoding="utf-8")
    ),
}


def found(adapter: Adapter, message: object, frames: Frames | None = None) -> list[Observation | Refusal]:
    metrics = {"distance": "water_depth", "t": "air_temperature"}
    route = Route("r", adapter, "#", "eco-air", dict(metrics), devices={"0004a30b001c0530": "X"}, ignore=("battery",))
    return decode(json.dumps(message).encode(), Delivery(["x"], NOW_US, frames=frames), route).items


def later(adapter: Adapter, seconds: int, counter: int | None = None, distance: int = 2380) -> dict[str, Any]:
    """Return the sample's uplink as it came so many seconds later."""
    message = json.loads(json.dumps(UPLINKS[adapter]))
    at = f"2026-11-23T{1 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}Z"
    if adapter is Adapter.CHIRPSTACK:
        message |= {"time": at} | ({} if counter is None else {"fCnt": counter})
        message["object"]["distance"] = distance
    else:
        uplink = message["uplink_message"]
        uplink |= {"received_at": at} | ({} if counter is None else {"f_cnt": counter})
        uplink["decoded_payload"]["distance"] = distance
    return message  # type: ignore[no-any-return]  # what JSON gives


@pytest.mark.parametrize("adapter", list(UPLINKS))
def test_a_frame_that_comes_again_is_of_the_time_it_came_first(adapter: Adapter) -> None:
    frames = Frames()

    def time_of(message: object) -> int:
        [one] = found(adapter, message, frames)
        assert isinstance(one, Observation)
        return one.ts

    first = time_of(later(adapter, 0))
    assert time_of(later(adapter, 7)) == first
    assert time_of(later(adapter, 8, counter=500)) != first
    assert time_of(later(adapter, 9, distance=2381)) != first  # a device that has begun to count anew
    assert time_of(later(adapter, 3700)) != first


def test_an_eui_is_written_in_small_or_large_letters() -> None:
    [one] = found(Adapter.THE_THINGS_STACK, UPLINKS[Adapter.THE_THINGS_STACK])
    assert isinstance(one, Observation)
    assert one.device == "X"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"simulated": True}, Reason.BAD_QUALITY),
        ({"uplink_message": {}}, Reason.WRONG_TYPE),
        ({"uplink_message": None}, Reason.WRONG_TYPE),
        ({"end_device_ids": []}, Reason.WRONG_TYPE),
        ({"uplink_message": {"decoded_payload": {"t": 1}, "received_at": "yesterday"}}, Reason.BAD_TIME),
    ],
)
def test_what_is_no_uplink_of_the_things_stack_is_named(change: dict[str, Any], reason: Reason) -> None:
    [one] = found(Adapter.THE_THINGS_STACK, UPLINKS[Adapter.THE_THINGS_STACK] | change)
    assert isinstance(one, Refusal)
    assert one.reason is reason


def test_other_events_of_the_things_stack_are_passed_over() -> None:
    assert found(Adapter.THE_THINGS_STACK, {"end_device_ids": {}, "join_accept": {}}) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"esp8266id": 7, "sensordatavalues": [{"value_type": "t", "value": "-6.50"}]}, [{"air_temperature": -6.5}]),
        ({"esp8266id": "7", "sensordatavalues": [{"value_type": "P", "value": "1"}]}, [Reason.UNKNOWN_METRIC]),
        ({"esp8266id": "7", "sensordatavalues": [{"value_type": "t", "value": "nan"}]}, None),
        ({"esp8266id": "7", "sensordatavalues": [5]}, [Reason.WRONG_TYPE]),
        ({"sensordatavalues": []}, [Reason.WRONG_TYPE]),
        ({"esp8266id": "7"}, [Reason.WRONG_TYPE]),
    ],
)
def test_a_push_of_sensor_community(body: dict[str, Any], told: list[Any] | None) -> None:
    results = found(Adapter.SENSOR_COMMUNITY, body)
    if told is not None:
        assert [one.reason if isinstance(one, Refusal) else one.values for one in results] == told
    assert all(one.quality == 1 for one in results if isinstance(one, Observation))
