"""How often the API may be asked: who is refused, for how long, and who never is."""

from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from cityops.api.app import create_app
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.grants import SERVICE
from cityops.rates import MOST_KEYS, Buckets, address_of
from cityops.store.access import attempts
from cityops.store.schema import privileges
from fixtures.accounts import PASSWORD, account
from fixtures.api import token_of, unhurried
from fixtures.web import serving

PATH = "/api/v1/intervals"


@given(st.lists(st.floats(0, 3), max_size=200), st.integers(1, 20), st.integers(1, 20))
def test_no_more_than_the_burst_and_the_rate_pass(pauses: list[float], rate: int, burst: int) -> None:
    now = 0.0
    buckets = Buckets(rate, burst, lambda: now)
    passed = 0
    for pause in pauses:
        now += pause
        passed += buckets.wait("x") == 0
        assert passed <= burst + rate * now + 1e-6


def test_after_the_seconds_that_are_told_there_is_room() -> None:
    now = 0.0
    buckets = Buckets(0.5, 2, lambda: now)
    assert [buckets.wait("x") for _ in range(3)] == [0, 0, 2]
    assert buckets.wait("y") == 0
    now = 2.0
    assert buckets.wait("x", take=0) == 0
    assert [buckets.wait("x"), buckets.wait("x")] == [0, 2]


def test_many_keys_take_no_more_room() -> None:
    buckets = Buckets(1, 5)
    for number in range(MOST_KEYS + 100):
        buckets.wait(str(number))
    assert len(buckets._levels) <= MOST_KEYS
    assert buckets.wait(str(MOST_KEYS + 99), take=5) > 0  # the last ones are remembered


def test_addresses_of_one_ipv6_network_are_one() -> None:
    assert address_of({"client": ("2001:db8::1", 1)}) == address_of({"client": ("2001:db8::f:2", 2)})
    assert address_of({"client": ("2001:db8:0:1::1", 1)}) != address_of({"client": ("2001:db8::1", 2)})
    assert address_of({"client": ("192.0.2.1", 1)}) == "192.0.2.1"
    assert address_of({"client": None}) == ""


@pytest.fixture
def small(app: FastAPI) -> Iterator[str]:
    """Give the API's address with small buckets that hardly fill again."""
    rates = app.state.rates
    rates.credentials, rates.strangers, rates.sign_ins_of_one = Buckets(0.01, 3), Buckets(0.01, 4), Buckets(0.01, 2)
    with serving(app) as url:
        yield url


def ask(url: str, token: str) -> httpx.Response:
    return httpx.get(f"{url}{PATH}", headers={"Authorization": f"Bearer {token}"} if token else {})


def test_each_credential_is_counted_alone(small: str, key: str, migrated_database: str) -> None:
    assert [ask(small, key).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = ask(small, key)
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert "asks too often" in answer.json()["detail"]
    walls = [
        token_of(migrated_database, Subject(f"wall {n}", Role.WALL_DISPLAY, WHOLE_CITY)) for n in range(8)
    ]  # behind the same address
    assert {ask(small, wall).status_code for wall in walls} == {200}


def test_the_dashboard_is_not_counted(small: str, migrated_database: str) -> None:
    service = token_of(migrated_database, Subject(SERVICE, Role.SHIFT_LEADER, WHOLE_CITY))
    assert {ask(small, service).status_code for _ in range(10)} == {200}


def test_strangers_are_counted_per_address_and_hold_up_nobody_who_is_known(small: str, key: str) -> None:
    assert ask(small, key).status_code == 200
    asked = [ask(small, token).status_code for token in ("", "key_x_y", "", "nonsense", "", "key_x_z")]
    assert asked == [401, 401, 401, 401, 429, 429]
    assert int(ask(small, "").headers["retry-after"]) > 0
    assert ask(small, key).status_code == 200
    assert httpx.get(f"{small}/health/live").status_code == 200


def sign_in(url: str, login: str, given: str = "not the right one") -> httpx.Response:
    return httpx.post(f"{url}/api/v1/sessions", json={"login": login, "password": given}, timeout=30)


def test_who_signs_in_is_not_held_up_by_strangers_behind_the_same_address(small: str, migrated_database: str) -> None:
    account(migrated_database, "chen")
    assert [ask(small, "key_x_y").status_code for _ in range(5)] == [401, 401, 401, 401, 429]
    assert ask(small, sign_in(small, "chen", PASSWORD).json()["token"]).status_code == 200


def test_sign_ins_are_counted_per_address_and_login(small: str, app: FastAPI, key: str) -> None:
    app.state.rates.sign_ins = Buckets(0.01, 4)
    asked = [sign_in(small, login) for login in ("a", "a", "a", "b", "b")]
    assert [answer.status_code for answer in asked] == [401, 401, 429, 401, 429]
    assert int(asked[2].headers["retry-after"]) > 0
    assert "sign-ins" in asked[2].json()["detail"]
    assert ask(small, key).status_code == 200


@pytest.fixture
def two(app: FastAPI, database_as: Callable[[str], str]) -> Iterator[list[str]]:
    """Give the addresses of two APIs on one database."""
    with serving(app) as one, serving(unhurried(create_app(database_as(privileges.API)))) as other:
        yield [one, other]


def test_guesses_at_one_account_are_counted_by_all_apis_together(two: list[str], migrated_database: str) -> None:
    account(migrated_database, "chen")
    assert {sign_in(two[number % 2], "chen").status_code for number in range(5)} == {401}
    assert [sign_in(url, "chen", PASSWORD).status_code for url in two] == [401, 401]  # locked at both


def test_sign_ins_of_an_address_are_counted_by_all_apis_together(
    two: list[str], database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts.take_sign_in, "__defaults__", (0.01, 3))
    asked = [sign_in(two[number % 2], f"nobody{number}") for number in range(5)]
    assert [answer.status_code for answer in asked] == [401, 401, 401, 429, 429]
    assert int(asked[3].headers["retry-after"]) > 0
    database.execute("UPDATE sign_in_bucket SET at = at - interval '5 minutes'")  # three are there again
    asked = [sign_in(two[number % 2], f"nobody{number}") for number in range(4)]
    assert [answer.status_code for answer in asked] == [401, 401, 401, 429]
    database.execute("UPDATE sign_in_bucket SET at = at - interval '1 hour'")
    assert sign_in(two[0], "nobody").status_code == 401
    assert database.execute("SELECT round(level) FROM sign_in_bucket").fetchall() == [(2,)]
