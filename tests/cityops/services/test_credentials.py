"""Acts on keys and displays: what each checks and refuses, what it writes, and what the broker is told."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Actor, command_line
from cityops.domain.grants import GrantError, Holder
from cityops.local.broker import Broker
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto import senders
from cityops.services import credentials
from cityops.services.accounts import AbsentError
from cityops.services.credentials import MadeToken
from cityops.store.access import accounts
from cityops.store.access import credentials as kept
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import writing
from cityops.store.tables import credential
from factories.acts import BOSS, HAIZHU, NO_BROKER, THE_BOSS, Book, who

NOTEBOOK = Subject("notebook 笔记本", Role.ANALYST, HAIZHU)
HALL = Subject("hall", Role.WALL_DISPLAY, HAIZHU)
GAUGES = Subject("gauges", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"water-logging"})))
KEYS = [CredentialKind.KEY]


def give(
    book: Book,
    holder: Holder = Holder.KEY,
    subject: Subject = NOTEBOOK,
    *,
    actor: Actor = BOSS,
    broker: str = "",
    scene: str | None = None,
    days: int | None = None,
) -> MadeToken:
    with writing(book.engine) as connection:
        return credentials.give(connection, actor, holder, subject, broker=broker, scene=scene, days=days)


def revoke(book: Book, identifier: str, kinds: Iterable[CredentialKind] = KEYS, broker: str = "") -> None:
    with writing(book.engine) as connection:
        credentials.revoke(connection, BOSS, identifier, kinds, broker)


@pytest.mark.parametrize(
    ("holder", "subject", "scene", "days"),
    [
        (Holder.KEY, NOTEBOOK, None, 365),
        (Holder.DISPLAY, HALL, "/", 400),
        (Holder.DISPLAY, HALL, "/districts/440105", 400),
    ],
)
def test_what_is_given_stands_for_its_subject_for_the_usual_time(
    book: Book, holder: Holder, subject: Subject, scene: str | None, days: int
) -> None:
    with writing(book.engine) as connection:
        made = credentials.give(connection, BOSS, holder, subject, broker="", scene=scene)
        known, now = kept.find(connection, made.token), accounts.present(connection)
    assert known is not None
    assert (known.id, known.kind, known.subject, known.scene) == (made.id, CredentialKind(holder), subject, scene)
    assert known.expires_at == made.expires_at == now + timedelta(days=days)
    assert made.token.startswith(f"{holder}_{made.id}_")
    row = book.credential(made.id)
    assert (row["label"], row["created_by"], row["account_id"]) == (subject.name, "boss", None)
    [audited] = book.audited()
    assert who(audited) == THE_BOSS
    granted = {"role": subject.role, "scope_kind": "districts", "scope_codes": ["440105"]}
    assert book.actions() == [
        ("credential:issue", made.id, granted | {"kind": holder, "label": subject.name}),
    ]
    assert made.token.split("_", 2)[2] not in str(audited)


@pytest.mark.parametrize(("holder", "subject", "most"), [(Holder.KEY, NOTEBOOK, 730), (Holder.DISPLAY, HALL, 1830)])
def test_days_are_bounded_on_both_sides(book: Book, holder: Holder, subject: Subject, most: int) -> None:
    scene = "/" if holder is Holder.DISPLAY else None
    for days in (1, most):
        with writing(book.engine) as connection:
            made = credentials.give(connection, BOSS, holder, subject, broker="", scene=scene, days=days)
            assert made.expires_at == accounts.present(connection) + timedelta(days=days)
    before, audited = book.all(), book.audited()
    for days in (0, -1, most + 1):
        with pytest.raises(GrantError, match=rf"days: {days} is not possible; a {holder} is given for 1 to {most}"):
            give(book, holder, subject, scene=scene, days=days)
    assert (book.all(), book.audited()) == (before, audited)


REFUSED: list[tuple[Holder, Subject, str | None, str]] = [
    (Holder.KEY, Subject("k", Role.ADMINISTRATOR, WHOLE_CITY), None, "role: a key cannot be administrator"),
    (Holder.DISPLAY, NOTEBOOK, "/", "role: a display cannot be analyst"),
    (Holder.KEY, HALL, None, "role: a key cannot be wall_display"),
    (
        Holder.KEY,
        Subject("k", Role.SOURCE_SYSTEM, WHOLE_CITY),
        None,
        "scope: source_system cannot reach over city",
    ),
    (
        Holder.KEY,
        Subject("k", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"eco-air", "nobody's"}))),
        None,
        "nothing registered as nobody's among the sources",
    ),
    (Holder.KEY, NOTEBOOK, "/", "scene: a display shows one page, such as /; a key shows none"),
    (Holder.DISPLAY, HALL, None, "scene: a display shows one page"),
    (Holder.DISPLAY, HALL, "", "scene: a display has no page"),
    (Holder.DISPLAY, HALL, "/districts/999999", "scene: a display has no page /districts/999999"),
    (Holder.DISPLAY, HALL, "/districts/440106", "scene: /districts/440106 lies outside districts 440105"),
]


def test_what_makes_no_sense_is_refused_and_leaves_nothing(book: Book) -> None:
    for holder, subject, scene, told in REFUSED:
        with pytest.raises(GrantError, match=told):
            give(book, holder, subject, scene=scene)
    assert (book.all(), book.audited()) == (([], []), [])


def test_the_dashboard_s_own_label_is_given_at_the_command_line_alone(book: Book) -> None:
    dashboard = Subject("dashboard", Role.ANALYST, WHOLE_CITY)
    with pytest.raises(GrantError, match=r"label: dashboard is that of the dashboard's own key"):
        give(book, subject=dashboard)
    assert book.audited() == []
    made = give(book, subject=dashboard, actor=command_line("root"))
    assert book.credential(made.id)["created_by"] == "root"


def test_the_broker_hears_of_source_systems_alone(book: Book) -> None:
    give(book, broker=NO_BROKER)  # an analyst's key is none of its business
    give(book, Holder.DISPLAY, HALL, broker=NO_BROKER, scene="/")
    give(book, subject=GAUGES)  # there is no broker: good over HTTP alone
    before, audited = book.all(), book.audited()
    with pytest.raises(BrokerControlError, match="could not be told who may publish"):
        give(book, subject=GAUGES, broker=NO_BROKER)
    assert (book.all(), book.audited()) == (before, audited)  # a key that it does not know is none


def test_what_is_revoked_is_over_and_cannot_be_revoked_again(book: Book) -> None:
    made, other = give(book), give(book)
    for identifier, kinds in ((made.id, [CredentialKind.DISPLAY]), (made.id, []), ("unknown", KEYS)):
        with pytest.raises(AbsentError, match=f"there is no credential {identifier} that is still valid"):
            revoke(book, identifier, kinds)
    assert book.credential(made.id)["revoked_at"] is None
    revoke(book, made.id, [CredentialKind.DISPLAY, CredentialKind.KEY])
    with pytest.raises(AbsentError, match="still valid"):
        revoke(book, made.id)
    with writing(book.engine) as connection:
        found = [kept.find(connection, one.token) for one in (made, other)]
    assert [one is None for one in found] == [True, False]
    assert book.actions()[2:] == [("credential:revoke", made.id, {})]
    assert who(book.audited()[-1]) == THE_BOSS


def test_a_key_ends_over_http_even_where_the_broker_cannot_be_told(book: Book) -> None:
    made, quiet = give(book, subject=GAUGES), give(book, subject=GAUGES)
    with capture_logs() as logs:
        revoke(book, made.id, broker=NO_BROKER)
        revoke(book, quiet.id)
    [told] = logs
    assert (told["log_level"], "maintain tells it again" in told["event"]) == ("warning", True)
    assert "could not be told" in told["reason"]
    assert [book.credential(one.id)["revoked_at"] is None for one in (made, quiet)] == [False, False]
    assert [action for action, *_ in book.actions()].count("credential:revoke") == 2


def test_the_broker_lets_in_the_keys_that_are_good_and_no_others(guarded: Broker, book: Book) -> None:
    broker = guarded.admin_url
    good, revoked, run_out, missed = (give(book, subject=GAUGES, broker=broker) for _ in range(4))
    revoke(book, revoked.id, broker=broker)
    assert sorted(senders.admitted(broker)) == sorted(one.id for one in (good, run_out, missed))
    revoke(book, missed.id, broker=NO_BROKER)
    with writing(book.engine) as connection:
        past = credential.c.created_at - timedelta(days=1)
        connection.execute(update(credential).where(credential.c.id == run_out.id).values(expires_at=past))
    senders.grant(broker, "0123456789abcdef", {"eco-air": "readings"}, "of another database")
    assert credentials.end_at_broker(book.engine, broker) == 2
    assert sorted(senders.admitted(broker)) == sorted([good.id, "0123456789abcdef"])
    assert credentials.end_at_broker(book.engine, broker) == 0
    [carried] = senders._tell(broker, [{"command": "getClient", "username": good.id}])
    assert [role["rolename"] for role in carried["data"]["client"]["roles"]] == ["source:water-logging"]


def test_a_broker_that_is_away_is_an_error_where_it_is_all_that_was_asked(book: Book) -> None:
    with pytest.raises(BrokerControlError, match="could not be told"):
        credentials.end_at_broker(book.engine, NO_BROKER)
