"""The to-do on a phone: what waits for whoever looks, done by a tap; and a report with its photo."""

import pytest
from playwright.sync_api import Page, expect

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.events.acts import Act
from factories.desk import LIEDE, OPERATOR, STREET, URBAN, Desk, street
from factories.photos import jpeg
from fixtures.officers import Office

LIAISON = Subject("chigang", Role.DATA_LIAISON, Scope(ScopeKind.STREETS, frozenset({"440105001"})))


def test_a_street_officer_finds_what_waits_and_signs_for_it_by_one_tap(
    desk: Desk, office: Office, phone: Page
) -> None:
    desk.dispatched(street())
    page = office.shown(phone, LIEDE, "/todo")
    card = page.locator("article.card")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("道路积水")
    expect(page.locator(".segments [aria-current]")).to_contain_text("1")
    card.get_by_role("button", name="签收").click()
    expect(page.locator(".segments [aria-current]")).to_contain_text("处置中")  # the next thing to do about it
    expect(card.get_by_role("button", name="签收")).to_have_count(0)
    expect(page.locator("#line")).to_be_hidden()
    assert desk.column("status") == "signed"
    assert [(one["act"], one["actor"]) for one in desk.acts()][-1] == ("sign", "liede")


def test_what_waits_for_others_is_not_listed(desk: Desk, office: Office, phone: Page) -> None:
    desk.dispatched()
    page = office.shown(phone, LIEDE, "/todo")
    expect(page.locator("p.empty")).to_be_visible()
    page = office.shown(phone, URBAN, "/todo")
    expect(page.locator("p.empty")).to_be_visible()


def test_the_centre_finds_what_is_to_be_dispatched(desk: Desk, office: Office, phone: Page) -> None:
    desk.report()
    desk.act(OPERATOR, Act.ACCEPT)
    page = office.shown(phone, OPERATOR, "/todo")
    expect(page.locator(".segments [aria-current]")).to_contain_text("受理")
    desk.act(OPERATOR, Act.FILE, standard=desk.standard)
    page.reload()
    expect(page.locator(".segments [aria-current]")).to_contain_text("派遣")
    page.locator("article.card a.is-first").click()
    page.wait_for_url(f"**/cases/{desk.case}#dispatch")
    expect(page.locator("form:has([value=dispatch]) select")).to_be_visible()


def test_who_fills_in_forms_is_led_to_the_sheets_that_press(desk: Desk, office: Office, phone: Page) -> None:
    office.shown(phone, LIAISON, "/todo")
    line = phone.locator(".sheets-due")
    expect(line).to_contain_text("逾期")
    expect(phone.locator(".segments")).to_have_count(0)  # handles no cases
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the phone"
    line.get_by_role("link", name="逾期").click()
    expect(phone.locator(".filling-row").first).to_contain_text("逾期")
    with office.asks(LIEDE) as asks:
        assert "sheets-due" not in asks.get("/todo").text


@pytest.mark.parametrize("with_photo", [True, False])
def test_a_report_makes_a_case_with_its_photo(desk: Desk, office: Office, phone: Page, with_photo: bool) -> None:
    page = office.shown(phone, LIEDE, "/todo/report")
    assert page.locator("[name=region] option").evaluate_all("all => all.map((one) => one.value)") == [STREET]
    if with_photo:
        sent = {"name": "路面.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
        page.locator("[name=files]").set_input_files(sent)  # type: ignore[arg-type]  # as its TypedDict
    page.locator("[name=class]").select_option("road_ponding")
    page.locator("[name=title]").fill("猎德大道积水")
    page.locator("[name=text]").fill("水深及膝")
    page.get_by_role("button", name="上报").click()
    page.wait_for_url("**/todo")
    expect(page.locator("#line")).to_be_hidden()
    with office.asks(LIEDE) as asks:
        listed = asks.get("/todo").text
    [number] = desk.numbers()
    page.goto(f"{office.url}/cases/{number}")
    expect(page.locator("h1")).to_have_text("猎德大道积水")
    expect(page.locator(".photos img")).to_have_count(1 if with_photo else 0)
    if with_photo:
        picture = page.locator(".photos img")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("one => one.naturalWidth") == 64
    assert "猎德大道积水" not in listed, "it waits for the centre, not for who reported it"
