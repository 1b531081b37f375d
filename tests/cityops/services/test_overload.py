"""Keys of sources that flood: put off at a real broker and let in again, each in the audit; no other is touched."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line
from cityops.domain.grants import Holder
from cityops.local.broker import Broker
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto import senders
from cityops.services import credentials
from cityops.services.overload import Doorkeeper
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import writing
from factories.acts import BOSS, NO_BROKER, Book

KEEPER = command_line("cityops jobs")


def key(book: Book, broker: str, *sources: str) -> str:
    """Give a key of these sources and return its id."""
    subject = Subject("sender", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset(sources)))
    with writing(book.engine) as connection:
        return credentials.give(connection, BOSS, Holder.KEY, subject, broker=broker).id


def of_keeper(book: Book) -> list[tuple[str, str, dict[str, object]]]:
    """Return what the keeper left in the audit."""
    acts = zip(book.actions(), book.audited(), strict=True)
    return [act for act, row in acts if (row["subject"], row["kind"]) == ("cityops jobs", "command")]


def test_who_floods_is_put_off_until_it_is_over_and_nobody_else(guarded: Broker, book: Book) -> None:
    broker = guarded.admin_url
    keeper = Doorkeeper(book.engine, broker, KEEPER)
    assert keeper.look() == ([], [])
    air = sorted([key(book, broker, "eco-air"), key(book, broker, "water-logging", "eco-air")])
    modest, by_hand, revoked = key(book, broker, "water-logging"), *(key(book, broker, "eco-air") for _ in range(2))
    senders._tell(broker, [{"command": "disableClient", "username": by_hand}])
    with writing(book.engine) as connection:
        credentials.revoke(connection, BOSS, revoked, [CredentialKind.KEY], "")
    book.floods("eco-air", ago_s=3600)  # long over
    assert keeper.look() == ([], [])
    book.floods("eco-air")
    assert keeper.look() == (air, [])
    assert senders.disabled(broker) == {air[0]: True, air[1]: True, by_hand: False}
    assert modest not in senders.disabled(broker)
    assert keeper.look() == ([], [])  # known by now
    told = of_keeper(book)
    assert [(action, one) for action, one, _ in told] == [("credential:put_off", one) for one in air]
    assert sorted(str(detail["sources"]) for *_, detail in told) == ["['eco-air', 'water-logging']", "['eco-air']"]
    assert {detail["seconds"] for *_, detail in told} == {60.0}

    again = Doorkeeper(book.engine, broker, KEEPER)  # it was started again and asks the broker who is put off
    assert again.look() == ([], [])
    assert again.look(held_s=0) == ([], air)
    assert senders.disabled(broker) == {by_hand: False}
    assert of_keeper(book)[2:] == [("credential:let_in", one, {}) for one in air]
    assert again.look(held_s=0) == ([], [])
    book.floods("water-logging")
    assert again.look(held_s=3600)[0] == sorted([*air, modest])  # as long as one holds a flood against them


def test_nobody_is_put_off_who_could_not_be_written_down(guarded: Broker, book: Book) -> None:
    broker = guarded.admin_url
    flooding = key(book, broker, "eco-air")
    keeper = Doorkeeper(book.engine, broker, KEEPER)
    book.floods("eco-air")
    with book.without_audit(), pytest.raises(DBAPIError):
        keeper.look()
    assert senders.disabled(broker) == {}
    assert keeper.look() == ([flooding], [])
    with book.without_audit(), pytest.raises(DBAPIError):
        keeper.look(held_s=0)
    assert senders.disabled(broker) == {flooding: True}
    assert keeper.look(held_s=0) == ([], [flooding])


def test_who_was_put_off_in_vain_is_let_in_when_the_flood_is_over(guarded: Broker, book: Book) -> None:
    """The broker was told, and then the database failed: what holds is what the broker says."""
    broker = guarded.admin_url
    flooding = key(book, broker, "eco-air")
    keeper = Doorkeeper(book.engine, broker, KEEPER)
    assert keeper.look() == ([], [])
    book.floods("eco-air")
    with writing(book.engine) as connection:
        connection.execute(
            text(
                """
                CREATE TABLE none_there (id int PRIMARY KEY);
                CREATE TABLE failing (id int REFERENCES none_there DEFERRABLE INITIALLY DEFERRED);
                CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN INSERT INTO failing VALUES (1); RETURN NEW; END $$;
                CREATE TRIGGER fail_at_commit BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
                """
            )
        )
    with pytest.raises(DBAPIError, match="failing"):
        keeper.look()
    assert senders.disabled(broker) == {flooding: True}
    with writing(book.engine) as connection:
        connection.execute(text("DROP TRIGGER fail_at_commit ON audit"))
    assert keeper.look() == ([], [])
    assert keeper.look(held_s=0) == ([], [flooding])
    assert senders.disabled(broker) == {}


def test_a_broker_that_is_away_leaves_nothing_in_the_audit(book: Book) -> None:
    key(book, "", "eco-air")
    book.floods("eco-air")
    before = book.audited()
    keeper = Doorkeeper(book.engine, NO_BROKER, KEEPER)
    for _ in range(2):
        with pytest.raises(BrokerControlError, match="could not be told"):
            keeper.look()
    assert book.audited() == before
