"""The city's single sign-on, in Chromium: from our button to a real provider's form, and back to the own district."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from cityops.api.app import create_app as create_api
from cityops.api.routes.single_sign_on import SingleSignOn
from cityops.store.schema import privileges
from cityops_dashboards.app import create_app
from cityops_dashboards.forms.single_sign_on import SingleSignOn as Button
from factories.world import World
from fixtures.browser import NewPage
from fixtures.single_sign_on import CLIENT, PASSWORD, SECRET, Provider
from fixtures.web import serving


@pytest.fixture
def api(world: World, database_as: Callable[[str], str], sign_on: SingleSignOn) -> FastAPI:
    """Give the API of a city with one device, which trusts the provider."""
    world.says(world.device("WL-haizhu", region="440105001"), "water_depth", 7, world.ago(5))
    return create_api(database_as(privileges.API), sign_on)


def sign_in(page: Page, login: str) -> None:
    """Click our button and fill in the provider's forms."""
    page.get_by_role("link", name="统一身份认证登录").click()
    page.locator("[name=login]").fill(login)
    page.locator("[name=login]").press("Enter")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def test_an_officer_enters_by_the_provider_and_a_guest_is_told_why_not(
    api: FastAPI, key: str, new_page: NewPage, provider: Provider
) -> None:
    officer, guest = new_page(1440, 900, known=False), new_page(1440, 900, known=False)
    button = Button(provider.issuer, CLIENT, SECRET)
    with serving(api) as url, serving(create_app(url, key, "", button), provider.dashboard_port) as address:
        officer.goto(f"{address}/districts/440105?tab=devices")
        sign_in(officer, "chen")
        expect(officer).to_have_url(f"{address}/districts/440105?tab=devices")
        expect(officer.locator(".who")).to_contain_text("Chen · 区级人员 · 海珠区")
        expect(officer.locator("#device-grid")).to_contain_text("WL-haizhu")
        officer.goto(f"{address}/account")
        expect(officer.get_by_role("heading", name="我的登录")).to_be_visible()
        expect(officer.locator("[type=password]")).to_have_count(0)

        guest.goto(f"{address}/sign-in")
        sign_in(guest, "guest")
        expect(guest.get_by_role("alert")).to_contain_text("没有给您在本系统的角色")
        expect(guest.get_by_role("alert")).to_contain_text("groups: gz-visitors")
