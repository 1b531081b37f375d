"""The handover of a shift: two people confirm it, each in a browser of their own; what was open stands in it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops_dashboards.pages.desk.handovers import regions, shift, told
from factories.desk import ANALYST, OPERATOR, OTHER, Desk, street
from fixtures.browser import NewPage
from fixtures.officers import Office

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
LEVELS = {"red": 2, "orange": 1, "yellow": 0, "blue": 0}
COUNTED = {
    "cases": {"open": 3, "urgent": 1, "found": 1, "dispatched": 0, "handling": 2},
    "alarms": {"open": 3, "unacknowledged": 3, "quiet": 0} | LEVELS,
}
ROW: dict[str, Any] = {
    "id": 7,
    "region_code": "440106",
    "seat": "1",
    "from_account": "li",
    "to_account": "wu",
    "notes": "",
    "counted": COUNTED,
    "offered_at": "2026-11-27T03:00:00Z",
    "settled_at": None,
    "outcome": None,
    "reason": None,
}


def test_a_shift_is_handed_over_by_one_and_confirmed_by_the_other(
    desk: Desk, office: Office, new_page: NewPage
) -> None:
    desk.dispatched(street(), title="天河路与体育东路交叉口积水漫过人行道")
    giver = office.shown(new_page(1440, 900, known=False), OPERATOR, "/desk")
    office.cookie(OTHER)
    giver.locator(".ways-more summary").click()
    giver.get_by_role("link", name="交接班").click()
    giver.locator("[name=seat]").fill("值班长席")
    giver.locator("[name=to]").fill("zhao")
    giver.locator("[name=notes]").fill("车陂路积水，已派\n盯紧猎德大道")
    giver.get_by_role("button", name="确认交班").click()
    card = giver.locator("article.shift-card")
    expect(card).to_contain_text("接班人 zhao，尚未确认")
    expect(card.get_by_role("button", name="撤回")).to_be_visible()
    assert card.get_by_role("button", name="确认接班").count() == 0
    taker = office.shown(new_page(1440, 900, known=False), OTHER, "/handover")
    offered = taker.locator("article.shift-card.is-mine")
    expect(offered.locator(".said")).to_have_text("车陂路积水，已派\n盯紧猎德大道")
    expect(offered.locator(".counted")).to_contain_text("未办结案件 1（派单 1）")
    offered.get_by_role("button", name="确认接班").click()
    for page in (taker, giver):
        expect(page.locator("article.shift-card")).to_have_count(0)
        expect(page.locator(".seat")).to_contain_text("zhao")
        past = page.locator(".shift-past")
        past.locator("summary").click()
        expect(past).to_contain_text("交班人 wang")
        expect(past).to_contain_text("接班人 zhao")
        expect(page.locator("#refused li")).to_have_count(0)


def test_who_sits_in_no_seat_is_told_so(office: Office) -> None:
    with office.asks(ANALYST) as asks:
        answer = asks.get("/handover")
        assert (answer.status_code, "值班人员" in answer.text) == (403, True)
        assert "/handover" not in asks.get("/desk").text


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        ("zh", ("未解除告警 3（红 2 · 橙 1 · 未确认 3）", "未办结案件 3（发现 1 · 处置 2 · 急件 1）")),
        (
            "en",
            ("Open alarms 3 (Red 2 · Orange 1 · unacknowledged 3)", "Open cases 3 (Found 1 · Handling 2 · urgent 1)"),
        ),
    ],
)
def test_what_was_open_is_told_in_a_line_each(lang: str, lines: tuple[str, str]) -> None:
    found = told(COUNTED, lang)
    assert (found["alarms"], found["cases"]) == lines


def test_nothing_open_is_told_as_such() -> None:
    empty = {noun: dict.fromkeys(counted, 0) for noun, counted in COUNTED.items()}
    assert told(empty, "zh") == {"alarms": "未解除告警 0", "cases": "未办结案件 0"}


def test_each_is_offered_their_own_part_of_what_is_not_settled() -> None:
    parts = {mine: shift(ROW, mine, NOW, "zh")["part"] for mine in ("li", "wu", "he")}
    assert parts == {"li": "withdraw", "wu": "answer", "he": None}
    settled = shift(ROW | {"settled_at": "2026-11-27T03:05:00Z", "outcome": "accepted"}, "wu", NOW, "zh")
    assert (settled["part"], settled["offered"], settled["settled"]) == (None, "11:00", "11:05")


def test_seats_are_those_of_the_city_and_of_districts_within_the_area() -> None:
    assert [code for code, _ in regions(Scope(ScopeKind.DISTRICTS, frozenset({"440105"})), "zh")] == ["440105"]
    assert regions(WHOLE_CITY, "zh")[0] == ("440100", "广州市")
    assert len(regions(WHOLE_CITY, "en")) == 12
