"""How parts are served: bounded, behind the proxies that are named, and telling which start they belong to."""

import threading
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from cityops.local.processes import free_ports, wait_until
from cityops.serving import BoundedProtocol, PartServer, alive, config, ready
from cityops.settings import settings
from fixtures.web import answers


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_part_lives_and_tells_its_start_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_INSTANCE", raising=False)
    assert alive() == {"status": "live"}
    settings.cache_clear()
    monkeypatch.setenv("CITYOPS_INSTANCE", "start-1")
    assert alive() == {"status": "live", "instance": "start-1"}


def test_only_the_proxies_of_the_settings_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1")
    made = config(FastAPI(), "127.0.0.1", 8000, grace_s=3)
    assert (made.forwarded_allow_ips, made.proxy_headers) == ("10.0.0.0/8,127.0.0.1", True)
    assert (made.http, made.timeout_graceful_shutdown, made.log_config) == (BoundedProtocol, 3, None)


def test_what_is_about_to_stop_says_so_and_answers_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_DRAIN_S", "600")
    app = FastAPI()
    app.get("/health/ready")(ready)
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    server = PartServer(config(app, "127.0.0.1", port, grace_s=3))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert wait_until(lambda: answers(f"{url}/health/ready"), seconds=60)
        server.should_exit = True
        assert wait_until(lambda: not answers(f"{url}/health/ready"), seconds=60)
        told = httpx.get(f"{url}/health/ready")
        assert (told.status_code, told.json()["title"]) == (503, "About to stop")
        answer = httpx.get(f"{url}/openapi.json")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    finally:
        server.force_exit = server.should_exit = True
        thread.join()


@pytest.mark.parametrize(("given", "has"), [("", 3), ("900", 900)])
def test_running_answers_get_as_long_as_is_set(given: str, has: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_GRACE_S", given or "0")
    assert config(FastAPI(), "127.0.0.1", 8000, grace_s=3).timeout_graceful_shutdown == has
