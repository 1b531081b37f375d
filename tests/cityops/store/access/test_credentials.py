"""Credentials on a real database: shown once, found again while they are valid, and kept as a digest alone."""

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import SESSION_IDLE
from cityops.store.access import accounts, credentials
from cityops.store.access.credentials import CredentialKind, Known
from cityops.store.engine import WriteConnection

STREETS = Subject("街道屏", Role.WALL_DISPLAY, Scope(ScopeKind.STREETS, frozenset({"440106013", "440105001"})))
ANALYST = Subject("报表", Role.ANALYST, WHOLE_CITY)
GIVEN = {CredentialKind.DISPLAY: STREETS, CredentialKind.KEY: ANALYST}


def give(connection: WriteConnection, kind: CredentialKind, **more: Any) -> tuple[str, str]:
    """Make a display or a key; return its id and its token."""
    subject = GIVEN[kind]
    return credentials.issue(connection, kind, subject.name, subject, created_by="test", **more)


def sign_in(connection: WriteConnection, login: str = "li", **more: Any) -> tuple[str, str]:
    """Open a session, with its account where there is none; return its id and its token."""
    accounts.create(connection, login, f"{login} 某", "digest", Role.OPERATOR, WHOLE_CITY)
    owner = connection.scalar(text("SELECT id FROM account WHERE login = :login"), {"login": login})
    more = {"expires_at": accounts.present(connection) + timedelta(hours=1)} | more
    kind = CredentialKind.SESSION
    return credentials.issue(connection, kind, "browser", None, created_by=login, account_id=owner, **more)


def one_of_each(connection: WriteConnection) -> dict[CredentialKind, tuple[str, str]]:
    return {kind: give(connection, kind) for kind in GIVEN} | {CredentialKind.SESSION: sign_in(connection)}


def known(connection: WriteConnection, token: str) -> Known:
    found = credentials.find(connection, token)
    assert found is not None
    return found


def put(connection: WriteConnection, identifier: str, columns: str) -> None:
    connection.execute(text(f"UPDATE credential SET {columns} WHERE id = :id"), {"id": identifier})


def test_a_token_tells_its_kind_and_id_and_holds_256_random_bits(writer: WriteConnection) -> None:
    given = one_of_each(writer)
    for kind, (identifier, token) in given.items():
        assert re.fullmatch(rf"{kind}_{identifier}_[A-Za-z0-9_-]{{43}}", token)
    secrets = {token.split("_", 2)[2] for _, token in given.values()}
    assert len(secrets) == len(given)


def test_only_a_digest_of_the_secret_is_kept(writer: WriteConnection) -> None:
    _, token = give(writer, CredentialKind.KEY)
    secret = token.split("_", 2)[2]
    [row] = writer.execute(text("SELECT * FROM credential")).mappings()
    assert secret not in str(dict(row))
    assert row["secret_hash"] == sha256(secret.encode()).digest()


@pytest.mark.parametrize("kind", GIVEN)
def test_a_display_or_a_key_stands_for_the_subject_it_was_given(
    kind: CredentialKind, writer: WriteConnection
) -> None:
    expires_at = accounts.present(writer) + timedelta(days=1)
    identifier, token = give(writer, kind, scene="/districts/440105", expires_at=expires_at)
    subject = GIVEN[kind]
    assert known(writer, token) == Known(
        identifier, kind, subject, "/districts/440105", expires_at, subject.name, False, False, False
    )


def test_a_session_has_the_role_and_scope_that_its_account_has_now(writer: WriteConnection) -> None:
    _, token = sign_in(writer)
    assert known(writer, token).subject == Subject("li", Role.OPERATOR, WHOLE_CITY)
    assert known(writer, token).display_name == "li 某"
    accounts.change(
        writer, "li", {"role": Role.STREET_OFFICER, "scope_kind": "streets", "scope_codes": ["440105001"]}
    )
    street = Scope(ScopeKind.STREETS, frozenset({"440105001"}))
    assert known(writer, token).subject == Subject("li", Role.STREET_OFFICER, street)


@pytest.mark.parametrize(
    ("account", "has_password", "interim"),
    [
        ("password_changed_at = NULL", True, True),
        ("password_changed_at = now()", True, False),
        ("password_hash = NULL", False, False),
    ],
)
def test_a_session_says_whether_the_password_is_the_owner_s(
    account: str, has_password: bool, interim: bool, writer: WriteConnection
) -> None:
    _, token = sign_in(writer)
    writer.execute(text(f"UPDATE account SET {account}"))
    found = known(writer, token)
    assert (found.has_password, found.interim_password) == (has_password, interim)


def test_a_token_that_is_not_quite_right_is_nobody_s(writer: WriteConnection) -> None:
    identifier, token = give(writer, CredentialKind.KEY)
    other_id, other = give(writer, CredentialKind.KEY)
    secret, others = token.split("_", 2)[2], other.split("_", 2)[2]
    wrong = [
        *("", "_", "__", "key", "key_", f"key_{identifier}", f"key_{identifier}_", "令牌", "令牌_令牌_令牌"),
        *(token[:-1], f"{token} ", f"{token}x", token.upper(), f"key_{identifier}_{secret[::-1]}"),
        *(f"display_{identifier}_{secret}", f"session_{identifier}_{secret}", f"_{identifier}_{secret}"),
        *(f"key_{identifier}_{others}", f"key_{other_id}_{secret}", f"key_{'0' * 16}_{secret}"),
    ]
    assert [one for one in wrong if credentials.find(writer, one) or credentials.find_key(writer, one)] == []
    assert known(writer, token).id == identifier


@pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now()", "expires_at = now() - interval '1 d'"])
def test_what_is_revoked_or_has_run_out_stands_for_nobody(end: str, writer: WriteConnection) -> None:
    for identifier, token in one_of_each(writer).values():
        assert known(writer, token).id == identifier
        put(writer, identifier, end)
        assert (credentials.find(writer, token), credentials.find_key(writer, token)) == (None, None)


def test_a_disabled_account_has_no_sessions_but_programs_go_on(writer: WriteConnection) -> None:
    given = one_of_each(writer)
    writer.execute(text("UPDATE account SET disabled_at = now()"))
    assert {kind for kind, (_, token) in given.items() if credentials.find(writer, token)} == GIVEN.keys()


def test_a_session_that_nobody_uses_is_over_and_a_key_is_not(writer: WriteConnection) -> None:
    given = one_of_each(writer)
    for identifier, _ in given.values():
        put(writer, identifier, f"created_at = now() - interval '{SESSION_IDLE}'")
    assert {kind for kind, (_, token) in given.items() if credentials.find(writer, token)} == GIVEN.keys()
    identifier, token = given[CredentialKind.SESSION]
    put(writer, identifier, f"last_used_at = now() - interval '{SESSION_IDLE}' + interval '1 s'")
    assert known(writer, token).id == identifier


def test_the_door_of_the_ingest_takes_keys_alone_and_says_the_same_of_them(writer: WriteConnection) -> None:
    given = one_of_each(writer)
    taken = {kind: credentials.find_key(writer, token) for kind, (_, token) in given.items()}
    assert {kind for kind, found in taken.items() if found} == {CredentialKind.KEY}
    assert taken[CredentialKind.KEY] == known(writer, given[CredentialKind.KEY][1])


@pytest.mark.parametrize(
    ("ago", "written"), [("NULL", True), ("now() - interval '59 s'", False), ("now() - interval '61 s'", True)]
)
def test_a_use_is_written_down_once_a_minute(ago: str, written: bool, writer: WriteConnection) -> None:
    identifier, token = give(writer, CredentialKind.KEY)
    put(writer, identifier, f"last_used_at = {ago}")
    assert known(writer, token).noted != written
    credentials.note_use(writer, [identifier])
    is_now = writer.scalar(text("SELECT last_used_at = now() FROM credential"))
    assert (is_now, known(writer, token).noted) == (written, True)


def test_only_the_uses_that_are_named_are_written_down(writer: WriteConnection) -> None:
    (first, _), (second, _) = give(writer, CredentialKind.KEY), give(writer, CredentialKind.KEY)
    credentials.note_use(writer, [])
    credentials.note_use(writer, [first, "unknown"])
    used = writer.scalars(text("SELECT id FROM credential WHERE last_used_at IS NOT NULL")).all()
    assert used == [first]
    assert second not in used


def test_a_credential_is_revoked_once_and_only_as_one_of_its_kind(writer: WriteConnection) -> None:
    identifier, _ = give(writer, CredentialKind.DISPLAY)
    assert not credentials.revoke(writer, "unknown")
    assert not credentials.revoke(writer, identifier, [CredentialKind.KEY, CredentialKind.SESSION])
    assert not credentials.revoke(writer, identifier, [])
    assert credentials.revoke(writer, identifier, [CredentialKind.DISPLAY])
    assert not credentials.revoke(writer, identifier)


def test_nobody_revokes_the_session_of_another(writer: WriteConnection) -> None:
    mine, _ = sign_in(writer, "li")
    theirs, _ = sign_in(writer, "wu")
    key, _ = give(writer, CredentialKind.KEY)
    assert [credentials.revoke(writer, one, owner="li") for one in (theirs, key, mine)] == [False, False, True]
    assert not credentials.revoke(writer, theirs, owner="nobody")
    assert credentials.ended(writer, [mine, theirs, key]) == [mine]


def test_ended_are_those_that_were_revoked_or_have_run_out(writer: WriteConnection) -> None:
    revoked, expired, good = (give(writer, CredentialKind.KEY)[0] for _ in range(3))
    credentials.revoke(writer, revoked)
    put(writer, expired, "expires_at = now()")
    assert sorted(credentials.ended(writer, [revoked, expired, good, "unknown"])) == sorted([revoked, expired])
    assert credentials.ended(writer, []) == []


def test_a_renewed_key_ends_those_of_its_name_and_no_others(writer: WriteConnection) -> None:
    (former, _), (display, _) = give(writer, CredentialKind.KEY), give(writer, CredentialKind.DISPLAY)
    other, _ = credentials.issue(writer, CredentialKind.KEY, "another", ANALYST, created_by="test")
    token = credentials.renew(writer, command_line("root"), ANALYST)
    assert credentials.ended(writer, [former, display, other]) == [former]
    assert known(writer, token).subject == ANALYST


_made = st.lists(st.tuples(st.sampled_from(sorted(GIVEN)), st.integers(0, 2)), max_size=9)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=_made, size=st.integers(1, 4), kinds=st.sets(st.sampled_from(CredentialKind)))
def test_pages_of_any_size_are_the_list_though_many_were_made_at_once(
    made: list[tuple[CredentialKind, int]], size: int, kinds: set[CredentialKind], writer: WriteConnection
) -> None:
    with writer.begin_nested() as attempt:
        for kind, hours in made:
            identifier, _ = give(writer, kind)
            put(writer, identifier, f"created_at = now() - interval '{hours} h'")
        walked: list[Any] = []
        before = None
        while rows := credentials.page(writer, kinds, before, size):
            assert len(rows) <= size
            walked += rows
            before = rows[-1]["created_at"], rows[-1]["id"]
        assert walked == list(credentials.page(writer, kinds, None, None))
        assert sorted(row["kind"] for row in walked) == sorted(kind for kind, _ in made if kind in kinds)
        moments = [row["created_at"] for row in walked]
        assert moments == sorted(moments, reverse=True)
        attempt.rollback()


def test_a_list_shows_the_revoked_and_nothing_of_the_secret(writer: WriteConnection) -> None:
    identifier, _ = give(writer, CredentialKind.KEY)
    credentials.revoke(writer, identifier)
    [row] = credentials.page(writer, CredentialKind, None, None)
    assert (row["id"], row["label"], row["created_by"]) == (identifier, "报表", "test")
    assert row["revoked_at"] is not None
    assert {"secret_hash", "account_id"} & set(row) == set()


def test_the_sessions_of_an_account_are_those_that_let_somebody_in(writer: WriteConnection) -> None:
    made = {name: sign_in(writer) for name in ("old", "new", "revoked", "expired", "idle")}
    put(writer, made["old"][0], "created_at = now() - interval '1 h'")
    put(writer, made["revoked"][0], "revoked_at = now()")
    put(writer, made["expired"][0], "expires_at = now()")
    put(writer, made["idle"][0], f"created_at = now() - interval '{SESSION_IDLE}'")
    sign_in(writer, "wu")
    give(writer, CredentialKind.KEY)
    listed = [row["id"] for row in credentials.sessions(writer, "li")]
    assert listed == [made["new"][0], made["old"][0]]
    assert set(listed) == {one for one, token in made.values() if credentials.find(writer, token)}
    assert list(credentials.sessions(writer, "nobody")) == []


def test_the_database_refuses_a_credential_that_stands_for_nobody_or_for_two(writer: WriteConnection) -> None:
    give(writer, CredentialKind.KEY)
    for columns in ("kind = 'session'", "role = NULL", "kind = 'visitor'", "scope_kind = NULL"):
        with pytest.raises(IntegrityError, match="violates check constraint"), writer.begin_nested():
            writer.execute(text(f"UPDATE credential SET {columns}"))
