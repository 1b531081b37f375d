"""Decoding of event records: the steps that are taken and each reason for which one is refused."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cityops.domain.rejects import Reason
from cityops.store.events import EventStep
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
        ({"lon": 500.0, "lat": 23.0}, Reason.OUT_OF_RANGE),
        ({"lon": 113.0}, Reason.OUT_OF_RANGE),
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
