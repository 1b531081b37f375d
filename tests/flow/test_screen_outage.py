"""When the dashboard's own process dies, the screens say so, keep their picture, and come back by themselves."""

from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Page, expect

from cityops.local.processes import free_ports, wait_until
from fixtures.browser import told_of_link
from fixtures.ingest import worker_process
from fixtures.web import answers


def dashboard(port: int, api_url: str) -> AbstractContextManager[Any]:
    return worker_process(["dashboard", "--port", str(port)], {"CITYOPS_API_URL": api_url})


def test_a_screen_outlives_its_server(state_api_url: str, page: Page) -> None:
    [port] = free_ports(1)
    with dashboard(port, state_api_url):
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), seconds=60)
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator(".sit-fact")).to_have_count(3)
        page.evaluate("window.sameVisit = true")

    banner = told_of_link(page)
    expect(banner).to_contain_text("正在重连")
    expect(page.locator(".sit-fact")).to_have_count(3)
    expect(page.locator("body.is-cut-off")).to_be_attached()

    with dashboard(port, state_api_url):
        expect(banner).to_be_hidden()
        expect(page.locator("body.is-cut-off")).not_to_be_attached()
        assert page.evaluate("window.sameVisit") is True  # it was not reloaded
