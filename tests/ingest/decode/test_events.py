"""Decoding of event records: the steps that are taken and each reason for which one is refused."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cityops.domain.events.reported import EventStep
from cityops.domain.rejects import Reason
from cityops_ingest.decode.events import Vocabulary, decode
from cityops_ingest.decode.items import Refusal

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WORDS = Vocabulary(frozenset({"road_ponding"}), frozenset({"440106", "440106013"}))
GOOD: dict[str, Any] = {
    "external_id": "2026-0001",
    "sequence": 0,
    "class": "road_ponding",
    "status": "reported",
    "title": "猎德街道花城大道积水约15厘米",
    "region": "440106013",
    "occurred_at": "2026-11-23T07:50:00Z",
    "status_at": "2026-11-23T15:55:00+08:00",
}


def decoded(*items: dict[str, Any]) -> list[tuple[int, EventStep] | Refusal]:
    return list(decode(msgspec.json.encode(items), "hotline-12345", NOW, WORDS))


def test_a_step_keeps_what_the_source_said() -> None:
    [(index, step)] = [one for one in decoded(GOOD) if not isinstance(one, Refusal)]
    assert index == 0
    assert step.key == ("hotline-12345", "2026-0001", 0)
    assert (step.severity, step.status, step.region_code) == ("normal", "reported", "440106013")
    assert step.status_at == datetime(2026, 11, 23, 7, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"class": "no_such"}, Reason.UNKNOWN_CLASS),
        ({"region": "999999"}, Reason.UNKNOWN_REGION),
        ({"status": "lost"}, Reason.UNKNOWN_STATUS),
        ({"severity": "terrible"}, Reason.UNKNOWN_STATUS),
        ({"external_id": ""}, Reason.WRONG_TYPE),
        ({"external_id": "x" * 101}, Reason.TOO_LONG),
        ({"title": "x" * 201}, Reason.TOO_LONG),
        ({"description": "x" * 4001}, Reason.TOO_LONG),
        ({"sequence": -1}, Reason.WRONG_TYPE),
        ({"sequence": 2**31}, Reason.WRONG_TYPE),
        ({"occurred_at": "2026-11-23T07:50:00"}, Reason.BAD_TIME),
        ({"status_at": "2026-11-23T09:00:00Z"}, Reason.TIME_IN_FUTURE),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, Reason.TIME_TOO_OLD),
    ],
)
def test_what_is_wrong_has_a_name_and_costs_no_neighbour(change: dict[str, Any], reason: Reason) -> None:
    before, refused, after = decoded(GOOD, GOOD | change, GOOD | {"sequence": 1})
    assert isinstance(refused, Refusal)
    assert (refused.index, refused.reason) == (1, reason)
    assert not isinstance(before, Refusal)
    assert not isinstance(after, Refusal)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"lon": 0, "lat": 0}, "place 0, 0"),
        ({"lon": "0", "lat": "0.0"}, "place 0, 0"),
        ({"lon": 500.0, "lat": 23.0}, "not in or near the city"),
        ({"lon": 113.0}, "both lon and lat"),
        ({"lon": 23.1, "lat": 113.3}, "lon and lat are changed over"),
        ({"lon": 116.4, "lat": 39.9}, "not in or near the city"),
        ({"lon": 38400000.0, "lat": 2560000.0}, "not in or near the city"),
        ({"lon": "", "lat": ""}, "not in or near the city"),
        ({"lon": [], "lat": {}}, "not in or near the city"),
    ],
)
def test_a_place_that_cannot_be_costs_only_itself(place: dict[str, Any], told: str) -> None:
    refused, taken = decoded(GOOD | place)
    assert isinstance(refused, Refusal)
    assert (refused.reason, told in refused.detail) == (Reason.IMPOSSIBLE_PLACE, True)
    assert not isinstance(taken, Refusal)
    assert (taken[1].lon, taken[1].lat) == (None, None)


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ({"lon": 113.33, "lat": 23.12}, (113.33, 23.12)),
        ({"lon": "113.33", "lat": "23.12"}, (113.33, 23.12)),
        ({"lon": None, "lat": None}, (None, None)),
    ],
)
def test_a_place_in_the_city_is_kept(place: dict[str, Any], kept: tuple[float | None, ...]) -> None:
    [taken] = decoded(GOOD | place)
    assert not isinstance(taken, Refusal)
    assert (taken[1].lon, taken[1].lat) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("440106013000", "440106013"),
        ("440106000000", "440106"),
        ("440106013", "440106013"),
        ("440106", "440106"),
    ],
)
def test_a_region_of_twelve_digits_is_its_street_or_district(given: str, kept: str) -> None:
    [taken] = decoded(GOOD | {"region": given})
    assert not isinstance(taken, Refusal)
    assert taken[1].region_code == kept


def test_a_community_is_refused_with_its_street() -> None:
    [refused] = decoded(GOOD | {"region": "440106013007"})
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.UNKNOWN_REGION
    assert "communities are not known" in refused.detail
    assert "440106013" in refused.detail.replace("440106013007", "")


@pytest.mark.parametrize("moment", ["2026-11-23T07:49:60Z", "1795420199999.999", 1795420199999.999])
def test_times_of_a_case_are_read_like_those_of_readings(moment: object) -> None:
    [taken] = decoded(GOOD | {"occurred_at": moment})
    assert not isinstance(taken, Refusal)
    assert abs(taken[1].occurred_at.timestamp() - 1795420199.999999) < 1e-5
