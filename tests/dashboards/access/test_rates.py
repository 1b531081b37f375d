"""How often the dashboard may be asked: strangers per address, files per viewer, and walls as often as they like."""

from collections.abc import Iterator

import httpx
import pytest

from cityops.domain.access import Role
from cityops.rates import Buckets
from cityops_dashboards.access.cookies import DISPLAY
from cityops_dashboards.app import create_app
from fixtures.browser import COOKIES
from fixtures.dashboards import StateApi, me
from fixtures.web import serving


@pytest.fixture
def small(state_api_url: str) -> Iterator[str]:
    """Give the address of a dashboard with small buckets that hardly fill again."""
    app = create_app(state_api_url)
    app.state.rates.strangers, app.state.rates.files = Buckets(0.01, 3), Buckets(0.01, 2)
    with serving(app) as url:
        yield url


def walls(state_api: StateApi, count: int) -> list[dict[str, str]]:
    tokens = [f"display_{number:016x}_secret" for number in range(count)]
    state_api.known |= {token: me(Role.WALL_DISPLAY) | {"name": token} for token in tokens}
    return [{DISPLAY: token} for token in tokens]


def test_strangers_are_told_to_wait_and_hold_up_no_wall_of_their_address(small: str, state_api: StateApi) -> None:
    asked = [httpx.get(f"{small}{path}").status_code for path in ("/", "/sign-in", "/me", "/sign-in", "/data")]
    assert asked == [303, 200, 401, 429, 429]
    page, problem = httpx.get(f"{small}/sign-in?lang=en"), httpx.get(f"{small}/me")
    assert "Too many requests" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    for answer in (page, problem, httpx.post(f"{small}/sign-in", data={"login": "x"}, headers={"Origin": small})):
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
    assert httpx.get(f"{small}/assets/js/00_cityops.js").status_code == 200
    assert httpx.get(f"{small}/health/live").status_code == 200
    for cookie in walls(state_api, 50):
        assert httpx.get(f"{small}/me", cookies=cookie).status_code == 200
        assert httpx.get(f"{small}/display/{cookie[DISPLAY]}").status_code == 303
        with httpx.stream("GET", f"{small}/stream/state", cookies=cookie) as stream:
            assert stream.status_code == 200


def test_a_display_whose_time_is_up_is_told_so_however_often_it_asks(small: str) -> None:
    ended = {DISPLAY: "display_0000000000000000_ended"}
    answers = [httpx.get(f"{small}/me", cookies=ended) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["kind"] for answer in answers} == {"display"}


def test_files_are_counted_per_viewer(small: str, state_api: StateApi) -> None:
    def statuses(cookies: dict[str, str]) -> list[int]:
        return [httpx.get(f"{small}/export/series.csv", cookies=cookies).status_code for _ in range(3)]

    state_api.known |= {"display_other": me(Role.ANALYST) | {"name": "another"}}
    assert statuses(COOKIES) == [404, 404, 429]  # 404: the state server of the tests has no files
    assert statuses({DISPLAY: "display_other"}) == [404, 404, 429]
    answer = httpx.get(f"{small}/export/series.csv", cookies=COOKIES)
    assert int(answer.headers["retry-after"]) > 0
    assert "asks too often" in answer.json()["detail"]
    assert httpx.get(f"{small}/data", cookies=COOKIES).status_code == 200
