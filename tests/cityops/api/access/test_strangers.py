"""What strangers ask is done apart: none of it makes anybody wait who has shown a credential."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from cityops.api.access.id_tokens import IdTokens
from cityops.api.access.strangers import Strangers
from cityops.api.app import create_app
from cityops.api.problems import ProblemError
from cityops.api.routes.single_sign_on import SingleSignOn
from cityops.local.processes import wait_until
from cityops.store.access import passwords
from cityops.store.engine import connect
from cityops.store.schema import privileges
from fixtures.accounts import PASSWORD, account
from fixtures.api import unhurried
from fixtures.loops import run
from fixtures.web import serving

MANY = 60
"""More than the API has threads for all who ask."""

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
"""An id_token whose key the provider has to be asked for."""


@contextmanager
def flood(url: str, method: str, path: str, body: object = None) -> Iterator[list[Future[httpx.Response]]]:
    """Ask as many strangers would: all at once, from eight addresses; give their answers to come."""

    def ask(number: int) -> httpx.Response:
        transport = httpx.HTTPTransport(local_address=f"127.0.0.{2 + number % 8}")
        with httpx.Client(transport=transport, timeout=300) as client:
            return client.request(method, f"{url}{path}", json=body)

    with ThreadPoolExecutor(MANY) as threads:
        yield [threads.submit(ask, number) for number in range(MANY)]


@contextmanager
def held(database_url: str, statement: str) -> Iterator[Callable[[], object]]:
    """Hold what a statement locks until the block ends, or what is given is called."""
    with connect(database_url, "test") as connection:
        connection.execute("BEGIN")
        connection.execute(statement)
        try:
            yield lambda: connection.execute("ROLLBACK")
        finally:
            connection.rollback()


def who_waits(url: str) -> int:
    """Return how many backends wait for a lock."""
    with connect(url, "test") as connection:
        here = "datname = current_database() AND wait_event_type = 'Lock'"
        [count] = connection.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {here}").fetchone() or (0,)
        return int(count)


def answers(url: str, headers: dict[str, str]) -> bool:
    """Whether somebody who is signed in is answered by all who answer: the database, and the shared threads."""
    paths = ("/api/v1/devices", "/api/v1/events", "/api/v1/series?indicator=pm25", "/api/v1/state")
    with httpx.Client(base_url=url, headers=headers, timeout=20) as client:
        return {client.get(path).status_code for path in paths} == {200}


def test_sign_ins_that_hang_hold_up_nobody_who_is_signed_in(
    api_url: str, migrated_database: str, signed_in: dict[str, str]
) -> None:
    account(migrated_database, "chen")
    given = {"login": "chen", "password": "not the right one"}
    with (
        held(migrated_database, "SELECT FROM account WHERE login = 'chen' FOR UPDATE") as let_go,
        flood(api_url, "POST", "/api/v1/sessions", given) as asked,
    ):
        assert wait_until(lambda: who_waits(migrated_database) >= 2, seconds=20)
        assert answers(api_url, signed_in)
        assert wait_until(lambda: sum(one.done() for one in asked) >= MANY - 16, seconds=20)
        refused = [one.result() for one in asked if one.done()]
        let_go()
    assert {one.status_code for one in refused} == {429}
    assert all(int(one.headers["retry-after"]) > 0 for one in refused)
    assert {one.result().status_code for one in asked} == {401, 429}
    answer = httpx.post(f"{api_url}/api/v1/sessions", json=given | {"password": PASSWORD}, timeout=30)
    assert answer.status_code in {200, 401}  # 401: the guesses have locked the account


def test_a_slow_provider_holds_up_nobody(database_as: Callable[[str], str], signed_in: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        sign_on = SingleSignOn(IdTokens(issuer, "cityops"), ())
        app = unhurried(create_app(database_as(privileges.API), sign_on))
        with serving(app) as url:
            asked_for = {"id_token": TOKEN, "nonce": "n" * 32}
            with flood(url, "POST", "/api/v1/sessions/oidc", asked_for) as asked:
                connection, _ = silent.accept()  # the provider was asked, and says nothing
                assert answers(url, signed_in)
                connection.close()
                silent.close()
            assert {one.result().status_code for one in asked} <= {401, 429, 503}


def test_a_supervisor_of_a_database_that_hangs_holds_up_nobody(
    api_url: str, migrated_database: str, signed_in: dict[str, str]
) -> None:
    with (
        held(migrated_database, "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE") as let_go,
        flood(api_url, "GET", "/health/ready") as asked,
    ):
        assert wait_until(lambda: who_waits(migrated_database) >= 1, seconds=20)
        assert answers(api_url, signed_in)
        assert who_waits(migrated_database) == 1  # one question for all
        let_go()
    assert {one.result().status_code for one in asked} <= {200, 503}


def test_no_more_run_and_wait_than_may(app: FastAPI) -> None:
    assert isinstance(app.state.lookups, Strangers)
    go, running, most = threading.Event(), 0, 0
    lock = threading.Lock()

    def work() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(20)
        with lock:
            running -= 1
        return 7

    async def asked() -> list[object]:
        strangers = Strangers("tests", threads=2, waiting=3, waiting_of_one=2)
        names = [*"aaa", *"bbb", *"cc", "d"]
        tasks = [asyncio.create_task(strangers.run(name, work)) for name in names]
        await asyncio.sleep(0)
        go.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert await strangers.run("a", work) == 7  # there is room again
        return list(found)

    found = run(asked())
    refused = [one for one in found if isinstance(one, ProblemError)]
    assert [one for one in found if one == 7] == [7] * 5
    assert len(refused) == 4
    assert most <= 2
    assert {(one.status, (one.headers or {})["Retry-After"]) for one in refused} == {(429, "2")}


def test_passwords_are_compared_behind_everything_else() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert passwords._comparing.submit(niceness).result() > niceness() or niceness() >= 15
