"""A case as a card of the to-do: what it says, and the next thing to do about it in each state."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops_dashboards.pages.todo.cards import NEXT, card

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def told(lang: str = "zh", **changes: Any) -> dict[str, Any]:
    row = {
        "id": 7, "version": "0-3", "external_id": "GZ-7", "title": "积水", "lamp": "yellow",
        "due_at": NOW.isoformat(),
        "occurred_at": NOW.isoformat(), "region_code": "440106013", "unit": {"kind": "district", "code": "440106"},
        "status": "dispatched", "severity": "urgent", "class_code": "road_ponding", "marks": [],
    }  # fmt: skip
    return card(row | changes, NOW, lang)


def test_a_card_says_where_what_whose_since_when() -> None:
    found = told()
    assert (found["place"], found["kind"], found["unit"]) == ("天河区 猎德街道", "道路积水", "天河区")
    assert (found["occurred"], found["status"], found["severity"]) == ("12:00", "已派单", "急")
    assert told("en")["kind"] == "Road waterlogging"


def test_a_usual_case_says_nothing_of_its_urgency() -> None:
    assert told(severity="normal")["severity"] is None


@pytest.mark.parametrize("status", OPEN_STATUSES)
def test_every_open_case_has_a_next_thing_to_do(status: Status) -> None:
    assert told(status=status.value)["next"] is NEXT[status]
    assert told(status=status.value)["next_name"]


def test_a_case_that_is_closed_has_none() -> None:
    assert told(status="closed")["next"] is None


def test_what_needs_nothing_is_done_by_one_tap() -> None:
    assert told()["at_once"]
    assert told(status="reported")["at_once"]
    assert not told(status="filed")["at_once"]  # a unit has to be named


def test_marks_are_told_that_whoever_must_act_has_to_know() -> None:
    assert told(marks=["returned", "suspended_once", "supervised"])["marks"] == ["已退回", "督办待答复"]


def test_without_a_clock_the_lamp_is_green_and_beyond_its_end_the_card_is_overdue() -> None:
    assert told(lamp=None, due_at=None)["lamp"] == "green"
    assert not told()["is_overdue"]
    assert told(lamp="red")["is_overdue"]
