"""Each part restarted in turn under one wall, which says what is away, keeps its picture and comes back by itself."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from cityops.domain.readings import ROLLUP_BUCKET
from cityops.local import Servers
from cityops.local.binaries import Binaries
from cityops.local.processes import free_ports, wait_until
from cityops.store.engine import connect
from fixtures.api import LEADER, let_browser_in, token_of
from fixtures.ingest import worker_process
from fixtures.web import answers


@contextmanager
def sending(servers: Servers, binaries: Binaries) -> Iterator[None]:
    """Publish a reading four times a second while the block runs, whether the broker takes it or not."""
    assert servers.broker
    stop = threading.Event()
    command = [str(binaries.mosquitto("mosquitto_pub")), "-p", str(servers.broker.port), "-V", "5"]
    command += ["-t", "cityops/v1/readings/water-logging/WL-1", "-m"]

    def send() -> None:
        while not stop.wait(0.25):
            payload = json.dumps({"ts": utc_now().isoformat(), "metric": "water_depth", "value": 17})
            subprocess.run([*command, payload], check=False, capture_output=True)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def has_been_busy(database_url: str) -> None:
    """Have the last five minutes hold so many readings that ten seconds without one are no chance."""
    bucket = ROLLUP_BUCKET.total_seconds()
    with connect(database_url, "test") as connection:
        connection.execute(
            "INSERT INTO reading_rollup (metric_id, bucket, region_id, n, sum, min, max)"
            " SELECT metric.id, to_timestamp((floor(extract(epoch FROM now()) / %(s)s) - age) * %(s)s),"
            " region.id, 9000, 9000, 1, 1 FROM metric, region, generate_series(0, 1) AS age"
            " WHERE metric.code = 'rain_3h' AND region.code = '440106013'",
            {"s": bucket},
        )


class Parts:
    """API, dashboard and ingest as processes, each of which can be ended and begun again at its address."""

    def __init__(self, servers: Servers, database_url: str) -> None:
        api, screen = free_ports(2)
        self.wall = f"http://127.0.0.1:{screen}/"
        self._api = f"http://127.0.0.1:{api}"
        self._environment = {
            "CITYOPS_DATABASE_URL": database_url,
            "CITYOPS_MQTT_URL": servers.mqtt_url,
            "CITYOPS_API_URL": self._api,
            "CITYOPS_API_KEY": token_of(database_url, LEADER),
        }
        self._verbs = {
            "api": ["api", "--port", str(api)],
            "dashboard": ["dashboard", "--port", str(screen)],
            "ingest": ["ingest", "mqtt", "--worker", "flow"],
        }
        self._running: dict[str, ExitStack] = {}

    def start(self, name: str) -> None:
        """Begin a part."""
        stack = self._running[name] = ExitStack()
        stack.enter_context(worker_process(self._verbs[name], self._environment))

    def stop(self, name: str) -> None:
        """End a part."""
        self._running.pop(name).close()

    def answer(self) -> bool:
        """Tell whether both addresses do."""
        return answers(f"{self._api}/health/ready") and answers(f"{self.wall}health/live")

    def close(self) -> None:
        """End those that run."""
        for name in list(self._running):
            self.stop(name)


@pytest.fixture
def parts(servers: Servers, registered_database: str) -> Iterator[Parts]:
    """Give the parts, running."""
    has_been_busy(registered_database)
    let_browser_in(registered_database)
    made = Parts(servers, registered_database)
    try:
        for name in ("api", "dashboard", "ingest"):
            made.start(name)
        assert wait_until(made.answer, seconds=120)
        yield made
    finally:
        made.close()


def test_a_wall_outlives_every_part(servers: Servers, binaries: Binaries, parts: Parts, page: Page) -> None:
    assert servers.database
    assert servers.broker
    turns: tuple[tuple[str, Callable[[], Any], Callable[[], Any]], ...] = (
        ("数据接口自", lambda: parts.stop("api"), lambda: parts.start("api")),
        ("与展示服务器失去联系", lambda: parts.stop("dashboard"), lambda: parts.start("dashboard")),
        ("数据接口的数据库自", servers.database.stop, servers.database.start),
        ("消息代理或采集进程停了", servers.broker.stop, servers.broker.start),
    )
    banner = page.get_by_role("alert")
    depth = page.locator(".trends [data-metric=water_depth] .figure")
    with sending(servers, binaries):
        page.goto(parts.wall)
        expect(depth).to_have_text("17")
        page.evaluate("window.sameVisit = true")
        for told, stop, start in turns:
            expect(banner).to_be_hidden()
            stop()
            try:
                expect(banner).to_contain_text(told)
                expect(depth).to_have_text("17")  # the last picture stands
                expect(page.locator(".as-of .age")).not_to_have_text(
                    re.compile("^[0-4] 秒前$")
                )  # and its age goes on
                assert page.evaluate("window.sameVisit") is True
            finally:
                start()
            expect(banner).to_be_hidden()
    assert page.evaluate("window.sameVisit") is True  # never loaded anew, and so never a sign-in page
