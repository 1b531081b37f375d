"""How parts are served: bounded, behind the proxies that are named, and telling which start they belong to."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from cityops.serving import BoundedProtocol, alive, config
from cityops.settings import settings


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
