"""Which sources flood, by what was refused just now, and which keys could be put off for it."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.rejects import Reason
from cityops.store.access import credentials, overload
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import WriteConnection
from cityops.store.rejects import records
from cityops.store.rejects.records import Reject
from factories.world import World


def refuse(world: World, source: str, reason: Reason, seconds_ago: float) -> None:
    reject = Reject(world.ago(seconds_ago), "readings", source, f"t/{source}", 0, reason, "", b"{}", 2)
    with world.connection.transaction(), world.connection.cursor() as cursor:
        records.record(cursor, [reject])


def key(connection: WriteConnection, *sources: str, role: Role = Role.SOURCE_SYSTEM) -> str:
    scope = Scope(ScopeKind.SOURCES, frozenset(sources)) if sources else WHOLE_CITY
    return credentials.issue(connection, CredentialKind.KEY, "k", Subject("k", role, scope), created_by="test")[0]


def test_nobody_floods_where_nothing_was_refused(reader: Connection) -> None:
    assert overload.flooding(reader, 60) == set()


def test_a_source_floods_as_long_as_it_is_refused_for_that(world: World, reader: Connection) -> None:
    refuse(world, "water-logging", Reason.OVER_QUOTA, 10)
    refuse(world, "water-logging", Reason.OVER_QUOTA, 20)
    refuse(world, "eco-air", Reason.OVER_QUOTA, 5_000)
    refuse(world, "gas-monitor", Reason.BAD_JSON, 10)
    assert overload.flooding(reader, 3_600) == {"water-logging"}
    assert overload.flooding(reader, 86_400) == {"water-logging", "eco-air"}
    assert overload.flooding(reader, 0) == set()


@pytest.mark.parametrize("state", ["replayed", "given_up"])
def test_what_is_settled_is_no_flood_any_more(state: str, world: World, reader: Connection) -> None:
    refuse(world, "water-logging", Reason.OVER_QUOTA, 1)
    world.connection.execute("UPDATE reject SET state = %s", [state])
    assert overload.flooding(reader, timedelta(hours=1).total_seconds()) == set()


def test_the_keys_of_a_source_are_named_with_all_that_they_may_send(writer: WriteConnection) -> None:
    alone, both = key(writer, "water-logging"), key(writer, "water-logging", "eco-air")
    key(writer, "gas-monitor")
    assert overload.keys_of(writer, ["water-logging"]) == {
        alone: ["water-logging"],
        both: ["eco-air", "water-logging"],
    }
    assert overload.keys_of(writer, ["eco-air", "unknown"]) == {both: ["eco-air", "water-logging"]}
    assert overload.keys_of(writer, []) == {}


def test_a_key_that_is_revoked_or_sends_nothing_is_none_of_a_source(writer: WriteConnection) -> None:
    credentials.revoke(writer, key(writer, "water-logging"))
    key(writer, role=Role.ANALYST)
    city_wide = key(writer, "water-logging")
    writer.execute(text("UPDATE credential SET scope_kind = 'departments' WHERE id = :id"), {"id": city_wide})
    assert overload.keys_of(writer, ["water-logging"]) == {}
