"""Pages that the server writes, on the real API: whole, and their moving part."""

import httpx
import pytest

from cityops_dashboards.app import create_app
from factories.desk import Desk
from fixtures.browser import COOKIES
from fixtures.web import serving


@pytest.mark.parametrize("query", ["", "?part=case", "?lang=en"])
def test_the_page_of_a_case_says_how_it_stands(api_url: str, key: str, desk: Desk, query: str) -> None:
    number = desk.dispatched()
    with (
        serving(create_app(api_url, key)) as url,
        httpx.Client(base_url=url, cookies=COOKIES, timeout=30) as visitor,
    ):
        page = visitor.get(f"/cases/{number}{query}")
    assert page.status_code == 200
    assert ("Assigned" if "lang=en" in query else "已派单") in page.text
    assert desk.column("title") in page.text
