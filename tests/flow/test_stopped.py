"""A part that is stopped and not killed: within seconds the page says which one it is that does not answer."""

import signal

import httpx
from playwright.sync_api import Page, expect

from cityops.local.processes import free_ports, wait_until
from fixtures.ingest import worker_process


def answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_the_part_that_is_stopped_is_named(migrated_database: str, key: str, page: Page) -> None:
    api, screen = free_ports(2)
    api_url, url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{screen}"
    shown = {"CITYOPS_API_URL": api_url, "CITYOPS_API_KEY": key}
    with (
        worker_process(["api", "--port", str(api)], {"CITYOPS_DATABASE_URL": migrated_database}) as (of_api, _),
        worker_process(["dashboard", "--port", str(screen)], shown) as (of_dashboard, _),
    ):
        assert wait_until(lambda: answers(f"{api_url}/health/live") and answers(f"{url}/health/live"), seconds=120)
        page.goto(url)
        expect(page.locator("#headlines .tile")).to_have_count(7)
        banner = page.get_by_role("alert")
        for process, told in ((of_api, "数据接口自"), (of_dashboard, "与展示服务器失去联系")):
            expect(banner).to_be_hidden()
            process.send_signal(signal.SIGSTOP)
            try:
                expect(banner).to_contain_text(told)
            finally:
                process.send_signal(signal.SIGCONT)
        expect(banner).to_be_hidden()
