"""The judge against its data: every state, act, role and relation, and whatever may be true of a case."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from itertools import product
from typing import Any

import pytest

from cityops.domain import events
from cityops.domain.access import Role, ScopeKind
from cityops.domain.events.acts import (
    Act,
    Allowed,
    Asker,
    CaseKind,
    CaseStanding,
    Clock,
    Denied,
    Mark,
    Master,
    Need,
    Request,
)
from cityops.domain.events.facts import OF_THE_CASE, Question
from cityops.domain.events.lifecycle import judge, possible
from cityops.domain.events.status import Status
from cityops.domain.events.transitions import lifecycle
from factories.judged import (
    DISTRICT,
    HELPER,
    HOLDER,
    LATER,
    LEADER,
    NOW,
    OPERATOR,
    PLATFORM,
    STREET,
    TIANHE,
    WATER,
    asker,
    request,
)

DATA = tomllib.loads((files(events) / "lifecycle.toml").read_text(encoding="utf-8"))

ASKERS: dict[Asker, set[str]] = {
    OPERATOR: {"sees", "place"},
    asker(Role.OPERATOR, ScopeKind.DISTRICTS, "440106"): {"sees", "place"},
    asker(Role.OPERATOR, ScopeKind.DISTRICTS, "440105"): {"sees"},
    LEADER: {"sees", "place"},
    asker(Role.SHIFT_LEADER, ScopeKind.DISTRICTS, "440105"): {"sees"},
    HOLDER: {"sees", "holder", "place"},
    asker(Role.STREET_OFFICER, ScopeKind.STREETS, "440106001"): {"sees"},
    DISTRICT: {"sees", "passed_by", "above", "place"},
    asker(Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS, "440105"): {"sees"},
    HELPER: {"sees", "co_handler"},
    asker(Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS, "urban"): {"sees"},
    asker(Role.ANALYST): {"sees", "place"},
    asker(Role.DATA_STEWARD): {"sees", "place"},
    asker(Role.ADMINISTRATOR): {"sees", "place"},
    asker(Role.WALL_DISPLAY): {"sees", "place"},
    asker(Role.SOURCE_SYSTEM, ScopeKind.SOURCES, "hotline-12345"): {"sees"},
    PLATFORM: {"sees", "place"},
}
"""Who asks, and what he is to the case below."""

CASE = CaseStanding(
    Status.PROCESSING, "440106013", unit=STREET, passed_by=(TIANHE,), co_handlers=frozenset({WATER}), standard="x"
)
VARIANTS = (
    *(replace(CASE, marks=frozenset({mark})) for mark in Mark),
    replace(CASE, marks=frozenset({Mark.LOCKED, Mark.SUPERVISED, Mark.POSTPONED})),
    replace(CASE, passed_by=(), arbitrated=STREET),
    replace(CASE, passed_by=(), refuse_until=NOW - timedelta(seconds=1)),
    replace(CASE, returned_by=frozenset({STREET}), paused=frozenset({Clock.UNIT})),
    replace(CASE, overdue=True),
    replace(
        CASE, overdue=True, marks=frozenset({Mark.APPEALED, Mark.APPEAL_OPEN}), reviewers=frozenset({OPERATOR.name})
    ),
    replace(CASE, children=2, children_open=1),
    replace(CASE, children=2),
    replace(CASE, child=True, citizen=True),
    replace(CASE, extensions=2, due=LATER),
    replace(CASE, due=NOW - timedelta(seconds=1)),
    replace(CASE, marks=frozenset({Mark.POSTPONED}), until=NOW),
    replace(CASE, marks=frozenset({Mark.SUSPENDED, Mark.SUSPENDED_ONCE}), until=LATER),
    replace(CASE, returner=OPERATOR.name, marks=frozenset({Mark.RETURNED})),
)


def ways(act: str, case: CaseStanding, who: Asker, related: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the transitions of the file that fit a case and who asks, read as it stands there."""
    question = Question(case, who, Request(Act(act)), NOW, lifecycle().limits)
    for way in DATA["acts"][act]["transitions"]:
        parties = [DATA["parties"][name] for name in way["who"]]
        unless = way.get("unless", []) + ([] if DATA["acts"][act].get("locked") else ["locked"])
        if (
            case.status in way.get("from", [])
            and case.kind in way.get("kinds", ["case", "task"])
            and case.master in way.get("masters", ["here"])
            and any(is_of(party, who, related) for party in parties)
            and all(OF_THE_CASE[one](question) for one in way.get("when", []) if one in OF_THE_CASE)
            and not any(OF_THE_CASE[one](question) for one in unless if one in OF_THE_CASE)
        ):
            yield way


def is_of(party: dict[str, Any], who: Asker, related: set[str]) -> bool:
    """Whether who asks is of a party: by role, or the platform by having none, and by what he is to the case."""
    by_role = who.role in party["roles"] if party["roles"] else who.role is None
    return by_role and party["relation"] in related


def check(case: CaseStanding, who: Asker, related: set[str]) -> int:
    """Hold all that is offered against the file; return how many acts may be done."""
    offers = possible(case, who, NOW)
    assert [offer.act for offer in offers] == [*map(Act, DATA["acts"])]
    for offer in offers:
        fit = [*ways(offer.act, case, who, related)]
        assert offer.allowed is bool(fit), (offer.act, case, who)
        if fit:
            assert set(offer.needs) == {*map(Need, set.intersection(*({*way.get("needs", [])} for way in fit)))}
        else:
            assert offer.reason_zh
            assert offer.reason_en
    return sum(offer.allowed for offer in offers)


@pytest.mark.parametrize("status", Status)
def test_what_is_offered_is_what_the_file_says_for_every_role_kind_and_master(status: Status) -> None:
    for (who, related), kind, master in product(ASKERS.items(), CaseKind, Master):
        check(replace(CASE, status=status, kind=kind, master=master), who, related)


@pytest.mark.parametrize("status", Status)
def test_what_is_offered_is_what_the_file_says_whatever_is_true_of_the_case(status: Status) -> None:
    for variant, who in product(VARIANTS, (OPERATOR, LEADER, HOLDER, PLATFORM)):
        check(replace(variant, status=status), who, ASKERS[who])


@pytest.mark.parametrize("status", Status)
def test_every_act_asked_for_leads_where_the_file_says_or_is_refused_with_what_would_do(status: Status) -> None:
    case = replace(CASE, status=status, passed_by=())
    people = (OPERATOR, LEADER, HOLDER, PLATFORM)
    offers = {who: {offer.act for offer in possible(case, who, NOW) if offer.allowed} for who in people}
    for act, who in product(Act, people):
        judged = judge(case, who, request(act, unit=TIANHE, into=CASE), NOW)
        fit = [*ways(act, case, who, ASKERS[who])]
        if isinstance(judged, Allowed):
            assert judged.to in {way.get("to", case.status) for way in fit}
            assert judged.to is judged.after.status
            continue
        assert set(judged.possible) == offers[who]
        assert all(lifecycle().acts[one].zh in judged.reason_zh for one in (act, *offers[who]))
        assert all(lifecycle().acts[one].en in judged.reason_en for one in (act, *offers[who]))
        assert judged.who[act] == roles(act, case)
        assert {one for one in judged.who if one is not act} == {
            one for one in Act if one is not act and starts(one, case)
        }


def starts(act: Act, case: CaseStanding) -> list[dict[str, Any]]:
    """Return the transitions of an act that lead on from where a case stands, whoever asks."""
    ways_ = DATA["acts"][act]["transitions"]
    fit = (way for way in ways_ if case.kind in way.get("kinds", ["case", "task"]))
    return [way for way in fit if case.status in way.get("from", []) and case.master in way.get("masters", ["here"])]


def roles(act: Act, case: CaseStanding) -> tuple[Role, ...]:
    """Return who may do an act from here, or at all where nobody may from here."""
    usual = [way for way in DATA["acts"][act]["transitions"] if case.kind in way.get("kinds", ["case", "task"])]
    named = {name for way in starts(act, case) or usual for name in way["who"]}
    return tuple(role for role in Role if any(role in DATA["parties"][name]["roles"] for name in named))


def test_the_end_of_a_pause_is_kept_while_it_lasts_and_gone_after_it() -> None:
    case = replace(CASE, marks=frozenset({Mark.POSTPONED}), until=LATER, paused=frozenset({Clock.UNIT}))
    noted = judge(case, OPERATOR, request(Act.NOTE), NOW)
    resumed = judge(case, OPERATOR, request(Act.RESUME), NOW)
    assert isinstance(noted, Allowed)
    assert isinstance(resumed, Allowed)
    assert (noted.after.until, resumed.after.until) == (LATER, None)


def test_whoever_may_do_nothing_is_told_so() -> None:
    judged = judge(CASE, asker(Role.ANALYST), request(Act.NOTE), NOW)
    assert isinstance(judged, Denied)
    assert judged.reason_zh == ("批注：由看得到本案的处置人员办理，您不是。现在您可以：无。")
    assert judged.reason_en == (
        "note: it is done by whoever handles cases and sees this one, which you are not. "
        "What you may do now: nothing."
    )


def test_nothing_is_said_of_the_way_that_was_not_meant() -> None:
    """A return to the centre is refused for its own reasons, not because no district passed the case down."""
    judged = judge(
        replace(CASE, passed_by=(), status=Status.SIGNED, arbitrated=STREET), HOLDER, request(Act.RETURN), NOW
    )
    assert isinstance(judged, Denied)
    assert judged.reason_en.startswith("return: arbitration has named the unit, which is final. What")


WANTED: dict[str, dict[str, Any]] = {
    "forwarded": {"passed_by": (TIANHE,)},
    "disputed": {"returned_by": frozenset({WATER})},
    "clock_paused": {"paused": frozenset({Clock.UNIT})},
    "waiting": {"marks": frozenset({Mark.POSTPONED}), "until": NOW},
    "overdue": {"overdue": True},
    "citizen": {"citizen": True},
    "last_review": {"reviewers": frozenset({"another"})},
    "below": {"unit": TIANHE},
    "own_or_below": {"passed_by": (TIANHE,)},
}
"""What makes these facts hold of a case; others are marks, or hold by what is asked."""
BY_PARTY = {
    "staff": OPERATOR,
    "leader": LEADER,
    "holder": HOLDER,
    "co_handler": HELPER,
    "passer": DISTRICT,
    "superior": DISTRICT,
    "viewer": OPERATOR,
    "platform": PLATFORM,
}


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.REPORT])
def test_every_transition_of_the_file_can_be_taken_from_each_of_its_states_by_each_of_its_parties(act: Act) -> None:
    for way in lifecycle().acts[act].transitions:
        for status, kind, name in product(way.sources, way.kinds, way.who):
            case = CaseStanding(status, "440106013", kind=kind, unit=STREET, co_handlers=frozenset({WATER}))
            marks = frozenset(Mark(word) for word in way.when if word in {*Mark})
            case = replace(case, marks=marks, standard="x")
            for word in way.when:
                case = replace(case, **WANTED.get(word, {}))
            unit = STREET if {"same_unit", "below"} & {*way.when} else TIANHE
            who = DISTRICT if case.unit == TIANHE and name == "holder" else BY_PARTY[name]
            asked = request(act, unit=unit, granted="granted" not in way.unless, into=CASE)
            judged = judge(replace(case, master=way.masters[-1]), who, asked, NOW)
            assert isinstance(judged, Allowed), (way, judged)
            assert judged.to is way.leads(status)


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.REPORT])
def test_nothing_is_done_with_a_case_that_was_not_reported(act: Act) -> None:
    judged = judge(None, LEADER, request(act), NOW)
    assert isinstance(judged, Denied)
    assert judged.possible == (Act.REPORT,)


@pytest.mark.parametrize("need", Need)
def test_what_an_act_needs_is_asked_for_by_name(need: Need) -> None:
    found = 0
    for (act, way), who in product(lifecycle().transitions(), (OPERATOR, LEADER, HOLDER)):
        if need not in way.needs or not way.sources:
            continue
        marks = frozenset(Mark(word) for word in way.when if word in {*Mark})
        case = replace(CASE, status=way.sources[0], kind=way.kinds[0], passed_by=(), standard=None, marks=marks)
        offer = next(one for one in possible(case, who, NOW) if one.act is act)
        bare = judge(case, who, Request(act), NOW)
        if offer.allowed and isinstance(bare, Denied):
            assert {*offer.needs} <= {*bare.needs}
            assert lifecycle().needs[need].zh in bare.reason_zh
            found += 1
    assert found


def test_blank_text_is_no_text() -> None:
    judged = judge(CASE, OPERATOR, Request(Act.NOTE, text="  "), NOW)
    assert isinstance(judged, Denied)
    assert judged.needs == (Need.TEXT,)


def test_a_case_of_a_source_says_who_moves_it_and_what_is_left() -> None:
    judged = judge(replace(CASE, master=Master.SOURCE), LEADER, request(Act.CLOSE), NOW)
    assert isinstance(judged, Denied)
    assert "本案由来源系统办理，在这里只能督办、批注、补充" in judged.reason_zh
    assert judged.possible == (Act.SUPERVISE, Act.NOTE, Act.SUPPLEMENT)
