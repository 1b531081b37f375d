"""The dashboard over HTTP: what is there, what is not, and that nothing in it names another host."""

import re

import httpx
import pytest

FOREIGN = re.compile(rb"""["'(=]\s*(?:https?:)?//(?!127\.0\.0\.1)[\w.-]+""")


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/districts/440106", 200), ("/districts/999999", 404), ("/x", 404)]
)
def test_pages_and_the_status_of_what_is_no_page(visitor: httpx.Client, path: str, status: int) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (status, "text/html")


def test_a_deep_page_asked_for_first_has_its_scripts(visitor: httpx.Client) -> None:
    assert "/assets/js/00_cityops.js" in visitor.get("/districts/440106").text


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_frameworks_own_documentation_is_off(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/map/style.json?district=440106", "/map/shapes.json", "/_dash-layout", "/_dash-dependencies"]
)
def test_no_answer_names_another_host(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert FOREIGN.findall(answer.content) == []


def test_it_lives_without_the_api(screens: str) -> None:
    assert httpx.get(f"{screens}/health/live").json() == {"status": "live"}
