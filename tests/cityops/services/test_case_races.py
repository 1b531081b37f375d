"""Acts on cases at the same moment, and any walk of acts: one winner each time, and a history without a gap."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.domain.access import WHOLE_CITY, Subject
from cityops.domain.events.acts import Act
from cityops.domain.events.lifecycle import possible
from cityops.errors import CityopsError
from cityops.services import cases
from cityops.services.accounts import AbsentError
from cityops.services.case_clocks import StandardError
from cityops.services.case_orders import NotAllowedError, NotThereError, Order, StaleError
from cityops.store.engine import writing
from cityops.store.events import standings
from factories.desk import EVERYBODY, LEADER, OPERATOR, OTHER, WATER, Desk, department, district, street, whose


def test_of_two_at_once_one_wins_and_the_other_is_told_by_whom(desk: Desk) -> None:
    for prepare, acts_ in (
        (Desk.report, ((OPERATOR, Order(Act.ACCEPT)), (OTHER, Order(Act.REFUSE, reason="不属本市")))),
        (Desk.dispatched, ((WATER, Order(Act.SIGN)), (OPERATOR, Order(Act.ADD_HANDLER, unit=department("urban"))))),
        (Desk.dispatched, ((WATER, Order(Act.SIGN)), (LEADER, Order(Act.VOID, reason="误报")))),
    ):
        prepare(desk)
        seen, before = desk.kept().version, len(desk.acts())
        outcomes = race(desk, seen, acts_)
        assert sorted(map(type, outcomes), key=str) == sorted([type(None), StaleError], key=str)
        loser = next(one for one in outcomes if one is not None)
        [row] = desk.acts()[before:]
        assert f"{row['actor']} ({row['role']}) {row['act']}" in str(loser)
        assert desk.kept().version != seen


def test_of_many_under_one_token_one_is_done_and_all_are_content(desk: Desk) -> None:
    desk.report()
    outcomes = race(desk, desk.kept().version, [(OPERATOR, Order(Act.ACCEPT, token="phone-0003"))] * 6)
    assert outcomes == [None] * 6
    assert [row["act"] for row in desk.acts()] == ["report", "accept"]


def test_two_cases_that_go_into_each_other_at_once_end_with_one_merged(desk: Desk) -> None:
    one, other = desk.report(), desk.report()
    versions = {number: desk.kept(number).version for number in (one, other)}
    gate, outcomes = Barrier(2), list[BaseException | None]()

    def run(number: int, into: int) -> None:
        try:
            with writing(desk.engine, WHOLE_CITY) as connection:
                gate.wait(30)
                cases.act(connection, whose(OPERATOR), number, versions[number], Order(Act.MERGE, into=into))
            outcomes.append(None)
        except CityopsError as error:
            outcomes.append(error)

    threads = [Thread(target=run, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    [refused] = [one for one in outcomes if one is not None]
    assert isinstance(refused, NotAllowedError | NotThereError)  # the other is merged by then, or leads back here
    assert sorted(desk.kept(number).standing.status for number in (one, other)) == ["merged", "reported"]


def race(desk: Desk, version: str, acts_: Sequence[tuple[Subject, Order]]) -> list[BaseException | None]:
    """Do acts at the same moment, each on a connection of its own; return what came of each."""
    gate = Barrier(len(acts_))
    outcomes: list[BaseException | None] = [RuntimeError("it never ended")] * len(acts_)

    def run(place: int, subject: Subject, order: Order) -> None:
        try:
            with writing(desk.engine, subject.scope) as connection:
                gate.wait(30)
                cases.act(connection, whose(subject), desk.case, version, order)
            outcomes[place] = None
        except CityopsError as error:
            outcomes[place] = error

    threads = [Thread(target=run, args=(place, *one)) for place, one in enumerate(acts_)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_walk_of_acts_leaves_what_the_judge_said_and_the_history_tells_it(
    desk: Desk, data: st.DataObject
) -> None:
    desk.report(citizen=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(3, 12))):
        subject = data.draw(st.sampled_from(EVERYBODY))
        kept = desk.kept()
        asker = whose(subject).asker
        offers = [one.act for one in possible(kept.standing, asker, desk.now) if one.allowed]
        order = order_of(data, desk, data.draw(st.sampled_from(offers or [Act.NOTE])))
        try:
            desk.act(subject, order.act, **{name: one for name, one in told_of(order).items() if name != "act"})
        except (NotAllowedError, AbsentError, NotThereError, StandardError):
            assert desk.kept() == kept
            continue
        after = desk.kept()
        assert (after.own_sequence, desk.acts()[-1]["act"]) == (kept.own_sequence + 1, order.act)
        going = [row for row in desk.clocks() if row["stopped_at"] is None]
        assert {row["clock"] for row in going} == after.standing.running | after.standing.paused
        assert len({row["clock"] for row in going}) == len(going)
        assert after.standing.due == next((row["due_at"] for row in going if row["clock"] == "unit"), None)
        assert desk.column("due_at") == after.standing.due
        holds = after.standing.status in standings.IN_HAND
        has = {code for code, (duty, still) in desk.handlers().items() if still and duty == "main"}
        unit = after.standing.unit
        assert (unit is not None and unit.code in has) is (holds and unit is not None)
    kept_acts = desk.acts()
    assert [row["own_sequence"] for row in kept_acts] == [*range(1, len(kept_acts) + 1)]
    assert all(a["to_status"] == b["from_status"] for a, b in pairwise(kept_acts))


def order_of(data: st.DataObject, desk: Desk, act: Act) -> Order:
    """Return an act with all that any act may need."""
    unit = data.draw(st.sampled_from([department("water"), department("urban"), district(), street()]))
    return Order(
        act,
        unit,
        reason="理由",
        text="说明",
        evidence=desk.files(),
        standard=desk.standard if act is Act.FILE else None,
        condition="符合",
        until=desk.now + timedelta(days=2),
        granted=data.draw(st.booleans()),
    )


def told_of(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in Order.__slots__}
