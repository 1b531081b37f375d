"""The platform page: its numbers at a desk, on a wall and on a phone, live, as a file, and for whom it is."""

import os

from playwright.sync_api import Page, expect

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.store import ledger
from cityops.store.ledger import Tally
from factories.desk import OPERATOR, Desk
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

STEWARD = Subject("steward", Role.DATA_STEWARD, WHOLE_CITY)
OFFICER = Subject("haizhu-officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
SEAT = Subject("haizhu-seat", Role.OPERATOR, Scope(ScopeKind.DISTRICTS, frozenset({"440105"})))
FIGURES = ("departments", "districts", "systems", "devices", "channels", "readings", "cases")


def sends(world: World, tally: Tally) -> None:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        ledger.add(cursor, "w", world.now, {("water-logging", "readings"): tally})


def figure(page: Page, code: str) -> str:
    return page.locator(f"[data-figure={code}] p").inner_text()


def test_the_platform_is_told_live_to_whom_it_concerns(
    world: World, desk: Desk, office: Office, new_page: NewPage, phone: Page
) -> None:
    world.device("WL-1")
    desk.dispatched()
    sends(world, Tally(5, 1, 2))
    page = office.shown(new_page(1440, 900, known=False), STEWARD, "/platform")
    assert page.locator("[data-figure]").evaluate_all("all => all.map((one) => one.dataset.figure)") == [*FIGURES]
    assert figure(page, "systems") == "3 / 38"
    assert "35" in page.locator("[data-figure=departments] small").inner_text()
    logging = page.locator("[data-source=water-logging]")
    assert logging.evaluate("(row) => row.parentElement.lastElementChild === row"), "who is on time stands last"
    expect(logging).to_contain_text("市水务局 · 部属首席数据官")
    sends(world, Tally(90_000, 0, 0))
    page.evaluate("documents.refresh()")
    expect(logging).to_contain_text("90,008")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    with office.asks(STEWARD) as asks:
        file = asks.get(page.locator("a[download]").get_attribute("href") or "")
        assert "数据责任人" in file.text
        assert "Exchange" in asks.get("/platform?lang=en").text

    small = office.shown(phone, OPERATOR, "/platform")
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
    wall = office.shown(new_page(1920, 1080, known=False), SEAT, "/platform?lang=en")
    assert figure(wall, "districts") == "0 / 1"
    assert "2022" not in wall.locator(".platform-figures").inner_text(), "of a district nobody announced anything"
    with office.asks(OFFICER) as asks:
        assert asks.get("/platform").status_code == 403
    if folder := os.environ.get("SHOTS"):
        for name, shown in (("desk", page), ("phone", small), ("wall", wall)):
            shown.screenshot(path=f"{folder}/platform-{name}.png", full_page=True)
