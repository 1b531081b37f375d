"""Codes of 12 digits in questions, and a community, which no question can be about."""

import httpx
import pytest

from factories.world import World

ASKED = [
    ("/api/v1/state", "region"),
    ("/api/v1/series?indicator=water_depth", "region"),
    ("/api/v1/devices", "region"),
    ("/api/v1/devices/counts", "region"),
    ("/api/v1/events", "region"),
    ("/api/v1/channels", "region"),
    ("/api/v1/regions", "parent"),
]


@pytest.mark.parametrize(("path", "name"), ASKED)
def test_a_code_of_twelve_digits_asks_for_the_same(world: World, api: httpx.Client, path: str, name: str) -> None:
    def answered(code: str) -> object:
        found = api.get(path, params=dict(httpx.URL(path).params) | {name: code})
        assert found.status_code == 200, found.text
        return {key: one for key, one in found.json().items() if key != "as_of"} if name == "region" else found.json()

    for ours in ("440106", "440106013") if name == "region" else ("440106",):
        assert answered(ours.ljust(12, "0")) == answered(ours)


def test_a_region_is_found_by_its_code_of_twelve_digits(world: World, api: httpx.Client) -> None:
    for given, ours in (("440106013000", "440106013"), ("440106000000", "440106"), ("440100000000", "440100")):
        assert api.get(f"/api/v1/regions/{given}").json()["code"] == ours


@pytest.mark.parametrize("path", ["/api/v1/devices?region=440106013007", "/api/v1/regions/440106013007"])
def test_a_community_is_refused_with_its_street(world: World, api: httpx.Client, path: str) -> None:
    refused = api.get(path)
    assert refused.status_code == 422
    assert "'440106013007' is a community" in refused.json()["detail"]
    assert "440106013 " in refused.json()["detail"].replace(".", " ").replace(";", " ")
