"""What acts change of a case beside state, marks and clocks: each change alone, and that it changes nothing else."""

from dataclasses import fields, replace
from typing import Any

import pytest

from cityops.domain.events.acts import Act, Asker, CaseStanding, Request, Unit, UnitKind
from cityops.domain.events.changes import CHANGES
from cityops.domain.events.facts import Question
from cityops.domain.events.status import Status
from cityops.domain.events.transitions import lifecycle
from factories.judged import DISTRICT, LATER, NOW, OPERATOR, STREET, TIANHE, URBAN, WATER

OTHER = Unit(UnitKind.STREET, "440106001")
CASE = CaseStanding(
    Status.PROCESSING,
    "440106013",
    unit=STREET,
    passed_by=(TIANHE,),
    co_handlers=frozenset({WATER}),
    extensions=1,
    due=LATER,
    refuse_until=LATER,
    standard="old",
    files=1,
    returner="somebody",
    reviewers=frozenset({"one"}),
)


def changed(word: str, who: Asker = OPERATOR, case: CaseStanding = CASE, **asked: Any) -> dict[str, Any]:
    """Return what a change alters, by the name of the field."""
    after = CHANGES[word](Question(case, who, Request(Act.NOTE, **asked), NOW, lifecycle().limits), case)
    both = ((field.name, getattr(case, field.name), getattr(after, field.name)) for field in fields(case))
    return {name: new for name, old, new in both if new != old}


RUN = {"passed_by": (), "extensions": 0, "due": None, "refuse_until": None}


@pytest.mark.parametrize(
    ("word", "asked", "expected"),
    [
        ("assign", {"unit": URBAN}, RUN | {"unit": URBAN}),
        ("assign", {"unit": WATER}, RUN | {"unit": WATER, "co_handlers": frozenset()}),
        ("assign_again", {"unit": STREET}, {"passed_by": (), "refuse_until": None}),
        ("hand_back", {}, {"unit": TIANHE, "passed_by": (), "refuse_until": None}),
        ("use_return", {}, {"returned_by": frozenset({STREET})}),
        ("remember_returner", {}, {"returner": OPERATOR.name}),
        ("forget_returner", {}, {"returner": None}),
        ("arbitrate", {"unit": URBAN}, {"arbitrated": URBAN}),
        ("add_handler", {"unit": URBAN}, {"co_handlers": frozenset({WATER, URBAN})}),
        ("choose_standard", {"standard": "new"}, {"standard": "new"}),
        ("choose_standard", {}, {}),
        ("add_files", {"evidence": 2}, {"files": 3}),
        ("attach", {}, {"child": True}),
        ("count_extension", {}, {"extensions": 2}),
        ("wait_until", {"until": LATER}, {"until": LATER}),
        ("review", {}, {"reviewers": frozenset({"one", OPERATOR.name})}),
        ("end_review", {}, {"reviewers": frozenset()}),
    ],
)
def test_a_change_alters_what_it_says_and_nothing_else(
    word: str, asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert changed(word, **asked) == expected


def test_a_district_passes_down_what_it_has_in_hand() -> None:
    case = replace(CASE, unit=TIANHE, passed_by=(), co_handlers=frozenset({STREET, WATER}))
    assert changed("pass_down", DISTRICT, case, unit=STREET) == {
        "unit": STREET,
        "passed_by": (TIANHE,),
        "co_handlers": frozenset({WATER}),
        "refuse_until": None,
    }


def test_a_district_gives_it_to_another_street_or_takes_it_back() -> None:
    assert changed("pass_again", DISTRICT, unit=OTHER) == {"unit": OTHER, "refuse_until": None}
    assert changed("pass_again", DISTRICT, unit=TIANHE) == {"unit": TIANHE, "passed_by": (), "refuse_until": None}


def test_every_change_is_used_and_tested() -> None:
    used = {word for _, way in lifecycle().transitions() for word in way.does}
    assert used == set(CHANGES)
