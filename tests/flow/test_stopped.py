"""A part that is stopped and not killed: within seconds the page says which one it is that does not answer."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from cityops.local import Servers
from cityops.local.processes import free_ports, wait_until
from fixtures.ingest import worker_process
from fixtures.web import answers


def with_children(pid: int) -> list[int]:
    """Return a process and those that it has begun: PostgreSQL serves each connection by one of its own."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *map(int, children.split())]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Stop a process and its children while the block runs: they are there, and answer nothing."""
    os.kill(pid, signal.SIGSTOP)  # first, so that it begins no others
    processes = with_children(pid)
    for one in processes[1:]:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in processes:
            os.kill(one, signal.SIGCONT)


def test_the_part_that_is_stopped_is_named(servers: Servers, migrated_database: str, key: str, page: Page) -> None:
    assert servers.database
    assert servers.database.process
    api, screen = free_ports(2)
    api_url, url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{screen}"
    shown = {"CITYOPS_API_URL": api_url, "CITYOPS_API_KEY": key}
    with (
        worker_process(["api", "--port", str(api)], {"CITYOPS_DATABASE_URL": migrated_database}) as (of_api, _),
        worker_process(["dashboard", "--port", str(screen)], shown) as (of_dashboard, _),
    ):
        assert wait_until(lambda: answers(f"{api_url}/health/live") and answers(f"{url}/health/live"), seconds=120)
        page.goto(url)
        expect(page.locator(".sit-fact")).to_have_count(3)
        banner = page.get_by_role("alert")
        for process, told in (
            (servers.database.process, "数据接口的数据库自"),
            (of_api, "数据接口自"),
            (of_dashboard, "与展示服务器失去联系"),
        ):
            expect(banner).to_be_hidden()
            with stopped(process.pid):
                expect(banner).to_contain_text(told)
        expect(banner).to_be_hidden()
