"""How much of answers one credential may have under way: what counts, for how long, and whom it does not hold up."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.problems import ProblemError
from cityops.api.room import PAGE, Room
from cityops.api.routes.indicators.series import MOST_POINTS
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.grants import SERVICE
from cityops.local.processes import wait_until
from fixtures.accounts import account
from fixtures.api import LEADER, token_of
from fixtures.web import serving

LARGEST = (
    "/api/v1/series?indicator=pm25&level=street&interval=5min"
    "&start=2026-11-19T00:00:00%2B08:00&end=2026-11-19T23:40:00%2B08:00"
)
"""176 streets × 284 buckets: 49,984 points, some 7 MB."""


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 60_000), st.booleans()), max_size=60))
def test_nobody_has_more_under_way_than_the_bounds_say(steps: list[tuple[str, int, bool]]) -> None:
    room, places, counted = Room(of_one=100_000, of_all=150_000), [], dict.fromkeys("abc", 0)
    for name, items, ends in steps:
        place, all_ = room.place(name), sum(counted.values())
        if counted[name] + items > 100_000 or all_ + items > (150_000 if items > PAGE else 300_000):
            with pytest.raises(ProblemError) as refused:
                place.take(items)
            assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "2"})
            continue
        place.take(items)
        if ends:
            place.close()
        else:
            counted[name] += items
            places.append(place)
        assert counted[name] <= 100_000
        assert sum(counted.values()) <= 300_000
    for place in places:
        place.close()
    room.place("a").take(100_000)  # all of it is there again


def test_what_is_large_leaves_room_for_pages() -> None:
    room = Room(of_one=1_000_000, of_all=10_000)
    room.place("greedy").take(10_000)
    with pytest.raises(ProblemError):
        room.place("greedy").take(PAGE + 1)
    room.place("wall").take(PAGE)


@pytest.fixture
def narrow(app: FastAPI) -> Iterator[str]:
    """Give the address of an API with room for two of the largest answers per credential."""
    app.state.room = Room(of_one=2 * MOST_POINTS + 2 * PAGE)
    with serving(app) as url:
        yield url


@contextmanager
def unread(url: str, token: str, path: str) -> Iterator[bytes]:
    """Ask on a connection of its own and read the answer's head alone."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(512)
        yield head


def ask(url: str, token: str, path: str) -> httpx.Response:
    return httpx.get(f"{url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_answers_that_nobody_reads_count_until_they_are_read(narrow: str, key: str, migrated_database: str) -> None:
    other = token_of(migrated_database, Subject("other", Role.ANALYST, WHOLE_CITY))
    with ExitStack() as stack:
        heads = [stack.enter_context(unread(narrow, key, LARGEST)) for _ in range(2)]
        assert {head.split(b"\r\n")[0] for head in heads} == {b"HTTP/1.1 200 OK"}
        refused = ask(narrow, key, LARGEST)
        assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
        assert int(refused.headers["retry-after"]) > 0
        assert "under way" in refused.json()["detail"]
        assert ask(narrow, other, LARGEST).status_code == 200  # a credential holds up itself alone
    assert wait_until(lambda: ask(narrow, key, LARGEST).status_code == 200, seconds=10)


@pytest.mark.parametrize("path", ["/api/v1/devices/WL-1/readings", LARGEST, "/api/v1/devices?limit=500"])
def test_each_request_counts(
    app: FastAPI, key: str, world: object, migrated_database: str, path: str, signed_in: dict[str, str]
) -> None:
    app.state.room = Room(of_one=PAGE - 1)
    with serving(app) as url:
        assert ask(url, key, path).status_code == 429
        service = token_of(migrated_database, Subject(SERVICE, Role.ANALYST, WHOLE_CITY))
        assert ask(url, service, "/api/v1/state").status_code == 200  # no wall waits


def test_refusals_give_back_what_they_held(narrow: str, key: str, app: FastAPI) -> None:
    for path in ("/api/v1/devices/none/readings", "/api/v1/series?indicator=none", "/api/v1/devices?limit=9999"):
        assert ask(narrow, key, path).status_code in {404, 422}
    assert wait_until(lambda: not app.state.room._taken, seconds=5)
    assert app.state.room._all == 0


def test_nobody_names_an_unlimited_key_over_http(
    api_url: str, migrated_database: str, database_as: Callable[[str], str]
) -> None:
    account(migrated_database, "boss", Role.ADMINISTRATOR, WHOLE_CITY)
    boss = httpx.post(
        f"{api_url}/api/v1/sessions", json={"login": "boss", "password": "kumquat-Lantern-4711"}, timeout=30
    ).json()["token"]
    wanted = {"kind": "key", "role": "analyst", "scope_kind": "city", "scope_codes": []}
    answers = {
        label: httpx.post(
            f"{api_url}/api/v1/credentials",
            json=wanted | {"label": label},
            headers={"Authorization": f"Bearer {boss}"},
            timeout=30,
        )
        for label in (SERVICE, LEADER.name)
    }
    assert {label: answer.status_code for label, answer in answers.items()} == {SERVICE: 422, LEADER.name: 201}
    assert "cityops keys create dashboard" in answers[SERVICE].json()["detail"]
