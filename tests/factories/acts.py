"""What acts leave behind: accounts, credentials and the audit as they are kept, and an audit that is away."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import Engine, insert, select, text, update

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.audit import Actor
from cityops.domain.grants import SESSION_IDLE
from cityops.domain.rejects import Reason
from cityops.store.access import accounts, credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.engine import connect, writing
from cityops.store.rejects import records
from cityops.store.tables import account, audit, credential

BOSS = Actor("boss", Role.ADMINISTRATOR, WHOLE_CITY, "session", "10.0.0.7", "request-1")
HAIZHU = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
NO_BROKER = "mqtt://admin:none@127.0.0.1:1"
"""An address at which nobody listens: whoever is to tell the broker something fails at once."""


class Book:
    """The tables that acts write, in a test's own database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def person(self, login: str, role: Role = Role.DISTRICT_OFFICER, scope: Scope = HAIZHU, **columns: Any) -> int:
        """Enter an account as the store keeps it, without the work of a real password; return its id."""
        row: dict[str, Any] = {"login": login, "display_name": f"{login} 某", "password_hash": "kept", "role": role}
        row |= {"scope_kind": scope.kind, "scope_codes": sorted(scope.codes)} | columns
        with writing(self.engine) as connection:
            return int(connection.execute(insert(account).values(row).returning(account.c.id)).scalar_one())

    def session(self, login: str) -> str:
        """Enter a session of an account; return its id."""
        return self.signed_in(login)[0]

    def signed_in(self, login: str) -> tuple[str, str]:
        """Enter a session of an account; return its id, and the token that it is shown by."""
        with writing(self.engine) as connection:
            number = connection.execute(select(account.c.id).where(account.c.login == login)).scalar_one()
            expires_at = accounts.present(connection) + SESSION_IDLE
            return credentials.issue(
                connection,
                CredentialKind.SESSION,
                login,
                None,
                created_by=login,
                account_id=number,
                expires_at=expires_at,
            )

    @contextmanager
    def clients(self, url: str, people: Mapping[str, tuple[Role, Scope]]) -> Iterator[dict[str, httpx.Client]]:
        """Enter people with their grants; give a program of each that is signed in, by login."""
        with ExitStack() as stack:
            clients = {}
            for login, grant in people.items():
                self.person(login, *grant)
                shown = {"Authorization": f"Bearer {self.signed_in(login)[1]}"}
                clients[login] = stack.enter_context(httpx.Client(base_url=url, timeout=60, headers=shown))
            yield clients

    def wrong_passwords(self, login: str, failures: int) -> None:
        """Enter that an account is locked after so many wrong passwords."""
        locked = {"failed_attempts": failures, "locked_until": text("now() + interval '1 hour'")}
        with writing(self.engine) as connection:
            connection.execute(update(account).where(account.c.login == login).values(locked))

    def account(self, login: str) -> dict[str, Any]:
        """Return an account with all its columns."""
        with writing(self.engine) as connection:
            return dict(connection.execute(select(account).where(account.c.login == login)).mappings().one())

    def credential(self, identifier: str) -> dict[str, Any]:
        """Return a credential with all its columns."""
        with writing(self.engine) as connection:
            return dict(connection.execute(select(credential).where(credential.c.id == identifier)).mappings().one())

    def all(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return all accounts and all credentials."""
        with writing(self.engine) as connection:
            found = [connection.execute(select(one).order_by(one.c.id)).mappings() for one in (account, credential)]
            people, tokens = ([dict(row) for row in rows] for rows in found)
        return people, tokens

    def audited(self) -> list[dict[str, Any]]:
        """Return the rows of the audit, oldest first."""
        with writing(self.engine) as connection:
            return [dict(row) for row in connection.execute(select(audit).order_by(audit.c.id)).mappings()]

    def actions(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return of each row of the audit, oldest first: what was done, to what, and its detail."""
        return [(row["action"], row["object"], row["detail"]) for row in self.audited()]

    @contextmanager
    def without_audit(self) -> Iterator[None]:
        """Have the audit refuse every row during the block."""
        self._run("ALTER TABLE audit RENAME TO gone")
        try:
            yield
        finally:
            self._run("ALTER TABLE gone RENAME TO audit")

    def floods(self, source: str, ago_s: float = 0) -> None:
        """Enter that a worker refused a message of a source as too much, so many seconds ago."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with connect(url, "test") as connection, connection.cursor() as cursor:
            topic = f"cityops/v1/readings/{source}"
            row = cursor.execute("SELECT now() - make_interval(secs => %s)", [ago_s]).fetchone()
            assert row is not None
            at: datetime = row[0]
            refused = records.Reject(at, "readings", source, topic, 0, Reason.OVER_QUOTA, "600 messages", b"", 0)
            records.record(cursor, [refused])

    def _run(self, statement: str) -> None:
        with writing(self.engine) as connection:
            connection.execute(text(statement))


def who(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return by whom and from where a row of the audit says that something was done."""
    return tuple(
        row[name] for name in ("subject", "role", "scope_kind", "scope_codes", "kind", "address", "request_id")
    )


THE_BOSS: tuple[Any, ...] = ("boss", "administrator", "city", [], "session", "10.0.0.7", "request-1")
