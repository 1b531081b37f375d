"""SenML: how the base fields of RFC 8428 resolve, and what a broken record costs."""

import json
from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation
from cityops_ingest.formats.reports import Delivery
from cityops_ingest.formats.routing import Adapter, Measure, Route
from cityops_ingest.formats.translate import decode

NOW_US = 1_795_399_200_000_000
NOW_S = NOW_US // 1_000_000
METRICS: dict[str, str | Measure] = {
    "t": Measure("air_temperature", unit="Cel"),
    "box/t": "air_temperature",
    "e.sum": "power_load",
    "on": "lamp_on",
}


def decoded(*pack: Any) -> list[Observation | Refusal]:
    route = Route("r", Adapter.SENML, "senml/+", "eco-air", dict(METRICS), device="{device}")
    return decode(json.dumps(pack).encode(), Delivery(["senml", "x"], NOW_US), route).items


def test_a_base_holds_until_it_is_changed() -> None:
    found = decoded(
        {"bn": "a:", "bt": NOW_S - 60, "bu": "Cel", "bv": 20, "n": "t", "v": 1},
        {"n": "t", "t": 30, "v": 2},
        {"bn": "b:", "bv": 0, "n": "t", "v": 3},
        {"bn": "c:"},
        {"n": "t", "v": 300, "u": "K"},
        {"n": "t", "v": 4, "u": "kg"},
    )
    assert found[:3] == [
        Observation(0, "a", NOW_US - 60_000_000, {"air_temperature": 21.0}, 0),
        Observation(1, "a", NOW_US - 30_000_000, {"air_temperature": 22.0}, 0),
        Observation(2, "b", NOW_US - 60_000_000, {"air_temperature": 3.0}, 0),
    ]
    assert found[3:] == [
        Observation(4, "c", NOW_US - 60_000_000, {"air_temperature": 26.85}, 0),
        Refusal(5, Reason.ANOTHER_UNIT, "t is in 'kg', route 'r' takes 'Cel'", "air_temperature"),
    ]


@pytest.mark.parametrize(
    ("seconds", "ago_s", "quality"),
    [(NOW_S - 5, 5, 0), (NOW_S - 0.5, 0.5, 0), (-5, 5, 1), (0, 0, 1), (30, -30, 1)],
)
def test_a_small_time_counts_from_now(seconds: float, ago_s: float, quality: int) -> None:
    [one] = decoded({"n": "a:t", "v": 1, "t": seconds})
    assert one == Observation(0, "a", NOW_US - round(ago_s * 1_000_000), {"air_temperature": 1.0}, quality)


@pytest.mark.parametrize(
    ("base", "name", "device"),
    [
        ("urn:dev:mac:0024befffe804ff1:", "t", "urn:dev:mac:0024befffe804ff1"),
        ("urn:dev:ow:264437f5000000ed_", "t", "urn:dev:ow:264437f5000000ed"),
        ("", "urn:dev:ow:264437f5000000ed_t", "urn:dev:ow:264437f5000000ed"),
        ("city/", "a/t", "city/a"),
        ("city/", "box/t", "city"),  # the route maps box/t
        ("a", "t", "a"),
        ("", "t", ""),
    ],
)
def test_a_name_is_a_device_and_a_field(base: str, name: str, device: str) -> None:
    [one] = decoded({"bn": base, "n": name, "v": 1, "t": NOW_S})
    assert isinstance(one, Observation)
    assert one.device == device


def test_sums_and_truth_are_values_and_texts_are_not() -> None:
    assert [
        one.values for one in decoded({"bn": "a:", "bs": 5, "n": "e", "s": 2}) if isinstance(one, Observation)
    ] == [{"power_load": 7.0}]
    assert [one.values for one in decoded({"n": "a:on", "vb": True}) if isinstance(one, Observation)] == [
        {"lamp_on": 1.0}
    ]
    assert decoded({"n": "a:x", "vs": "text"}, {"n": "a:x", "vd": "AA"}, {"bn": "b"}) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (1, Reason.WRONG_TYPE),
        ({"n": 5, "v": 1}, Reason.WRONG_TYPE),
        ({"n": "a:t", "v": "1"}, Reason.WRONG_TYPE),
        ({"n": "a:t", "v": 1, "bver": 11}, Reason.WRONG_TYPE),
        ({"n": "a:t", "v": 1, "special_": 1}, Reason.WRONG_TYPE),
        ({"n": "a:t", "v": 1, "t": 1e300}, Reason.BAD_TIME),
        ({"n": "a:t", "v": 1, "t": NOW_S + 3600}, Reason.TIME_IN_FUTURE),
        ({"n": "a:unmapped", "v": 1}, Reason.UNKNOWN_METRIC),
    ],
)
def test_a_broken_record_costs_no_neighbour(record: Any, reason: Reason) -> None:
    refused, kept = decoded(record, {"n": "a:t", "v": 1}) if "bver" not in str(record) else (*decoded(record), None)
    assert isinstance(refused, Refusal)
    assert (refused.index, refused.reason) == (0, reason)
    assert kept is None or isinstance(kept, Observation)


def test_a_broken_base_costs_what_stands_on_it() -> None:
    found = decoded({"bn": "a:", "n": "t", "v": 1}, {"bn": 7}, {"n": "t", "v": 2})
    assert isinstance(found[0], Observation)
    assert [one.reason for one in found[1:] if isinstance(one, Refusal)] == [Reason.WRONG_TYPE] * 2


def test_a_pack_is_an_array() -> None:
    route = Route("r", Adapter.SENML, "senml/+", "eco-air", {})
    assert decode(b'{"n": "a"}', Delivery(["senml", "x"], NOW_US), route).items == [
        Refusal(0, Reason.WRONG_TYPE, "a SenML pack is an array of records")
    ]
