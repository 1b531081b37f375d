"""The door of tokens: whom one stands for is remembered for a moment, and longer while the database is away."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local import Servers
from cityops.store.access import credentials, tokens
from cityops.store.access.credentials import CredentialKind
from cityops.store.access.tokens import TokenDoor
from cityops.store.engine import make_engine, writing
from fixtures.servers import fresh_database

ANALYST = Subject("报表", Role.ANALYST, WHOLE_CITY)


@pytest.fixture
def nowhere() -> Iterator[Engine]:
    """Give an engine on a database that cannot be reached."""
    made = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    yield made
    made.dispose()


def issued(engine: Engine, kind: CredentialKind = CredentialKind.KEY) -> tuple[str, str]:
    with writing(engine) as connection:
        return credentials.issue(connection, kind, ANALYST.name, ANALYST, created_by="test")


def run(engine: Engine, statement: str) -> object:
    with writing(engine) as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def test_whom_a_token_stands_for_is_remembered(engine: Engine) -> None:
    door = TokenDoor(engine)
    identifier, token = issued(engine)
    assert (door.remembered(token), door.has_known(token)) == (None, False)
    found = door.known(token)
    assert found is not None
    assert (found.id, found.subject) == (identifier, ANALYST)
    assert (door.remembered(token), door.has_known(token)) == (found, True)


def test_a_stranger_is_not_remembered(engine: Engine) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    for stranger in ("", "key", f"{token}x"):
        assert door.known(stranger) is None
        assert (door.remembered(stranger), door.has_known(stranger)) == (None, False)


def test_what_was_remembered_long_ago_is_asked_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    door.known(token)
    monkeypatch.setattr(tokens, "KEPT_S", 0)
    assert (door.remembered(token), door.has_known(token)) == (None, True)


def test_a_revoked_token_is_forgotten_when_it_is_looked_up(engine: Engine) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    assert door.known(token)
    run(engine, "UPDATE credential SET revoked_at = now()")
    assert door.remembered(token) is not None
    assert door.known(token) is None
    assert (door.remembered(token), door.has_known(token)) == (None, False)


def test_a_token_that_was_just_made_is_expected_and_looked_up_when_it_is_shown(engine: Engine) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    with writing(engine) as connection:
        known = credentials.find(connection, token)
    assert known is not None
    door.expect(token, known)
    assert (door.has_known(token), door.remembered(token)) == (True, None)
    run(engine, "UPDATE credential SET revoked_at = now()")
    assert door.known(token) is None


def test_a_token_that_was_forgotten_is_a_stranger_s_until_it_is_looked_up(engine: Engine) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    door.known(token)
    door.forget(token)
    door.forget("never seen")
    assert (door.remembered(token), door.has_known(token)) == (None, False)
    assert door.known(token)


def test_looking_a_token_up_writes_its_use_down(engine: Engine) -> None:
    door = TokenDoor(engine)
    _, token = issued(engine)
    used = "SELECT last_used_at FROM credential"
    assert run(engine, used) is None
    door.known(token)
    first = run(engine, used)
    assert first is not None
    door.known(token)
    assert run(engine, used) == first


def test_no_more_tokens_are_remembered_than_there_is_room_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_KEPT", 3)
    door = TokenDoor(engine)
    shown = [issued(engine)[1] for _ in range(7)]
    for token in shown:
        assert door.known(token)
        assert 1 <= sum(map(door.has_known, shown)) <= 3
        assert door.has_known(token)


def test_a_door_asks_as_it_was_told_to(engine: Engine) -> None:
    of_ingest, of_api = TokenDoor(engine, credentials.find_key), TokenDoor(engine)
    (_, key), (_, display) = issued(engine), issued(engine, CredentialKind.DISPLAY)
    assert [bool(of_ingest.known(shown)) for shown in (key, display)] == [True, False]
    assert [bool(of_api.known(shown)) for shown in (key, display)] == [True, True]


@pytest.mark.parametrize("token", ["key_\x00_x", "\ud800", "key_\udfff_x"])
def test_a_token_that_no_database_could_hold_is_refused_without_asking_one(token: str, nowhere: Engine) -> None:
    assert TokenDoor(nowhere).known(token) is None


def test_an_unknown_token_cannot_be_judged_while_the_database_is_away(nowhere: Engine) -> None:
    with pytest.raises(OperationalError):
        TokenDoor(nowhere).known("key_0_x")


def test_who_was_known_stays_so_while_the_database_is_away(
    servers: Servers, template_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(servers, template=template_database) as url:
        engine = make_engine(url)
        door = TokenDoor(engine)
        _, token = issued(engine)
        _, expected = issued(engine)
        found = door.known(token)
        assert found is not None
        door.expect(expected, found)
    assert door.known(token) == found  # its database is gone
    with pytest.raises(OperationalError):
        door.known(expected)  # was never looked up
    monkeypatch.setattr(tokens, "AWAY_S", 0)
    with pytest.raises(OperationalError):
        door.known(token)
    engine.dispose()
