"""Signing in over HTTP: passwords, lock-out, sessions that end, keys and displays, and that each step is audited."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import Holder
from cityops.domain.passwords import FAILURES
from cityops.local.processes import wait_until
from cityops.services import accounts, credentials
from cityops.store.engine import WriteConnection, make_engine, writing
from factories.acts import Book
from factories.world import World

HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
ME = command_line("tests")


@contextmanager
def changing(database_url: str) -> Iterator[WriteConnection]:
    """Give a connection of the owner, as the command line has it."""
    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@pytest.fixture
def password(world: World, migrated_database: str) -> str:
    """Give the password of an account `wang` who works on Haizhu."""
    with changing(migrated_database) as connection:
        made = accounts.create(connection, ME, "wang", "王", Role.DISTRICT_OFFICER, HAIZHU, None)
    assert made is not None
    return made


@pytest.fixture
def client(api_url: str) -> Iterator[httpx.Client]:
    """Give a client that shows nothing yet."""
    with httpx.Client(base_url=f"{api_url}/api/v1", timeout=30) as asking:
        yield asking


@pytest.fixture
def administrator(world: World, migrated_database: str, api_url: str) -> Iterator[httpx.Client]:
    """Give a client that is signed in as an administrator."""
    with changing(migrated_database) as connection:
        made = accounts.create(connection, ME, "boss", "Boss", Role.ADMINISTRATOR, WHOLE_CITY, None)
    with httpx.Client(base_url=f"{api_url}/api/v1", timeout=30) as asking:
        asking.headers["Authorization"] = f"Bearer {sign_in(asking, 'boss', str(made)).json()['token']}"
        yield asking


def sign_in(client: httpx.Client, login: str, password: str) -> httpx.Response:
    """Try to sign in."""
    return client.post("/sessions", json={"login": login, "password": password})


def bearer(token: str) -> dict[str, str]:
    """Return the headers that show a token."""
    return {"Authorization": f"Bearer {token}"}


def is_refused(client: httpx.Client, headers: dict[str, str]) -> bool:
    """Whether the door no longer knows a token."""
    return client.get("/me", headers=headers).status_code == 401


def actions(database: psycopg.Connection) -> list[tuple[str, str, str]]:
    """Return what the audit holds, oldest first."""
    rows = database.execute("SELECT subject, action, outcome FROM audit ORDER BY id").fetchall()
    return [(row[0], row[1], row[2]) for row in rows]


def test_who_signs_in_has_role_and_area_until_signing_out(
    client: httpx.Client, password: str, database: psycopg.Connection
) -> None:
    opened = sign_in(client, "wang", password)
    assert opened.status_code == 200
    told, shown = opened.json(), bearer(opened.json()["token"])
    me = client.get("/me", headers=shown).json()
    assert me == told["subject"]
    assert (me["role"], me["scope_codes"], me["display_name"]) == ("district_officer", ["440105"], "王")
    assert (me["has_password"], me["interim_password"]) == (True, True)
    assert client.delete("/sessions/current", headers=shown).status_code == 204
    assert client.get("/me", headers=shown).status_code == 401
    assert [row[1] for row in actions(database)] == ["account:create", "session:open", "session:close"]


def test_wrong_password_unknown_login_and_locked_account_are_answered_alike(
    client: httpx.Client, password: str
) -> None:
    wrong = [sign_in(client, "wang", "not the password") for _ in range(FAILURES)]
    answers = [*wrong, sign_in(client, "nobody", "not the password"), sign_in(client, "wang", password)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert "locked" in answers[0].json()["detail"]


def test_an_administrator_unlocks(client: httpx.Client, password: str, administrator: httpx.Client) -> None:
    for _ in range(FAILURES):
        sign_in(client, "wang", "not the password")
    assert administrator.patch("/accounts/wang", json={"locked": False}).json()["failed_attempts"] == 0
    assert sign_in(client, "wang", password).status_code == 200


def test_a_disabled_account_is_out_at_once_and_stays_out(
    client: httpx.Client, password: str, administrator: httpx.Client
) -> None:
    shown = bearer(sign_in(client, "wang", password).json()["token"])
    assert client.get("/me", headers=shown).status_code == 200
    assert administrator.patch("/accounts/wang", json={"disabled": True}).json()["disabled_at"] is not None
    assert wait_until(lambda: is_refused(client, shown), seconds=10)
    assert sign_in(client, "wang", password).status_code == 401


def test_a_password_of_ones_own_ends_all_other_sessions(client: httpx.Client, password: str) -> None:
    first, second = (bearer(sign_in(client, "wang", password).json()["token"]) for _ in range(2))
    assert len(client.get("/sessions", headers=first).json()) == 2
    weak = {"password": password, "new_password": "guangzhou-2026"}
    assert "common words" in client.post("/me/password", headers=first, json=weak).json()["detail"]
    changed = client.post(
        "/me/password", headers=first, json={"password": password, "new_password": "trumpet lychee brick"}
    )
    assert changed.json()["subject"]["interim_password"] is False
    third = bearer(changed.json()["token"])
    assert len(client.get("/sessions", headers=third).json()) == 1
    assert client.get("/me", headers=second).status_code == 401
    assert sign_in(client, "wang", password).status_code == 401
    assert sign_in(client, "wang", "trumpet lychee brick").status_code == 200


def test_refused_new_passwords_are_no_wrong_present_ones(
    client: httpx.Client, password: str, database: psycopg.Connection
) -> None:
    shown = bearer(sign_in(client, "wang", password).json()["token"])
    weak, good = ({"password": password, "new_password": new} for new in ("wang-wang-wang", "trumpet lychee brick"))
    refused = [client.post("/me/password", headers=shown, json=weak).status_code for _ in range(FAILURES)]
    assert set(refused) == {422}
    assert database.execute("SELECT failed_attempts, locked_until FROM account").fetchall() == [(0, None)]
    assert client.post("/me/password", headers=shown, json=good).status_code == 200


def test_a_session_of_a_lost_laptop_is_ended_by_its_owner_alone(
    client: httpx.Client, password: str, administrator: httpx.Client
) -> None:
    here, lost = (bearer(sign_in(client, "wang", password).json()["token"]) for _ in range(2))
    newest = client.get("/sessions", headers=here).json()[0]["id"]
    assert administrator.delete(f"/sessions/{newest}").status_code == 404
    assert client.delete(f"/sessions/{newest}", headers=here).status_code == 204
    assert client.get("/sessions", headers=here).status_code == 200
    assert client.get("/sessions", headers=lost).status_code == 401


def test_accounts_are_made_listed_and_changed(administrator: httpx.Client, client: httpx.Client) -> None:
    asked: dict[str, Any] = {"login": "li", "display_name": "李", "role": "street_officer"}
    asked |= {"scope_kind": "streets", "scope_codes": ["440106001"]}
    made = administrator.post("/accounts", json=asked)
    assert made.status_code == 201
    assert sign_in(client, "li", made.json()["password"]).status_code == 200
    assert administrator.post("/accounts", json=asked).status_code == 409
    grant = {"role": "district_officer", "scope_kind": "districts", "scope_codes": ["440106"]}
    changed = administrator.patch("/accounts/li", json={"grant": grant, "display_name": "李雷"}).json()
    assert (changed["role"], changed["display_name"]) == ("district_officer", "李雷")
    first = administrator.get("/accounts?limit=1").json()
    second = administrator.get("/accounts", params={"limit": 1, "after": first["next"]}).json()
    assert [one["login"] for one in first["items"] + second["items"]] == ["boss", "li"]
    assert "password_hash" not in administrator.get("/accounts").text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"role": "wall_display"}, "an account cannot be wall_display"),
        ({"role": "administrator"}, "administrator cannot reach over streets"),
        ({"scope_codes": ["999999999"]}, "nothing registered as 999999999"),
        ({"scope_codes": []}, "no code is named"),
        ({"password": "short"}, "12 to 128"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_by_name(
    administrator: httpx.Client, change: dict[str, str], told: str
) -> None:
    asked = {"login": "li", "display_name": "李", "role": "street_officer", "scope_kind": "streets"}
    answer = administrator.post("/accounts", json=asked | {"scope_codes": ["440106001"]} | change)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_the_last_administrator_stays(administrator: httpx.Client) -> None:
    answer = administrator.patch("/accounts/boss", json={"disabled": True})
    assert (answer.status_code, "last administrator" in answer.json()["detail"]) == (422, True)


def test_keys_and_displays_are_made_shown_once_and_revoked(
    administrator: httpx.Client,
    client: httpx.Client,
    database: psycopg.Connection,
) -> None:
    wall = {"kind": "display", "label": "hall", "role": "wall_display", "scope_kind": "city", "scene": "/"}
    key = {"kind": "key", "label": "notebook", "role": "analyst", "scope_kind": "city", "days": 30}
    for asked in (wall, key):
        made = administrator.post("/credentials", json=asked).json()
        shown = bearer(made["token"])
        me = client.get("/me", headers=shown).json()
        assert (me["name"], me["kind"], me["scene"]) == (asked["label"], asked["kind"], asked.get("scene"))
        listed = administrator.get("/credentials").text
        assert made["id"] in listed
        assert made["token"].split("_", 2)[2] not in listed
        assert administrator.delete(f"/credentials/{made['id']}").status_code == 204
        assert wait_until(partial(is_refused, client, shown), seconds=10)
        assert administrator.delete(f"/credentials/{made['id']}").status_code == 404
    assert administrator.post("/credentials", json=key | {"days": 3650}).status_code == 422
    assert administrator.post("/credentials", json=wall | {"scene": None}).status_code == 422
    missing = administrator.post("/credentials", json=wall | {"scene": "/districts/999999"})
    assert (missing.status_code, "/districts/999999" in missing.json()["detail"]) == (422, True)
    issued = [row for row in actions(database) if row[1].startswith("credential:")]
    assert issued == [("boss", f"credential:{verb}", "done") for verb in ("issue", "revoke") * 2]


def test_a_key_signs_nobody_out_and_has_no_password(
    password: str, migrated_database: str, client: httpx.Client
) -> None:
    theirs = bearer(sign_in(client, "wang", password).json()["token"])
    [session] = client.get("/sessions", headers=theirs).json()
    subject = Subject("wang", Role.ANALYST, WHOLE_CITY)  # a label is free: it may be somebody's login
    with changing(migrated_database) as connection:
        made = credentials.give(connection, ME, Holder.KEY, subject, broker="")
    shown = bearer(made.token)
    assert client.delete("/sessions/current", headers=shown).status_code == 404
    assert client.delete(f"/sessions/{session['id']}", headers=shown).status_code == 404
    body = {"password": "a", "new_password": "trumpet lychee brick"}
    assert client.post("/me/password", headers=shown, json=body).status_code == 404
    assert client.get("/sessions", headers=shown).json() == []
    assert client.get("/sessions", headers=theirs).status_code == 200


def test_each_keeps_filters_of_their_own_and_who_has_not_signed_in_none(
    client: httpx.Client, book: Book, api: httpx.Client
) -> None:
    tokens = {}
    for login in ("li", "wu"):
        book.person(login, Role.OPERATOR, WHOLE_CITY)
        tokens[login] = {"Authorization": f"Bearer {book.signed_in(login)[1]}"}
    wanted = {"name": "猎德 超期", "todo": "overdue", "q": "猎德"}
    saved = client.put("/me/filters", json=wanted, headers=tokens["li"])
    assert (saved.status_code, saved.json()) == (200, wanted | {"place": 1})
    assert client.get("/me/filters", headers=tokens["li"]).json() == [wanted | {"place": 1}]
    assert client.get("/me/filters", headers=tokens["wu"]).json() == []
    named = {"name": wanted["name"]}
    assert client.delete("/me/filters", params=named, headers=tokens["wu"]).status_code == 404
    assert client.delete("/me/filters", params=named, headers=tokens["li"]).status_code == 204
    assert client.get("/me/filters", headers=tokens["li"]).json() == []
    for wrong in ({"name": ""}, {"name": " x"}, {"name": "x" * 25}, {"todo": "x"}, {"q": "x" * 65}, {"more": 1}):
        assert client.put("/me/filters", json=wanted | wrong, headers=tokens["li"]).status_code == 422, wrong
    assert api.get("/api/v1/me/filters").json() == []  # a key
    assert api.put("/api/v1/me/filters", json=wanted).status_code == 404
    assert api.delete("/api/v1/me/filters", params=named).status_code == 404
