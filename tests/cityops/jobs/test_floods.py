"""The job `floods`: a turn minds who floods at a real broker, says so, and is audited under the verb that runs it."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.grants import Holder
from cityops.jobs.floods import floods
from cityops.local.broker import Broker
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto import senders
from cityops.services import credentials
from cityops.store.engine import connect, writing
from factories.acts import BOSS, NO_BROKER, Book


@pytest.fixture
def connection(migrated_database: str) -> Iterator[psycopg.Connection]:
    """Give the connection of a leader."""
    with connect(migrated_database, "test") as made:
        yield made


def test_a_turn_puts_off_tells_and_lets_in_again(
    guarded: Broker, engine: Engine, connection: psycopg.Connection
) -> None:
    book, broker = Book(engine), guarded.admin_url
    subject = Subject("air", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"eco-air"})))
    with writing(engine) as writer:
        keys = sorted(credentials.give(writer, BOSS, Holder.KEY, subject, broker=broker).id for _ in range(2))
    job = floods(engine, broker, "cityops jobs")
    assert (job.name, job.every_s) == ("floods", 2.0)
    with capture_logs() as logs:
        job.turn(connection)
        book.floods("eco-air")
        job.turn(connection)
        assert senders.disabled(broker) == dict.fromkeys(keys, True)
        connection.execute("UPDATE reject SET state = 'given_up'")
        job.turn(connection)
    assert senders.disabled(broker) == {}
    assert [(one["event"], one["keys"], one["log_level"]) for one in logs] == [
        ("keys put off, their sources flood", ", ".join(keys), "info"),
        ("keys let in again", ", ".join(keys), "info"),
    ]
    own = [row for row in book.audited() if row["action"] in {"credential:put_off", "credential:let_in"}]
    assert {(row["subject"], row["kind"]) for row in own} == {("cityops jobs", "command")}
    assert [row["object"] for row in own] == [*keys, *keys]


def test_a_broker_that_is_away_is_raised_for_the_leader_to_try_again(
    engine: Engine, connection: psycopg.Connection
) -> None:
    with pytest.raises(BrokerControlError, match="could not be told"):
        floods(engine, NO_BROKER, "cityops jobs").turn(connection)
