"""Through the dashboard to the API: the acts and files of the pages alone, in the viewer's name, photos whole."""

from collections.abc import Iterator

import httpx
import pytest

from cityops.domain.events.evidence import LARGEST_BYTES
from cityops_dashboards.app import create_app
from cityops_dashboards.pages.relay import POSTED, SHOWN
from factories.desk import LIEDE, OPERATOR, WATER, Desk
from factories.photos import jpeg
from fixtures.browser import COOKIES
from fixtures.officers import Office
from fixtures.web import serving


@pytest.fixture
def water(desk: Desk, office: Office) -> Iterator[httpx.Client]:
    """Give the dashboard to the department that a case is dispatched to."""
    desk.dispatched()
    with office.asks(WATER) as client:
        yield client


def test_an_act_reaches_the_api_in_the_viewer_s_name_with_the_version_that_was_seen(
    desk: Desk, water: httpx.Client
) -> None:
    path = f"/relay/cases/{desk.case}/acts"
    assert water.post(path, json={"act": "sign"}).status_code == 428
    answer = water.post(path, json={"act": "sign"}, headers={"If-Match": f'"{desk.kept().version}"'})
    assert (answer.status_code, answer.json()["status"]) == (200, "signed")
    assert answer.headers["etag"] == f'"{desk.kept().version}"'
    assert desk.acts()[-1]["actor"] == "water"


def test_a_refusal_comes_back_as_the_api_says_it(desk: Desk, water: httpx.Client) -> None:
    seen = {"If-Match": f'"{desk.kept().version}"'}
    answer = water.post(f"/relay/cases/{desk.case}/acts", json={"act": "close"}, headers=seen)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["detail_zh"]


def test_a_photo_goes_through_and_comes_back_as_large_as_the_api_takes_it(desk: Desk, water: httpx.Client) -> None:
    photo = jpeg()
    photo += b"\0" * (2_000_000 - len(photo))  # beyond what any other address takes
    path = f"/relay/cases/{desk.case}/evidence"
    sent = water.post(path, params={"name": "路面.jpg"}, content=photo, headers={"Content-Type": "image/jpeg"})
    assert sent.status_code == 201, sent.text
    assert sent.json()["name"] == "路面.jpg"
    shown = water.get(f"/relay/evidence/{sent.json()['digest']}")
    assert (shown.status_code, shown.headers["content-type"], shown.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    again = water.get(f"/relay/evidence/{sent.json()['digest']}", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304
    preview = water.get(f"/relay/evidence/{sent.json()['digest']}/preview")
    assert preview.status_code == 200


def test_a_photo_is_shown_to_nobody_who_may_not_see_its_case(desk: Desk, office: Office) -> None:
    desk.report(region_code="440105001")
    with office.asks(OPERATOR) as operator:
        sent = operator.post(
            f"/relay/cases/{desk.case}/evidence", content=jpeg(), headers={"Content-Type": "image/jpeg"}
        )
    with office.asks(LIEDE) as liede:
        assert liede.get(f"/relay/evidence/{sent.json()['digest']}").status_code == 404


def test_what_is_larger_than_the_api_takes_is_refused(desk: Desk, water: httpx.Client) -> None:
    path = f"/relay/cases/{desk.case}/evidence"
    answer = water.post(path, content=b"\0" * (LARGEST_BYTES + 1), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 413


def test_no_other_address_takes_more_than_a_mebibyte(desk: Desk, water: httpx.Client) -> None:
    for path in (f"/relay/cases/{desk.case}/acts", "/relay/cases", f"/relay/cases/{desk.case}/evidence/x"):
        assert water.post(path, content=b" " * 1_100_000).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        *("accounts", "credentials", "sessions", "me", "refusals", "cases/7", "cases/x/acts", "cases/7/acts/1"),
        *("alarms", "alarms/7", "events", "evidence/abc", "../me", "cases/7/acts%2f..%2f..", "%2e%2e/cases", ""),
        "cases/7/acts\n",
    ],
)
def test_no_other_address_of_the_api_can_be_reached(visitor: httpx.Client, path: str) -> None:
    answer = visitor.post(f"/relay/{path.replace(chr(10), '%0A')}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in {404, 405, 422}
    assert POSTED.fullmatch(path) is None


@pytest.mark.parametrize("path", ["me", "me/password", "me/filters/1", "cases/7", "accounts/li", "sessions/current"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nothing_but_filters_of_one_s_own_is_put_or_removed(visitor: httpx.Client, method: str, path: str) -> None:
    answer = visitor.request(method, f"/relay/{path}", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["cases", "cases/7", "cases/7/evidence", "me", "accounts", "evidence/abc", "audit"])
def test_nothing_but_photos_and_files_is_read(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(f"/relay/{path}").status_code == 404
    assert SHOWN.fullmatch(path) is None


def test_while_the_api_is_away_an_act_is_to_be_sent_again() -> None:
    with serving(create_app("http://127.0.0.1:9")) as url:
        answer = httpx.post(f"{url}/relay/cases", json={}, cookies=COOKIES, headers={"Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_no_other_site_acts_in_somebody_s_name(visitor: httpx.Client, headers: dict[str, str]) -> None:
    assert visitor.post("/relay/cases/7/acts", json={"act": "sign"}, headers=headers).status_code == 403
