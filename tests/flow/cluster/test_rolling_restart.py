"""Two APIs, dashboards and HTTP ingests behind a proxy: restarted one by one nobody notices, killed those under way.

Minutes, and fetches HAProxy and nginx the first time: `pytest -m cluster`.
"""

import json
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from cityops.clock import utc_now
from cityops.local import Servers
from cityops.local.browser import browser_program
from cityops.local.ports import HOST
from cityops.local.processes import wait_until
from fixtures.accounts import display
from fixtures.api import LEADER, sender, token_of
from fixtures.browser import ARGUMENTS, NewPage
from fixtures.replicas import Client, Front, HaproxyFront, NginxFront, Replicas, asking
from fixtures.servers import temporary_instance

pytestmark = pytest.mark.cluster

BEGIN = utc_now() - timedelta(hours=12)
WATCHED = """() => {
    window.sameVisit = true;
    window.seen = { white: 0, cuts: [] };
    let since = null;
    setInterval(() => {
        if (document.querySelectorAll(".sit-fact").length !== 3) window.seen.white++;
        const isCut = document.body.classList.contains("is-cut-off");
        const said = document.querySelector("[role=alert]")?.textContent ?? "";
        if (isCut && since === null) since = [Date.now(), said];
        if (!isCut && since !== null) window.seen.cuts.push([Date.now() - since[0], since[1]]), since = null;
    }, 20);
}"""
"""Has the page note how often it was without its picture, and for how many milliseconds it said what is away."""


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Iterator[Browser]:
    """Give one that takes the certificate, in its shared workers too, where a setting of a page does not hold."""
    arguments = [*ARGUMENTS, "--ignore-certificate-errors"]
    made = browser.browser_type.launch(executable_path=browser_program(), args=arguments)
    yield made
    made.close()


@pytest.fixture
def replicas(servers: Servers, registered_database: str) -> Iterator[Replicas]:
    """Give two of each, not yet running."""
    key = token_of(registered_database, LEADER)
    with temporary_instance() as folder:
        yield Replicas({"CITYOPS_DATABASE_URL": registered_database, "CITYOPS_API_KEY": key}, folder)


@pytest.fixture(params=[HaproxyFront, NginxFront], ids=["haproxy", "nginx"])
def front(request: pytest.FixtureRequest, replicas: Replicas) -> Iterator[Front]:
    """Give the proxy before them, with everything running."""
    made: Front = request.param(replicas)
    with replicas.running(made):
        yield made


def reading(
    device: str, replicas: Replicas, headers: Mapping[str, str], client: httpx.Client, number: int
) -> httpx.Response:
    """Post a reading that nobody else posts."""
    ts = (BEGIN + timedelta(seconds=number)).isoformat()
    body = {"device": device, "ts": ts, "metric": "water_depth", "value": number % 100}
    url = f"{replicas.url('ingest-http')}/v1/readings/water-logging"
    return client.post(url, json=body, headers=headers)


def clients(replicas: Replicas, database_url: str, *, again: bool = False) -> dict[str, Client]:
    """Return who asks: two that post, one of them by a new connection each time, and one for each of the others."""
    headers = sender(database_url, "water-logging")
    key = {"Authorization": f"Bearer {token_of(database_url, LEADER)}"}
    trust = ssl.create_default_context(cafile=replicas.certificate)

    def anew(_: httpx.Client, number: int) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=30, verify=trust) as client:
            return reading("WL-2", replicas, headers, client, number)

    def get(part: str, path: str) -> Callable[[httpx.Client, int], httpx.Response]:
        return lambda client, _: client.get(f"{replicas.url(part)}{path}", headers=key if part == "api" else {})

    asks: dict[str, Callable[[httpx.Client, int], httpx.Response]] = {
        "POST": partial(reading, "WL-1", replicas, headers),
        "POST anew": anew,
        "GET api": get("api", "/api/v1/state"),
        "GET dashboard": get("dashboard", "/assets/favicon.svg"),
    }
    return {name: Client(ask, 0.02, trust, again=again) for name, ask in asks.items()}


def open_wall(replicas: Replicas, database_url: str, new_page: NewPage) -> Page:
    """Open the wall through the proxy, watched."""
    page = new_page(known=False)
    page.goto(f"{replicas.url('dashboard')}/display/{display(database_url, 'hall')}")
    expect(page.locator(".sit-fact")).to_have_count(3)
    expect(page.locator("body.is-cut-off")).not_to_be_attached()
    page.evaluate(WATCHED)
    return page


def seen_by(page: Page) -> dict[str, Any]:
    """Return what the wall has noted since it was opened, which was once."""
    assert page.evaluate("window.sameVisit") is True
    found: dict[str, Any] = page.evaluate("window.seen")
    return found


def stored(database: psycopg.Connection) -> dict[str, int]:
    """Return how many readings there are of each device."""
    rows = database.execute(
        "SELECT device.code, count(*) FROM reading JOIN series ON series.id = series_id"
        " JOIN device ON device.id = device_id GROUP BY 1"
    )
    return {str(code): int(count) for code, count in rows.fetchall()}


def sent(busy: Mapping[str, Client]) -> dict[str, int]:
    """Return how many readings of each device were acknowledged."""
    return {"WL-1": busy["POST"].done, "WL-2": busy["POST anew"].done}


def all_go_on(busy: Mapping[str, Client]) -> bool:
    """Wait until each client has asked some more and was answered."""
    done = {name: one.answered for name, one in busy.items()}
    return wait_until(lambda: all(one.answered > done[name] + 20 for name, one in busy.items()), seconds=120)


def tell(busy: Mapping[str, Client], page: Page) -> None:
    """Write what was seen, which `pytest -s` shows."""
    lines = [f"{name}: {client.tell()}" for name, client in busy.items()]
    wall = json.dumps(seen_by(page), ensure_ascii=False)
    sys.stdout.write("\n".join(["", *lines, f"wall: {wall}", ""]))


def test_a_rolling_restart_loses_no_request_and_no_wall_its_picture(
    replicas: Replicas, front: Front, registered_database: str, database: psycopg.Connection, new_page: NewPage
) -> None:
    page = open_wall(replicas, registered_database, new_page)
    with asking(clients(replicas, registered_database)) as busy:
        for one in replicas.all:
            front.leave_out(one)
            one.stop()
            one.start()
            assert wait_until(partial(replica_is_ready, one), seconds=120)
            front.leave_out()
            assert wait_until(partial(front.has, one, up=True), seconds=60)
            assert all_go_on(busy)
    tell(busy, page)
    assert {name: client.failed for name, client in busy.items() if client.failed} == {}
    assert stored(database) == sent(busy)
    expect(page.locator("body.is-cut-off")).not_to_be_attached()
    assert seen_by(page)["white"] == 0


def replica_is_ready(one: Any) -> bool:
    """Tell whether a replica takes requests."""
    return bool(one.is_ready)


def test_after_kill_9_what_was_under_way_fails_and_is_stored_once_when_it_is_sent_again(
    replicas: Replicas, front: Front, registered_database: str, database: psycopg.Connection, new_page: NewPage
) -> None:
    page = open_wall(replicas, registered_database, new_page)
    with asking(clients(replicas, registered_database, again=True)) as busy:
        for one in replicas.all:
            one.kill()
            assert wait_until(partial(front.has, one, up=False), seconds=60)
            assert all_go_on(busy)
            tell(busy, page)
            one.start()
            assert wait_until(partial(front.has, one, up=True), seconds=120)
            assert all_go_on(busy)
        front.kill()
        front.start()
        assert all_go_on(busy)
    tell(busy, page)
    for client in busy.values():
        assert len(client.failed) <= len(replicas.all) + 1  # each asks one thing at a time
    assert stored(database) == sent(busy)
    expect(page.locator("body.is-cut-off")).not_to_be_attached()
    assert seen_by(page)["white"] == 0


def test_the_front_speaks_http_2_and_says_who_asks(replicas: Replicas, front: Front, new_page: NewPage) -> None:
    trust = ssl.create_default_context(cafile=replicas.certificate)
    trust.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((HOST, replicas.fronts["dashboard"])) as plain,
        trust.wrap_socket(plain, server_hostname=HOST) as line,
    ):
        assert line.selected_alpn_protocol() == "h2"
    url = replicas.url("dashboard")
    with httpx.Client(trust_env=False, verify=trust) as client:
        answer = client.get(f"{url}/", headers={"X-Forwarded-Proto": "http", "Accept": "text/html"})
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["content-security-policy"]
        assert client.post(f"{url}/sign-in", content=b"x" * 2_000_000).status_code == 413  # the part's own word
    page = new_page(known=False)
    page.goto(f"{url}/sign-in")
    assert page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol") == "h2"
