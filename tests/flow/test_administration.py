"""The administration in Chromium, in both languages: an account is made, and its owner is led to the own page."""

from fastapi import FastAPI
from playwright.sync_api import expect

from cityops.domain.access import WHOLE_CITY, Role
from cityops_dashboards.app import create_app
from factories.world import World
from fixtures.accounts import PASSWORD, account
from fixtures.browser import NewPage
from fixtures.web import serving


def test_an_account_is_made_and_its_owner_chooses_a_password(
    world: World, new_page: NewPage, migrated_database: str, api_url: str, key: str
) -> None:
    account(migrated_database, "root", Role.ADMINISTRATOR, WHOLE_CITY)
    dashboard: FastAPI = create_app(api_url, key)
    page = new_page(1440, 900, known=False)
    with serving(dashboard) as url:
        page.goto(f"{url}/sign-in?next=/data")
        page.get_by_label("账号").fill("root")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.get_by_role("link", name="管理", exact=True).click()
        expect(page.locator("h1")).to_have_text("账号")
        page.get_by_text("新建账号").click()
        page.get_by_label("登录名").fill("liwan")
        page.get_by_label("姓名").fill("荔湾 某")
        page.get_by_label("角色").select_option("district_officer")
        page.locator("summary", has_text="区").first.click()
        page.get_by_label("荔湾区").check()
        page.get_by_role("button", name="新建").click()
        password = page.locator(".secret").inner_text()
        for path in ("accounts", "accounts/liwan", "keys", "displays", "audit"):
            for lang in ("zh", "en"):
                page.goto(f"{url}/admin/{path}?lang={lang}")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

        owner = new_page(1440, 900, known=False)
        owner.goto(f"{url}/sign-in?lang=en&next=/data%3Flang%3Den")
        owner.get_by_label("Account").fill("liwan")
        owner.get_by_label("Password").fill(password)
        owner.get_by_role("button", name="Sign in").click()
        hint = owner.get_by_role("link", name="Choose a password of your own")
        expect(hint).to_be_visible()
        hint.click()
        expect(owner.get_by_role("heading", name="My sessions")).to_be_visible()
