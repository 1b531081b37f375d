"""The page of a case: its clocks, its way here, what may be done and why not yet, in both languages."""

import pytest
from playwright.sync_api import Page, expect

from cityops.domain.events.acts import Act
from factories.desk import LIEDE, OPERATOR, URBAN, WATER, Desk
from fixtures.officers import Office


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("处置计时", "派遣 → 市水务局 wang", "签收", "还不能反馈：", "剩")),
        ("en", ("handling", "dispatch → Water Affairs wang", "sign for", "Not yet possible", "left")),
    ],
)
def test_a_case_shows_its_clocks_its_history_and_what_may_be_done(
    desk: Desk, office: Office, phone: Page, lang: str, words: tuple[str, ...]
) -> None:
    desk.dispatched()
    page = office.shown(phone, WATER, f"/cases/{desk.case}?lang={lang}")
    expect(page.locator(".bottom form button").first).to_be_visible()
    assert page.locator(".clocks .bar").count() == 3
    assert page.locator("ol.history li").count() == 4
    text = page.locator("main").inner_text()
    assert [word for word in words if word not in text] == [], text
    assert page.locator(".why").inner_text().strip()


def test_what_is_done_on_the_page_moves_the_case_and_the_page(desk: Desk, office: Office, phone: Page) -> None:
    desk.dispatched()
    page = office.shown(phone, WATER, f"/cases/{desk.case}")
    page.get_by_role("button", name="签收").click()
    expect(page.locator("ol.history li")).to_have_count(5)
    assert desk.column("status") == "signed"


def test_who_may_do_nothing_is_told_so_or_finds_no_such_case(desk: Desk, office: Office, phone: Page) -> None:
    desk.dispatched()
    page = office.shown(phone, LIEDE, f"/cases/{desk.case}")
    expect(page.locator("h1")).to_have_text("道路积水")
    assert page.locator("[value=sign]").count() == 0
    with office.asks(URBAN) as asks:
        assert asks.get(f"/cases/{desk.case}").status_code == 404
        assert asks.get("/cases/999999").status_code == 404
        assert asks.get("/cases/x").status_code == 404


def test_a_case_that_somebody_else_moved_is_not_acted_on_unseen(desk: Desk, office: Office, phone: Page) -> None:
    desk.report()
    page = office.shown(phone, OPERATOR, f"/cases/{desk.case}")
    button = page.locator("form:has([value=accept]) button")
    expect(button).to_be_visible()
    desk.act(OPERATOR, Act.ACCEPT)
    button.click()
    expect(page.locator("#refused li")).to_have_count(1)
    page.locator("#refused button").click()
    expect(page.locator("#refused li")).to_have_count(0)
