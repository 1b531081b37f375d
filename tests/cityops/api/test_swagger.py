"""The API's page for people: drawn and used in a browser that reaches nothing else; its lines of Python are right."""

from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

from cityops.api import swagger
from cityops.api.app import create_app
from cityops.client import ApiError, Client
from factories.world import World
from fixtures.browser import PATIENCE_MS, NewPage


def test_a_question_is_asked_from_the_page_with_a_key(
    world: World, api_url: str, key: str, new_page: NewPage
) -> None:
    page = new_page(1440, 900)
    page.goto(f"{api_url}/docs#/regions/get_regions_api_v1_regions_get")
    page.get_by_role("button", name="Authorize").first.click(timeout=PATIENCE_MS)
    page.get_by_label("auth-bearer-value").fill(key)
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    operation = page.locator("#operations-regions-get_regions_api_v1_regions_get")
    expect(operation.get_by_text("city.regions()")).to_be_visible()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table td.response-col_status").last).to_contain_text("200")
    expect(operation.locator(".curl-command")).to_contain_text("Authorization: Bearer")


def test_the_lines_of_python_ask_what_their_route_answers(
    world: World, api_url: str, key: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world.device("A-1", "air")
    document = create_app("postgresql:///").openapi()
    assert set(swagger.IN_PYTHON) <= set(document["paths"])
    with Client(api_url, key) as city:
        for path, line in swagger.IN_PYTHON.items():
            asked = list[str]()
            city._http.event_hooks["request"] = [lambda request, asked=asked: asked.append(request.url.path)]
            try:
                eval(line, {"city": city, "pd": pd})  # noqa: S307 - our own
            except (ValueError, ApiError) as error:
                assert "No objects to concatenate" in str(error), line  # noqa: PT017 - nothing is there
            assert path in asked, line
