"""Files over HTTP: sent as they are, served safely to who handles the case; refused whole with reason and remedy."""

import socket
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest
from PIL import Image

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.events.evidence import LARGEST_BYTES
from cityops.local.processes import wait_until
from factories import photos
from factories.world import STREET, World
from fixtures.api import token_of

JPEG, PDF = "image/jpeg", "application/pdf"
INSIDE = {
    Role.DISTRICT_OFFICER: Scope(ScopeKind.DISTRICTS, frozenset({"440106"})),
    Role.STREET_OFFICER: Scope(ScopeKind.STREETS, frozenset({STREET})),
    Role.DEPARTMENT_HANDLER: Scope(ScopeKind.DEPARTMENTS, frozenset({"hotline"})),
    Role.OPERATOR: WHOLE_CITY,
}
OUTSIDE = {
    Role.DISTRICT_OFFICER: Scope(ScopeKind.DISTRICTS, frozenset({"440105"})),
    Role.STREET_OFFICER: Scope(ScopeKind.STREETS, frozenset({"440106001"})),
    Role.DEPARTMENT_HANDLER: Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})),
    Role.OPERATOR: Scope(ScopeKind.DISTRICTS, frozenset({"440105"})),
}


@pytest.fixture
def case(world: World) -> int:
    """Give the id of a case in Tianhe, reported by the hotline."""
    world.case()
    [number] = world.connection.execute("SELECT id FROM event").fetchone() or (0,)
    return int(number)


@pytest.fixture
def asking(api_url: str, migrated_database: str) -> Iterator[Callable[[Role, Scope], httpx.Client]]:
    """Give a function from role and scope to a client of somebody who has them."""
    clients: list[httpx.Client] = []

    def client(role: Role, scope: Scope) -> httpx.Client:
        token = token_of(migrated_database, Subject("asking", role, scope))
        clients.append(httpx.Client(base_url=api_url, timeout=30, headers={"Authorization": f"Bearer {token}"}))
        return clients[-1]

    yield client
    for one in clients:
        one.close()


def send(api: httpx.Client, case: int, sent: bytes, said: str = JPEG, name: str = "现场.jpg") -> httpx.Response:
    return api.post(
        f"/api/v1/cases/{case}/evidence", params={"name": name}, content=sent, headers={"Content-Type": said}
    )


def kept(database: psycopg.Connection) -> list[tuple[int, ...]]:
    return database.execute(
        "SELECT (SELECT count(*) FROM evidence), (SELECT count(*) FROM evidence_content),"
        " (SELECT count(*) FROM event_evidence), (SELECT count(*) FROM audit WHERE action = 'evidence:add')"
    ).fetchall()


NOTHING = [(0, 0, 0, 0)]


def test_a_photo_is_sent_listed_and_served(api: httpx.Client, case: int) -> None:
    answer = send(api, case, photos.jpeg(orientation=6))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["event_id"], told["name"], told["medium"]) == (case, "现场.jpg", JPEG)
    assert (told["width"], told["height"], told["lon"], told["lat"]) == (48, 64, photos.LON, photos.LAT)
    assert (told["taken_at"], told["act_sequence"]) == ("2026-11-27T00:30:00Z", None)
    assert api.get(f"/api/v1/cases/{case}/evidence").json() == {"event_id": case, "items": [told]}

    served = api.get(f"/api/v1/evidence/{told['digest']}")
    assert (served.status_code, served.headers["content-type"], len(served.content)) == (200, JPEG, told["bytes"])
    assert Image.open(BytesIO(served.content)).size == (48, 64)
    assert b"ZQPHONE" not in served.content
    small = api.get(f"/api/v1/evidence/{told['digest']}/preview")
    assert (small.status_code, small.headers["content-type"]) == (200, JPEG)
    assert small.headers["etag"] != served.headers["etag"]


def test_the_same_again_is_answered_the_same(api: httpx.Client, case: int, database: psycopg.Connection) -> None:
    first, again = send(api, case, photos.jpeg()), send(api, case, photos.jpeg(), name="again.jpg")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert kept(database) == [(1, 1, 1, 1)]


def test_what_is_served_can_do_nothing_in_a_browser(api: httpx.Client, case: int) -> None:
    for sent, said, name, how in (
        (photos.jpeg(), JPEG, "天河\r\nX: 1.jpg", "inline; filename=evidence.jpg"),
        (photos.PDF, PDF, '"; filename=x.html', "attachment; filename=evidence.pdf"),
    ):
        told = send(api, case, sent, said, name).json()
        served = api.get(f"/api/v1/evidence/{told['digest']}")
        assert served.headers["content-disposition"] == f"{how}; filename*=UTF-8''{quote(told['name'], safe='')}"
        assert served.headers.get_list("content-security-policy") == [
            "default-src 'none'; sandbox; frame-ancestors 'none'"
        ]
        assert served.headers.get_list("x-content-type-options") == ["nosniff"]
        assert served.headers["cross-origin-resource-policy"] == "same-origin"
        assert served.headers["cache-control"] == "private, no-cache"


def test_who_has_it_is_not_sent_it_again(api: httpx.Client, case: int) -> None:
    digest = send(api, case, photos.jpeg()).json()["digest"]
    for path in (f"/api/v1/evidence/{digest}", f"/api/v1/evidence/{digest}/preview"):
        tag = api.get(path).headers["etag"]
        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = api.get(path, headers={"If-None-Match": held})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_file_that_is_no_picture_has_no_preview(api: httpx.Client, case: int) -> None:
    digest = send(api, case, photos.PDF, PDF).json()["digest"]
    answer = api.get(f"/api/v1/evidence/{digest}/preview")
    assert (answer.status_code, "ask for the file itself" in answer.json()["detail"]) == (404, True)
    assert api.get(f"/api/v1/evidence/{digest}").content == photos.PDF


REFUSED = [
    (b"<html><script>alert(1)</script></html>", JPEG, 415, "a web page"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415, "SVG"),
    (photos.png(), JPEG, 415, "says that it is image/jpeg but is image/png"),
    (photos.jpeg(), "", 415, "says that it is nothing"),
    (photos.jpeg()[:900], JPEG, 422, "cut off"),
    (photos.huge_png(60_000, 60_000), "image/png", 413, "lower resolution"),
    (photos.PDF[:-6], PDF, 422, "cut off"),
    (b"", JPEG, 422, "empty"),
    (photos.jpeg() + bytes(LARGEST_BYTES), JPEG, 413, "send smaller"),
]


@pytest.mark.parametrize(("sent", "said", "status", "reason"), REFUSED)
def test_what_is_not_taken_is_refused_and_leaves_nothing(
    api: httpx.Client, case: int, database: psycopg.Connection, sent: bytes, said: str, status: int, reason: str
) -> None:
    answer = send(api, case, sent, said)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert reason in answer.json()["detail"]
    assert kept(database) == NOTHING


def test_a_body_without_a_declared_length_is_bounded_as_it_comes(
    api: httpx.Client, case: int, database: psycopg.Connection
) -> None:
    def pieces(count: int) -> Iterator[bytes]:
        yield photos.jpeg()
        for _ in range(count):
            yield bytes(65_536)

    path = f"/api/v1/cases/{case}/evidence"
    assert api.post(path, content=pieces(200), headers={"Content-Type": JPEG}).status_code == 413
    assert kept(database) == NOTHING
    assert api.post(path, content=pieces(20), headers={"Content-Type": JPEG}).status_code == 201
    assert api.post("/api/v1/sessions", content=pieces(20)).status_code == 413  # elsewhere the bound is as it was


def test_an_upload_that_breaks_off_leaves_nothing(
    api: httpx.Client, api_url: str, key: str, case: int, database: psycopg.Connection
) -> None:
    sent, server = photos.jpeg(), urlsplit(api_url)
    head = (
        f"POST /api/v1/cases/{case}/evidence?name=x HTTP/1.1\r\nHost: {server.netloc}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: {JPEG}\r\nContent-Length: {len(sent) + 10}\r\n\r\n"
    )
    with socket.create_connection((server.hostname or "", server.port or 0)) as broken:
        broken.sendall(head.encode() + sent)  # all of the picture, but not all that was announced
    answered = 'method="POST",route="/api/v1/cases/{event_id}/evidence",status="400"'
    assert wait_until(lambda: answered in api.get("/metrics").text, seconds=30)
    assert kept(database) == NOTHING
    assert send(api, case, sent).status_code == 201  # and what it held is free again


@pytest.mark.parametrize("role", INSIDE)
def test_who_handles_the_case_sends_and_sees_and_who_is_outside_learns_nothing(
    asking: Callable[[Role, Scope], httpx.Client], case: int, role: Role
) -> None:
    inside, outside = asking(role, INSIDE[role]), asking(role, OUTSIDE[role])
    told = send(inside, case, photos.jpeg())
    assert told.status_code == 201, told.text
    digest = told.json()["digest"]
    nobodys = "0" * 64
    for path, absent in (
        (f"/api/v1/evidence/{digest}", f"/api/v1/evidence/{nobodys}"),
        (f"/api/v1/evidence/{digest}/preview", f"/api/v1/evidence/{nobodys}/preview"),
        (f"/api/v1/cases/{case}/evidence", "/api/v1/cases/999/evidence"),
    ):
        assert inside.get(path).status_code == 200
        held = {"If-None-Match": "*"}
        found, there_is_none = outside.get(path, headers=held), outside.get(absent, headers=held)
        assert found.status_code == there_is_none.status_code == 404
        told_of = found.text.replace(digest, "…").replace(f"event {case}", "…")
        assert told_of == there_is_none.text.replace(nobodys, "…").replace("event 999", "…")
    assert send(outside, case, photos.png(), "image/png").status_code == 404


@pytest.mark.parametrize("role", [Role.WALL_DISPLAY, Role.ANALYST, Role.DATA_STEWARD, Role.ADMINISTRATOR])
def test_who_handles_no_cases_sees_no_photo(
    api: httpx.Client, asking: Callable[[Role, Scope], httpx.Client], case: int, role: Role
) -> None:
    digest = send(api, case, photos.jpeg()).json()["digest"]
    other = asking(role, WHOLE_CITY)
    for path in (f"evidence/{digest}", f"evidence/{digest}/preview", f"cases/{case}/evidence"):
        assert other.get(f"/api/v1/{path}").status_code == 403
    assert send(other, case, photos.jpeg()).status_code == 403
