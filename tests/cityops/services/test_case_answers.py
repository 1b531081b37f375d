"""What the citizen says of a case when he is asked: it moves the rates, and only acts that ask him can say it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cityops.domain.access import WHOLE_CITY
from cityops.domain.events.acts import Act
from cityops.domain.events.rates import CaseMeasure
from cityops.services.case_orders import NotThereError
from cityops.store.engine import reading, writing
from cityops.store.events import rates
from cityops.store.events.queries import EventFilter
from cityops.store.tables import event
from factories.desk import LEADER, OPERATOR, WATER, Desk


def rates_now(desk: Desk) -> dict[CaseMeasure, tuple[int, int]]:
    """Return numerator and denominator of all rates of all cases."""
    with reading(desk.engine, WHOLE_CITY) as connection:
        found = rates.by_group(connection, EventFilter(), "all", desk.now)["all"]
    return {measure: (rate.numerator, rate.denominator) for measure, rate in found.items()}


@pytest.mark.parametrize(("solved", "satisfied"), [(True, True), (True, False), (False, False), (None, None)])
def test_what_the_citizen_says_moves_the_rates_and_who_was_not_asked_counts_in_none(
    desk: Desk, solved: bool | None, satisfied: bool | None
) -> None:
    desk.closed()
    before = rates_now(desk)
    asked = (CaseMeasure.SOLVED, CaseMeasure.SATISFIED, CaseMeasure.ASKED)
    assert [before[one] for one in asked] == [(0, 0), (0, 0), (0, 1)]
    desk.fed_back()
    desk.act(OPERATOR, Act.CHECK)
    told: dict[str, Any] = {"text": "积水已退", "condition": "积水消退", "solved": solved, "satisfied": satisfied}
    desk.act(OPERATOR, Act.CLOSE, **told)
    given = {name: told[name] for name in ("solved", "satisfied") if told[name] is not None}
    assert desk.acts()[-1]["data"] == {"condition": "积水消退"} | given
    counted = int(satisfied is not None)
    assert [rates_now(desk)[one] for one in asked] == [
        (int(solved is True), counted),
        (int(satisfied is True), counted),
        (counted, 2),
    ]


def test_how_a_case_was_handled_stands_beside_it_once_it_is_over_and_is_what_its_acts_say(desk: Desk) -> None:
    desk.closed()
    over = desk.case
    desk.fed_back()
    assert (desk.column("facts", over) is None, desk.column("facts")) == (False, None)
    kept = rates_now(desk)
    with writing(desk.engine, WHOLE_CITY) as connection:
        connection.execute(update(event).values(facts=None))
    assert rates_now(desk) == kept
    desk.act(OPERATOR, Act.REOPEN, case=over, reason="复发")
    assert desk.column("facts", over) is None
    assert rates_now(desk)[CaseMeasure.REOPENED] == (1, 1)


def test_each_act_on_a_case_that_is_over_counts_it_anew(desk: Desk) -> None:
    desk.step = timedelta(hours=3)  # of a case that is due in two
    desk.closed()
    desk.act(WATER, Act.APPEAL, reason="泵车故障", evidence=desk.files())
    for reviewer in (OPERATOR, LEADER):
        desk.act(reviewer, Act.DECIDE_APPEAL, granted=True, reason="属实")
    with reading(desk.engine, WHOLE_CITY) as connection:
        found = rates.by_group(connection, EventFilter(), "all", desk.now)["all"]
    assert found[CaseMeasure.DONE_IN_TIME] == (0, 1, 1)


def test_an_act_that_asks_nobody_cannot_say_that_somebody_is_satisfied(desk: Desk) -> None:
    desk.dispatched()
    answers: list[dict[str, Any]] = [{"solved": True}, {"satisfied": False}]
    for given in answers:
        with pytest.raises(NotThereError, match="note asks nobody; say it with one of contact"):
            desk.act(WATER, Act.NOTE, text="x", **given)
