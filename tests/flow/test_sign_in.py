"""Signing in, in Chromium on the real API: an officer at another district's address, a wall that nobody attends."""

import re

import psycopg
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from cityops.local.processes import free_ports
from cityops_dashboards.app import create_app
from factories.world import World
from fixtures.accounts import PASSWORD, account, display
from fixtures.browser import NewPage
from fixtures.web import serving

SECRET = "the same before and after a restart"


@pytest.fixture
def dashboard(world: World, api_url: str, key: str) -> FastAPI:
    """Give a dashboard on the API of a city with one device in each of two districts."""
    world.says(world.device("WL-haizhu", region="440105001"), "water_depth", 7, world.ago(5))
    world.says(world.device("WL-tianhe", region="440106013"), "water_depth", 9, world.ago(5))
    world.case("reported", at=world.ago(60), region="440106013", title="天河的案件")
    return create_app(api_url, key, SECRET)


def sign_in(page: Page, login: str) -> None:
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_an_officer_signs_in_and_another_district_is_refused(
    dashboard: FastAPI, new_page: NewPage, migrated_database: str
) -> None:
    account(migrated_database, "haizhu")
    page = new_page(1440, 900, known=False)
    with serving(dashboard) as url:
        page.goto(f"{url}/districts/440105?tab=devices")
        expect(page).to_have_url(re.compile("/sign-in"))
        sign_in(page, "haizhu")
        expect(page).to_have_url(f"{url}/districts/440105?tab=devices")
        expect(page.locator(".who")).to_contain_text("haizhu 某 · 区级人员 · 海珠区")
        expect(page.locator("#device-grid")).to_contain_text("WL-haizhu")

        answer = page.goto(f"{url}/districts/440106")
        assert answer
        assert answer.status == 403
        expect(page.get_by_role("heading", level=1)).to_have_text("天河区不在您的管辖范围内")
        expect(page.locator("body")).not_to_contain_text("WL-tianhe")
        page.get_by_role("link", name="前往海珠区").click()
        expect(page.locator("h1")).to_have_text("海珠区")

        page.goto(f"{url}/")  # what waits for the district first; the wall has an address of its own
        expect(page).to_have_url(f"{url}/todo")
        page.goto(f"{url}/?region=440100")
        expect(page.locator(".sit-fact")).to_have_count(3)
        expect(page.locator("#event-list")).to_contain_text("仅显示汇总")
        expect(page.locator("body")).not_to_contain_text("天河的案件")

        page.goto(f"{url}/data")
        page.get_by_role("link", name="退出").click()
        page.get_by_role("button", name="退出").click()
        expect(page).to_have_url(f"{url}/sign-in")
        page.goto(f"{url}/districts/440105")
        expect(page).to_have_url(re.compile("/sign-in"))


def ends(connection: psycopg.Connection, label: str, moment: str) -> None:
    connection.execute(f"UPDATE credential SET expires_at = {moment} WHERE label = %s", [label])


def test_a_wall_runs_on_through_an_expiry_and_a_restart(
    dashboard: FastAPI, new_page: NewPage, world: World, migrated_database: str, api_url: str, key: str
) -> None:
    token = display(migrated_database, "hall")
    page = new_page(known=False)
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    [port] = free_ports(1)
    banner = page.get_by_role("alert")
    with serving(dashboard, port) as url:
        page.goto(f"{url}/display/{token}")
        expect(page).to_have_url(f"{url}/")
        expect(page.locator(".sit-fact")).to_have_count(3)
        visited.clear()  # a slow API is waited for at the display's own address
        page.evaluate("window.sameVisit = true")

        ends(world.connection, "hall", "now() - interval '1 minute'")
        expect(banner).to_contain_text("显示凭证已过期或被撤销")
        expect(page.locator(".sit-fact")).to_have_count(3)
    expect(banner).to_contain_text("正在重连")
    with serving(create_app(api_url, key), port):
        expect(banner).to_contain_text("显示凭证已过期或被撤销")
        ends(world.connection, "hall", "now() + interval '1 day'")
        expect(banner).to_be_hidden()
        expect(page.locator("body.is-cut-off")).not_to_be_attached()
    assert page.evaluate("window.sameVisit") is True
    assert visited == []


def test_who_is_signed_out_is_told_and_led_back(
    dashboard: FastAPI, new_page: NewPage, world: World, migrated_database: str
) -> None:
    account(migrated_database, "haizhu")
    page = new_page(1440, 900, known=False)
    with serving(dashboard) as url:
        page.goto(f"{url}/sign-in?next=/districts/440105%3Fmetric%3Dwater_depth")
        sign_in(page, "haizhu")
        expect(page.locator("#headlines")).to_contain_text("7")
        world.connection.execute("UPDATE credential SET revoked_at = now() WHERE kind = 'session'")
        banner = page.get_by_role("alert")
        expect(banner).to_contain_text("登录已失效")
        expect(page.locator("#headlines")).to_contain_text("7")
        banner.get_by_role("link", name="重新登录").click()
        sign_in(page, "haizhu")
        expect(page).to_have_url(re.compile(r"/districts/440105\?metric=water_depth"))
        expect(page.locator("#headlines")).to_contain_text("7")
