"""No act without its row: where the audit cannot be written, everything stays as it was."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.grants import Holder
from cityops.services import accounts, credentials, sessions
from cityops.store.access.accounts import Charged
from cityops.store.access.credentials import CredentialKind
from cityops.store.access.people import Person
from cityops.store.engine import WriteConnection, writing
from cityops.store.tables import audit
from factories.acts import BOSS, HAIZHU, Book

ANALYST = (Role.ANALYST, WHOLE_CITY)
NEW, KNOWN = Person("https://sso.example", "new", "新"), Person("https://sso.example", "zhao", "赵")
KEY = Subject("notebook", *ANALYST)
SESSIONS = [CredentialKind.SESSION]

Act = Callable[[WriteConnection, str, int], object]
"""An act on the accounts of `people`, given the id of a session of `wang` and that of the account."""

ACTS: dict[str, Act] = {
    "create": lambda c, _s, _w: accounts.create(c, BOSS, "li", "李", *ANALYST, "kumquat-Lantern-4711"),
    "rename": lambda c, _s, _w: accounts.change(c, BOSS, "wang", display_name="王五"),
    "grant": lambda c, _s, _w: accounts.change(c, BOSS, "wang", grant=ANALYST),
    "disable": lambda c, _s, _w: accounts.disable(c, BOSS, "wang"),
    "enable": lambda c, _s, _w: accounts.enable(c, BOSS, "former"),
    "unlock": lambda c, _s, _w: accounts.unlock(c, BOSS, "wang"),
    "password": lambda c, _s, _w: accounts.set_password(c, BOSS, "wang", "kumquat-Lantern-4711"),
    "begin": lambda c, _s, wang: sessions.begin(c, Charged(wang, "wang", "kept")),
    "end": lambda c, session, _w: sessions.end(c, BOSS, "wang", session),
    "first sign-on": lambda c, _s, _w: sessions.vouched(c, NEW, *ANALYST),
    "other sign-on": lambda c, _s, _w: sessions.vouched(c, KNOWN, *ANALYST),
    "give": lambda c, _s, _w: credentials.give(c, BOSS, Holder.KEY, KEY, broker=""),
    "revoke": lambda c, session, _w: credentials.revoke(c, BOSS, session, SESSIONS, ""),
}


def test_where_the_audit_cannot_be_written_nothing_was_done(book: Book) -> None:
    wang = book.person("wang")
    book.person("former", disabled_at="2026-11-20T00:00:00Z")
    book.person("sso.zhao", password_hash=None, issuer=KNOWN.issuer, issuer_subject=KNOWN.subject, scope=HAIZHU)
    book.wrong_passwords("wang", 5)
    session = book.session("wang")
    before = book.all()
    with book.without_audit():
        for name, act in ACTS.items():
            with pytest.raises(DBAPIError, match="audit"), writing(book.engine) as connection:
                act(connection, session, wang)
            assert book.all() == before, name
    for name, act in ACTS.items():  # and each does something, and says so once, where it can be
        with book.engine.connect() as connection:
            act(WriteConnection(connection), session, wang)
            assert connection.scalar(select(func.count()).select_from(audit)) == 1, name
            connection.rollback()
