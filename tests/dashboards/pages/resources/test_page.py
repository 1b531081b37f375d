"""The page of data resources in a browser: a register of the city's size, one dataset of it, quality and exchange."""

import re

from playwright.sync_api import Page, expect

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.simulate import resources as made_up
from cityops.store import ledger
from cityops.store.engine import make_engine, writing
from cityops.store.ledger import Tally
from cityops.store.resources import datasets, officers
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import Office

STEWARD = Subject("steward", Role.DATA_STEWARD, WHOLE_CITY)


def found(page: Page) -> int:
    """Return how many datasets the page says that it has found."""
    words = page.locator("section:has(> form) h2 .aside").inner_text()
    return int(re.sub(r"\D", "", words))


def test_a_dataset_is_found_and_tells_its_officers_beside_quality_and_exchange(
    world: World, migrated_database: str, office: Office, new_page: NewPage
) -> None:
    register, engine = [*made_up.datasets(world.now, 7)], make_engine(migrated_database)
    with writing(engine) as connection:
        datasets.keep(connection, register)
        officers.replace(connection, made_up.officers())
    engine.dispose()
    with world.connection.transaction(), world.connection.cursor() as cursor:
        ledger.add(cursor, "w", world.now, {("eco-air", "readings"): Tally(90, 9, 1)})

    page = office.shown(new_page(1440, 900, known=False), STEWARD, "/resources?lang=en")
    assert found(page) == len(register)
    expect(page.locator("[data-figure=datasets]")).to_contain_text("4,056")
    air = page.locator("[data-source=eco-air]")
    expect(air).to_contain_text("9/100")  # duplicates of what was received
    expect(page.locator(".resources-days > div")).to_have_count(1)
    expect(page.locator(".resources-days")).to_contain_text("100")

    page.locator("[name=q]").fill("src-water")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile("q=src-water"))
    assert found(page) == sum(one.code.startswith("src-water") for one in register)
    page.locator("tbody a.link[href*=src-water-supply]").click()
    chosen = page.locator("[data-dataset=src-water-supply]")
    expect(chosen.locator(".resources-chain li").first).to_contain_text("虚**** 市首席数据官")
    expect(chosen.get_by_role("link", name="turbidity")).to_have_attribute(
        "href", re.compile("/indicators/turbidity")
    )
    assert found(page) < 10, "the filter stays while one dataset is open"

    page.locator("[name=cross_border]").check()
    page.locator("[name=q]").fill("")
    page.get_by_role("button", name="Find").click()
    assert found(page) == sum(one.cross_border == "restricted" for one in register)
    page.get_by_role("link", name="›").click()
    expect(page).to_have_url(re.compile("after="))
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing lies beside the phone"
    name = page.locator("tbody th").first.bounding_box()
    assert name is not None
    assert name["width"] > 140, "a name is not written from top to bottom"
