"""Accounts on a real database: made once, shown without secrets, locked by wrong passwords however these come."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.passwords import FAILURES, FIRST_LOCK, lock_after
from cityops.store.access import accounts, credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import WriteConnection, connect, writing

HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440106", "440105"}))
SECRET = {"id", "password_hash", "issuer_subject"}
in_one_database = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make(connection: WriteConnection, login: str, role: Role = Role.OPERATOR, scope: Scope = WHOLE_CITY) -> bool:
    return accounts.create(connection, login, f"{login} 某", f"digest of {login}", role, scope)


def session(connection: WriteConnection, login: str) -> str:
    """Open a session of an account and return its id."""
    owner = connection.scalar(text("SELECT id FROM account WHERE login = :login"), {"login": login})
    kind = CredentialKind.SESSION
    return credentials.issue(connection, kind, login, None, created_by=login, account_id=owner)[0]


def shown(connection: WriteConnection, login: str) -> dict[str, Any]:
    row = accounts.one(connection, login)
    assert row is not None
    return dict(row)


def test_an_account_is_shown_as_it_was_made(writer: WriteConnection) -> None:
    assert make(writer, "li", Role.DISTRICT_OFFICER, HAIZHU)
    assert shown(writer, "li") == {
        "login": "li",
        "display_name": "li 某",
        "issuer": None,
        "role": "district_officer",
        "scope_kind": "districts",
        "scope_codes": ["440105", "440106"],
        "failed_attempts": 0,
        "locked_until": None,
        "password_changed_at": None,
        "created_at": accounts.present(writer),
        "disabled_at": None,
        "has_password": True,
        "last_seen_at": None,
    }


def test_what_is_kept_of_a_password_is_not_shown(writer: WriteConnection) -> None:
    make(writer, "li")
    [row] = accounts.page(writer, None, None)
    assert SECRET & (set(row) | set(shown(writer, "li"))) == set()
    assert "digest of li" not in str(row)
    assert accounts.password_hash(writer, "li") == "digest of li"


def test_a_login_that_is_taken_keeps_its_account(writer: WriteConnection) -> None:
    make(writer, "li")
    before = shown(writer, "li")
    assert not accounts.create(writer, "li", "another", "another", Role.ADMINISTRATOR, WHOLE_CITY)
    assert shown(writer, "li") == before
    assert accounts.password_hash(writer, "li") == "digest of li"


NOBODY: list[tuple[Callable[[WriteConnection], object], object]] = [
    (lambda connection: accounts.one(connection, "nobody"), None),
    (lambda connection: accounts.password_hash(connection, "nobody"), None),
    (lambda connection: accounts.change(connection, "nobody", {"role": Role.ANALYST}), False),
    (lambda connection: accounts.end_sessions(connection, "nobody"), 0),
    (lambda connection: accounts.charge(connection, "nobody"), None),
    (lambda connection: list(accounts.page(connection, None, None)), []),
]


def test_an_unknown_login_is_nobody_s(writer: WriteConnection) -> None:
    assert [ask(writer) for ask, _ in NOBODY] == [answer for _, answer in NOBODY]


def test_a_change_is_of_one_account(writer: WriteConnection) -> None:
    make(writer, "li")
    make(writer, "wu")
    assert accounts.change(writer, "li", {"display_name": "李 某", "role": Role.ANALYST})
    assert (shown(writer, "li")["display_name"], shown(writer, "li")["role"]) == ("李 某", "analyst")
    assert (shown(writer, "wu")["display_name"], shown(writer, "wu")["role"]) == ("wu 某", "operator")


logins = st.sets(st.text("abyz09._-@", min_size=1, max_size=6), max_size=12)


@in_one_database
@given(logins=logins, size=st.integers(1, 5))
def test_pages_of_any_size_are_the_list_and_no_account_stands_on_two(
    logins: set[str], size: int, writer: WriteConnection
) -> None:
    with writer.begin_nested() as attempt:
        assert all(make(writer, login) for login in logins)
        walked: list[str] = []
        while rows := accounts.page(writer, walked[-1] if walked else None, size):
            assert len(rows) <= size
            walked += [row["login"] for row in rows]
        assert walked == [row["login"] for row in accounts.page(writer, None, None)]
        assert sorted(walked) == sorted(logins)
        attempt.rollback()


@in_one_database
@given(tries=st.lists(st.sampled_from([*["wrong"] * 6, "right", "wait"]), min_size=6, max_size=20))
def test_every_fifth_wrong_password_in_a_row_locks_for_longer_and_a_right_one_forgives(
    tries: list[str], writer: WriteConnection
) -> None:
    """Held against a count of our own; `wait` lets a lock run out."""
    with writer.begin_nested() as attempt:
        make(writer, "li")
        failures, lock = 0, None
        for one in tries:
            if one == "wait":
                writer.execute(text("UPDATE account SET locked_until = now() WHERE locked_until IS NOT NULL"))
                lock = lock and timedelta(0)
                continue
            charged = accounts.charge(writer, "li")
            assert (charged is None) == bool(lock)
            if charged is None:
                continue
            failures += 1
            lock = lock_after(failures) or lock
            if one == "right":
                assert accounts.settle(writer, charged)
                failures, lock = 0, None
            kept = shown(writer, "li")
            assert kept["failed_attempts"] == failures
            assert kept["locked_until"] == (None if lock is None else accounts.present(writer) + lock)
        attempt.rollback()


def test_the_fifth_wrong_password_locks_for_a_quarter_of_an_hour(writer: WriteConnection) -> None:
    make(writer, "li")
    tried = [accounts.charge(writer, "li") for _ in range(FAILURES + 1)]
    assert [charged is None for charged in tried] == [False] * FAILURES + [True]
    assert shown(writer, "li")["locked_until"] == accounts.present(writer) + FIRST_LOCK


def test_guesses_at_the_same_moment_have_no_more_tries_than_one_after_the_other(engine: Engine) -> None:
    with writing(engine) as connection:
        make(connection, "li")

    def guess(_number: int) -> bool:
        with writing(engine) as connection:
            return accounts.charge(connection, "li") is not None

    with ThreadPoolExecutor(8) as at_once:
        assert sum(at_once.map(guess, range(8))) == FAILURES


@pytest.mark.parametrize(
    "state", ["disabled_at = now()", "password_hash = NULL", "locked_until = now() + interval '1 s'"]
)
def test_who_may_not_sign_in_by_password_is_not_charged(state: str, writer: WriteConnection) -> None:
    make(writer, "li")
    writer.execute(text(f"UPDATE account SET {state}"))
    assert accounts.charge(writer, "li") is None
    assert shown(writer, "li")["failed_attempts"] == 0


@pytest.mark.parametrize("meanwhile", ["password_hash = 'another'", "password_hash = NULL", "disabled_at = now()"])
def test_a_password_that_was_right_is_so_no_more_when_the_account_has_changed(
    meanwhile: str, writer: WriteConnection
) -> None:
    make(writer, "li")
    charged = accounts.charge(writer, "li")
    assert charged is not None
    writer.execute(text(f"UPDATE account SET {meanwhile}"))
    assert not accounts.settle(writer, charged)
    assert shown(writer, "li")["failed_attempts"] == 1


def test_who_is_vouched_for_by_somebody_else_is_settled_without_a_password(writer: WriteConnection) -> None:
    make(writer, "li")
    charged = accounts.charge(writer, "li")
    assert charged is not None
    vouched = accounts.Charged(charged.id, "li", None)
    assert accounts.settle(writer, vouched)
    writer.execute(text("UPDATE account SET disabled_at = now()"))
    assert not accounts.settle(writer, vouched)


def test_the_other_administrators_are_those_who_are_enabled(writer: WriteConnection) -> None:
    for login in ("li", "wu", "zhao"):
        make(writer, login, Role.ADMINISTRATOR)
    make(writer, "chen", Role.SHIFT_LEADER)
    assert [accounts.other_administrators(writer, login) for login in ("li", "chen", "nobody")] == [2, 3, 3]
    accounts.change(writer, "wu", {"disabled_at": accounts.present(writer)})
    assert accounts.other_administrators(writer, "li") == 1
    assert accounts.other_administrators(writer, "wu") == 2


def test_administrators_who_were_counted_stay_so_until_the_transaction_ends(
    engine: Engine, migrated_database: str
) -> None:
    with writing(engine) as connection:
        make(connection, "li", Role.ADMINISTRATOR)
        make(connection, "wu", Role.ADMINISTRATOR)
    disable = "UPDATE account SET disabled_at = now() WHERE login = 'wu'"
    with connect(migrated_database, "another") as another:
        another.execute("SET lock_timeout = '50ms'")
        with writing(engine) as connection:
            assert accounts.other_administrators(connection, "li") == 1
            with pytest.raises(psycopg.errors.LockNotAvailable):
                another.execute(disable)
        assert another.execute(disable).rowcount == 1


def test_all_sessions_of_an_account_end_and_those_of_others_go_on(writer: WriteConnection) -> None:
    make(writer, "li")
    make(writer, "wu")
    mine, theirs = [session(writer, "li") for _ in range(3)], session(writer, "wu")
    credentials.revoke(writer, mine[0])
    assert accounts.end_sessions(writer, "li") == 2
    assert sorted(credentials.ended(writer, [*mine, theirs])) == sorted(mine)
    assert accounts.end_sessions(writer, "li") == 0


def test_an_account_was_last_seen_when_any_of_its_sessions_was(writer: WriteConnection) -> None:
    make(writer, "li")
    early, late = session(writer, "li"), session(writer, "li")
    now = accounts.present(writer)
    update = text("UPDATE credential SET created_at = :made, last_used_at = :used WHERE id = :id")
    writer.execute(update, {"id": early, "made": now - timedelta(hours=9), "used": now - timedelta(hours=1)})
    writer.execute(update, {"id": late, "made": now - timedelta(hours=2), "used": None})
    assert shown(writer, "li")["last_seen_at"] == now - timedelta(hours=1)
    writer.execute(update, {"id": late, "made": now, "used": None})
    assert shown(writer, "li")["last_seen_at"] == now


def test_the_present_instant_is_one_for_a_whole_transaction(engine: Engine) -> None:
    with writing(engine) as connection:
        first = accounts.present(connection)
        assert accounts.present(connection) == first
    assert first.utcoffset() == timedelta(0)
    with writing(engine) as connection:
        assert accounts.present(connection) > first
