"""Cases over HTTP: acted on with the version that was seen, refused with what would do, listed by what waits."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.events.acts import Act
from factories.desk import (
    HAIZHU,
    LEADER,
    LIEDE,
    OPERATOR,
    OTHER,
    STREET,
    TIANHE,
    URBAN,
    WATER,
    Desk,
    department,
    district,
)
from factories.world import World
from fixtures.api import token_of

PONDING: dict[str, Any] = {"class": "road_ponding", "title": "道路积水", "text": "水深及膝", "region": STREET}
STANDARD = "road_ponding-deep"
WALL = Subject("wall", Role.ANALYST, WHOLE_CITY)
HOTLINE = Subject("hotline", Role.ANALYST, Scope(ScopeKind.DEPARTMENTS, frozenset({"hotline"})))


class Asking:
    """Asks the API as each subject."""

    def __init__(self, api: httpx.Client, database_url: str) -> None:
        self._api, self._url, self._tokens = api, database_url, dict[str, str]()

    def __call__(
        self, subject: Subject, path: str, body: object = None, version: str | None = None
    ) -> httpx.Response:
        """Ask: with a body by POST, with a version in If-Match."""
        if subject.name not in self._tokens:
            self._tokens[subject.name] = token_of(self._url, subject)
        headers = {"Authorization": f"Bearer {self._tokens[subject.name]}"}
        headers |= {} if version is None else {"If-Match": version}
        address = f"/api/v1/cases{path}"
        if body is None:
            return self._api.get(address, headers=headers)
        return self._api.post(address, json=body, headers=headers)

    def act(self, subject: Subject, case: int, act: str, **more: Any) -> httpx.Response:
        """Act on a case as it stands."""
        seen = self(LEADER, f"/{case}").headers["etag"]
        return self(subject, f"/{case}/acts", {"act": act, **more}, seen)


@pytest.fixture
def ask(world: World, api: httpx.Client, migrated_database: str) -> Asking:
    """Give the API to whoever asks."""
    return Asking(api, migrated_database)


def reported(ask: Asking, **change: Any) -> int:
    answer = ask(OPERATOR, "", PONDING | change)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_a_case_is_reported_dispatched_and_signed_and_each_answer_is_the_case_as_it_is_then(ask: Asking) -> None:
    answer = ask(OPERATOR, "", PONDING | {"token": "phone-0001"})
    assert answer.status_code == 201, answer.text
    case = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1/cases/{case['id']}")
    assert ask(OPERATOR, "", PONDING | {"token": "phone-0001"}).json()["id"] == case["id"]
    assert (case["source"], case["master"], case["status"], case["version"]) == (
        *("operations-desk", "here", "reported", "0-1"),
    )
    number, version = case["id"], answer.headers["etag"]
    for body in ({"act": "accept"}, {"act": "file", "standard": STANDARD}, {"act": "dispatch", "unit": "water"}):
        answer = ask(OPERATOR, f"/{number}/acts", body, version)
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] != version
        version = answer.headers["etag"]
    signed = ask(WATER, f"/{number}/acts", {"act": "sign"}, version)
    assert (signed.json()["status"], signed.json()["unit"]) == ("signed", {"kind": "department", "code": "water"})
    assert signed.json() == ask(WATER, f"/{number}").json() | {"possible": signed.json()["possible"]}
    assert version != signed.headers["etag"] == ask(LEADER, f"/{number}").headers["etag"]


def test_an_act_without_a_version_is_asked_for_it_and_one_with_a_stale_one_is_told_who_was_first(
    ask: Asking,
) -> None:
    number = reported(ask)
    seen = ask(OPERATOR, f"/{number}").headers["etag"]
    for version in (None, "", "*"):
        answer = ask(OPERATOR, f"/{number}/acts", {"act": "accept"}, version)
        assert (answer.status_code, answer.json()["title"]) == (428, "The version is missing")
    assert ask(OTHER, f"/{number}/acts", {"act": "accept"}, seen).status_code == 200
    answer = ask(OPERATOR, f"/{number}/acts", {"act": "accept"}, seen)
    problem = answer.json()
    assert (answer.status_code, problem["version"]) == (412, "0-2")
    assert answer.headers["etag"] == '"0-2"'
    assert "zhao (operator) accept" in problem["detail"]
    [change] = problem["changes"]
    assert "reported → accepted" in change


def test_an_act_that_is_not_allowed_says_which_would_be_and_who_may(ask: Asking) -> None:
    number = reported(ask)
    answer = ask.act(TIANHE, number, "accept")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert problem["who"]["accept"] == ["operator", "shift_leader"]
    assert {"note", "supplement"} == {*problem["possible"]}
    assert "受理" in problem["detail_zh"]
    lacking = ask.act(OPERATOR, number, "refuse").json()
    assert (lacking["needs"], lacking["status"]) == (["reason"], 409)


def test_what_may_be_done_now_is_offered_and_of_the_rest_why_not(ask: Asking) -> None:
    number = reported(ask)
    case = ask(OPERATOR, f"/{number}").json()
    offered = {one["act"]: one["needs"] for one in case["possible"]}
    assert offered["accept"] == []
    assert offered["refuse"] == ["reason"]
    withheld = {one["act"]: one for one in case["others"]}
    assert not {*offered} & {*withheld}
    assert {*offered} | {*withheld} == {str(act) for act in Act}
    assert withheld["sign"]["who"] == ["district_officer", "street_officer", "department_handler"]
    assert all(one["reason_zh"] and one["reason_en"] for one in case["others"])
    for act, needs in offered.items():  # what is offered is taken, once it brings what it needs
        if not needs and act != "accept":
            assert ask.act(OPERATOR, number, act).status_code == 200


def test_the_clocks_are_explained_interval_by_interval(desk: Desk, ask: Asking) -> None:
    desk.dispatched()
    desk.act(WATER, Act.SIGN)
    desk.act(OPERATOR, Act.POSTPONE, reason="等待天晴", until=desk.now + timedelta(days=1))
    desk.act(OPERATOR, Act.RESUME, reason="天晴")
    case = ask(WATER, f"/{desk.case}").json()
    unit = next(clock for clock in case["clocks"] if clock["clock"] == "unit")
    assert (unit["limit_kind"], unit["amount"], unit["provisional"]) == ("urgent_hours", 2, False)
    assert [span["why"] for span in unit["spans"]] == ["clock", "postponed", "clock"]
    counted = sum(seconds(span) for span in unit["spans"] if span["counted"])
    assert counted == 2 * 3600
    assert unit["spans"][-1]["end"] == unit["due_at"] == case["due_at"]
    accept = next(clock for clock in case["clocks"] if clock["clock"] == "staff_accept")
    assert (accept["limit_kind"], accept["amount"], accept["overdue"], accept["lamp"]) == (
        "seconds",
        900,
        False,
        None,
    )


def seconds(span: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(span[name]) for name in ("start", "end"))
    return (end - start).total_seconds()


def test_the_steps_of_the_source_and_our_acts_are_one_line_of_time(ask: Asking, world: World) -> None:
    world.case("reported", "accepted", external_id="GZ-1", at=world.ago(3600))
    [number] = world.connection.execute("SELECT id FROM event").fetchone() or []
    case = ask(OPERATOR, f"/{number}").json()
    assert (case["master"], case["version"]) == ("source", "1-0")
    assert "take_over" in [one["act"] for one in case["possible"]]
    answer = ask.act(OPERATOR, number, "take_over", text="本中心办理")
    assert answer.status_code == 200, answer.text
    world.case("reported", "accepted", "closed", external_id="GZ-1", at=world.ago(3600))
    steps = ask(OPERATOR, f"/{number}").json()["history"]
    assert [(one["by"], one["act"], one["status"]) for one in steps] == [
        ("source", None, "reported"),
        ("source", None, "accepted"),
        ("source", None, "closed"),
        ("here", "take_over", "accepted"),
    ]
    assert steps[-1]["text"] == "本中心办理"


LISTS = [
    ({"todo": "to_accept"}, {"to_accept"}),
    ({"todo": "to_sign"}, {"to_sign"}),
    ({"todo": "to_handle"}, {"near", "late", "district"}),
    ({"todo": "near_due"}, {"near"}),
    ({"todo": "overdue"}, {"late"}),
    ({"todo": "returned"}, {"returned"}),
    ({"todo": "to_dispatch"}, {"returned"}),
    ({"todo": "to_check"}, {"to_check"}),
    ({"todo": "to_decide"}, {"near"}),
    ({"unit": "water"}, {"to_sign", "near", "late", "returned", "to_check"}),
    ({"unit": "440106"}, {"district"}),
    ({"unit": STREET}, set()),
    ({"unit": "water", "status": "done"}, {"to_check"}),
    ({"mark": "extension_asked"}, {"near"}),
    ({"standard": STANDARD, "status": "filed"}, {"returned"}),
    ({"standard": "road_ponding-drain"}, set()),
    ({"kind": "task"}, set()),
    ({"master": "source"}, {"mirror"}),
    ({"source": "operations-desk", "stage": "handling"}, {"to_check"}),
    ({"q": "mirr"}, {"mirror"}),
    ({"q": "ate"}, {"late"}),
    ({"q": "%"}, set()),
    ({"class": "gas_leak"}, {"mirror"}),
    ({"region": "440105"}, set()),
]


def test_lists_filter_by_what_waits_for_whom(desk: Desk, ask: Asking, world: World) -> None:
    fill(desk, world)
    for asked, expected in LISTS:
        answer = ask(OPERATOR, f"?{httpx.QueryParams(asked)}")
        assert answer.status_code == 200, answer.text
        assert {one["title"] for one in answer.json()["items"]} == expected, asked
    lamps = {one["title"]: one["lamp"] for one in ask(OPERATOR, "").json()["items"]}
    still = dict.fromkeys(("mirror", "to_accept", "returned", "to_check"))
    assert lamps == still | {"near": "yellow", "late": "red", "to_sign": "green", "district": "green"}


def test_counts_by_what_waits_and_by_group(desk: Desk, ask: Asking, world: World) -> None:
    fill(desk, world)

    def counts(subject: Subject, asked: str) -> dict[str, int]:
        return {one["group"]: one["count"] for one in ask(subject, f"/counts?{asked}").json()}

    waiting = ("to_accept", "to_dispatch", "to_sign", "near_due", "overdue", "returned", "to_check", "to_decide")
    todo = dict.fromkeys(waiting, 1) | {"to_handle": 3}
    assert counts(OPERATOR, "") == todo
    assert counts(WATER, "")["to_sign"] == counts(OPERATOR, "unit=water")["to_sign"] == 1
    assert counts(OPERATOR, "by=unit") == {"department:water": 5, "district:440106": 1, "-": 2}
    assert counts(OPERATOR, "by=master") == {"here": 7, "source": 1}
    assert counts(OPERATOR, "by=district") == {"440106": 8}
    assert counts(OPERATOR, "by=standard") == {STANDARD: 6, "-": 2}
    assert counts(HAIZHU, "by=master") == {}
    assert counts(URBAN, "")["overdue"] == 0


def fill(desk: Desk, world: World) -> None:
    """Make a case for each thing that may wait, named by it; the world's now is when they are looked at."""
    desk.now, desk.step = world.ago(130 * 60), timedelta(0)
    desk.dispatched(title="late")
    desk.act(WATER, Act.SIGN)
    desk.now = world.ago(110 * 60)
    desk.dispatched(title="near")
    desk.act(WATER, Act.SIGN)
    desk.act(WATER, Act.ASK_EXTENSION, reason="缺泵")
    desk.now = world.ago(60)
    desk.dispatched(title="to_sign")
    desk.dispatched(title="returned")
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=desk.files())
    desk.dispatched(title="to_check")
    desk.act(WATER, Act.SIGN)
    desk.act(WATER, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    desk.dispatched(district(), title="district")
    desk.act(TIANHE, Act.SIGN)
    desk.report(title="to_accept")
    world.case("reported", external_id="mirror", title="mirror", at=world.now)


def test_what_names_citizens_is_masked_for_those_who_do_not_handle_the_case(ask: Asking) -> None:
    text = "市民张三，电话13800138000"
    number = reported(ask, text=text, address="张三，13800138000", citizen=True)
    ask.act(OPERATOR, number, "note", text=text)
    ask.act(OPERATOR, number, "refuse", reason=text)
    for subject in (OPERATOR, TIANHE, LIEDE):
        case = ask(subject, f"/{number}").json()
        assert (case["description"], case["history"][1]["text"], case["history"][2]["reason"]) == (text, text, text)
    for subject in (WALL,):
        answer = ask(subject, f"/{number}")
        assert "张三" not in answer.text
        assert "13800138000" not in answer.text


def test_a_unit_that_has_a_case_in_hand_outside_its_area_reads_who_reported_it(ask: Asking) -> None:
    number = reported(ask, text="市民张三，电话13800138000", title="张三，13800138000")
    for act in ({"act": "accept"}, {"act": "file", "standard": STANDARD}, {"act": "dispatch", "unit": "440105"}):
        assert ask.act(OPERATOR, number, **act).status_code == 200
    assert "13800138000" in ask(HAIZHU, f"/{number}").json()["description"]
    [one] = ask(HAIZHU, "").json()["items"]
    assert (one["id"], one["title"]) == (number, "张三，13800138000")
    assert ask(URBAN, f"/{number}").status_code == 404
    assert ask(URBAN, f"/{number}/acts", {"act": "note", "text": "x"}, '"0-1"').status_code == 404


def test_who_gave_a_case_back_still_sees_that_it_had_it_and_reads_no_more_who_reported_it(
    ask: Asking, desk: Desk, api: httpx.Client, migrated_database: str
) -> None:
    person = "13800138000"
    number = desk.dispatched(title=f"张三，{person}", description=f"市民张三，电话{person}")
    digest = desk.files()[0]
    headers = {one: {"Authorization": f"Bearer {token_of(migrated_database, one)}"} for one in (WATER, URBAN)}

    def reads(subject: Subject) -> list[bool]:
        """Say of each way to the person whether it leads there."""
        paths = f"cases/{number}", "cases", f"events/{number}", "events"
        told = [api.get(f"/api/v1/{path}", headers=headers[subject]) for path in paths]
        assert [answer.status_code for answer in told] == [200] * len(paths)
        found = api.get("/api/v1/cases", params={"q": person}, headers=headers[subject]).json()["items"]
        files = [api.get(f"/api/v1/{path}", headers=headers[subject]) for path in of_files]
        return [*(person in answer.text for answer in told), bool(found), *(one.status_code == 200 for one in files)]

    of_files = f"cases/{number}/evidence", f"evidence/{digest}"
    assert reads(WATER) == [True] * 7
    desk.act(WATER, Act.RETURN, reason="非本部门职责", evidence=(digest,))
    assert reads(WATER) == [False] * 7
    told = ask(WATER, f"/{number}").json()
    assert [one["act"] for one in told["history"]][-1] == "return"
    assert told["history"][-1]["reason"] == "非本部门职责"
    assert "138****8000" in told["description"]
    desk.act(OPERATOR, Act.DISPATCH, unit=department("urban"))
    desk.act(URBAN, Act.SIGN).act(URBAN, Act.FEED_BACK, text="已抽干", evidence=desk.files())
    desk.act(OPERATOR, Act.CHECK).act(OPERATOR, Act.CLOSE, text="积水已退", condition="积水消退")
    assert (reads(WATER), reads(URBAN)) == ([False] * 7, [True] * 7)  # who had it until it was closed answers for it
    desk.act(LEADER, Act.REOPEN, reason="复发")
    assert reads(URBAN) == [False] * 7


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"act": "report", "text": "x"}, "reported by POST"),
        ({"act": "dance"}, "act"),
        ({"act": "note", "text": "x", "evidence": ["ab" * 32]}, "waits for an act"),
        ({"act": "note", "text": "x", "evidence": ["x"]}, "evidence"),
        ({"act": "dispatch", "unit": "nobody"}, "no department nobody"),
        ({"act": "note", "text": "x", "colour": "red"}, "colour"),
        ({"act": "merge", "into": 999999}, "no case 999999"),
        ({"act": "note", "text": "x" * 4001}, "text"),
        ({"act": "postpone", "reason": "x", "until": "2026-12-01T00:00:00"}, "until"),
    ],
)
def test_an_act_that_cannot_be_read_names_what_is_wrong(ask: Asking, body: dict[str, Any], told: str) -> None:
    number = reported(ask)
    answer = ask(OPERATOR, f"/{number}/acts", body, '"0-1"')
    assert (answer.status_code, told in answer.text) == (422, True), answer.text
    assert len(ask(OPERATOR, f"/{number}").json()["history"]) == 1


def test_reporting_outside_ones_area_is_refused_and_by_those_who_only_look(ask: Asking) -> None:
    assert ask(LIEDE, "", PONDING | {"region": "440105001"}).status_code == 403
    assert ask(WALL, "", PONDING).status_code == 403
    assert ask(LIEDE, "", PONDING).status_code == 201
    answer = ask(OPERATOR, "", PONDING | {"class": "nothing"})
    assert (answer.status_code, "class" in answer.text) == (422, True)


def test_what_the_citizen_says_comes_with_the_act_that_asks_him_as_a_form_sends_it(ask: Asking) -> None:
    number = reported(ask, citizen=True)
    ask.act(OPERATOR, number, "accept")
    answer = ask.act(OPERATOR, number, "contact", text="已电话联系", solved="false", satisfied=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["history"][-1]["data"] == {"solved": False, "satisfied": True}
    refused = ask.act(OPERATOR, number, "note", text="x", satisfied=True)
    assert (refused.status_code, "note asks nobody" in refused.json()["detail"]) == (422, True)


def test_what_ran_out_longest_ago_comes_first_page_by_page_and_what_has_no_clock_last(
    desk: Desk, ask: Asking, world: World
) -> None:
    due = [desk.dispatched() for _ in range(4)]
    desk.report()
    undated = [desk.case, *(desk.report() for _ in range(2))]
    for case, hours in zip(due, (-3, 5, -9, 5), strict=True):
        moment = world.ago(-60 * hours)
        world.connection.execute("UPDATE event SET due_at = %s, warn_at = %s WHERE id = %s", [moment, moment, case])
    expected = [due[2], due[0], due[1], due[3], *undated]
    assert [one["id"] for one in ask(OPERATOR, "?order=due").json()["items"]] == expected
    for limit in (1, 2, 3):
        found, after = [], ""
        for _ in expected:
            page = ask(OPERATOR, f"?order=due&limit={limit}{after}").json()
            found += [one["id"] for one in page["items"]]
            after = f"&after={page['next']}"
            if page["next"] is None:
                break
        assert found == expected, limit
    overdue = ask(OPERATOR, "?order=due&todo=overdue&limit=1").json()
    assert ask(OPERATOR, f"?order=due&todo=overdue&after={overdue['next']}").json()["items"][0]["id"] == due[0]
    newest = ask(OPERATOR, "?limit=1").json()["next"]
    assert ask(OPERATOR, f"?order=due&after={newest}x").status_code == 404
    assert ask(OPERATOR, "?order=oldest").status_code == 422
