"""Accounts of people for whom the city's single sign-on vouches: made and renewed each time they sign in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.access import Role, Scope
from cityops.domain.audit import Action, Actor
from cityops.domain.grants import Holder, check_grant, folded
from cityops.store import audit
from cityops.store.accounts import Charged
from cityops.store.administration import TakenError, known_codes
from cityops.store.engine import WriteConnection
from cityops.store.tables_access import account

_c = account.c
_FIT = re.compile(r"[A-Za-z0-9._@-]{1,60}")


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is at the issuer, which alone decides whose account it is; the name is for people to read."""

    issuer: str
    subject: str
    name: str

    @classmethod
    def of(cls, issuer: str, claims: Mapping[str, Any]) -> "Person":
        """Return the person of an id_token whose claims are checked."""
        subject = str(claims["sub"])
        names = (claims.get("name"), claims.get("preferred_username"), subject)
        name = next(one for one in names if isinstance(one, str) and one)
        return cls(issuer, subject, re.sub(r"[\x00-\x1f\x7f]", " ", name)[:64])

    @property
    def logins(self) -> list[str]:
        """The logins to take, the first that is free; never one that a local account would be given by chance."""
        digest = sha256(f"{self.issuer} {self.subject}".encode()).hexdigest()[:16]
        return [folded(f"sso.{one}") for one in (self.subject, digest) if _FIT.fullmatch(one)]


def vouched(
    connection: WriteConnection,
    person: Person,
    role: Role,
    scope: Scope,
    address: str | None = None,
    request_id: str | None = None,
) -> Charged | None:
    """Make the person's account, or give it the role, scope and name of now; None if it is disabled.

    Raises
    ------
    GrantError, TakenError
        Role and scope do not fit or name a code that there is not; the logins are somebody else's.
    """
    check_grant(Holder.ACCOUNT, role, scope, known_codes(connection, scope.kind))
    values = {"display_name": person.name, "role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
    action = None
    if (row := _found(connection, person)) is None:
        row, action = _made(connection, person, values), Action.ACCOUNT_CREATE
    elif row["disabled_at"] is not None:
        return None
    elif any(row[name] != value for name, value in values.items()):
        connection.execute(update(account).where(_c.id == row["id"]).values(values))
        action = Action.ACCOUNT_CHANGE
    if action is not None:
        actor = Actor(row["login"], role, scope, "oidc", address, request_id)
        audit.record(connection, actor, action, row["login"], detail={**values, "issuer": person.issuer})
    return Charged(row["id"], row["login"], None)


def _found(connection: WriteConnection, person: Person) -> RowMapping | None:
    mine = (_c.issuer == person.issuer, _c.issuer_subject == person.subject)
    return connection.execute(select(account).where(*mine).with_for_update()).mappings().one_or_none()


def _made(connection: WriteConnection, person: Person, values: dict[str, Any]) -> RowMapping:
    identity = {"issuer": person.issuer, "issuer_subject": person.subject}
    for login in person.logins:
        row = {"login": login} | identity | values
        statement = insert(account).values(row).on_conflict_do_nothing().returning(account)
        if made := connection.execute(statement).mappings().one_or_none():
            return made
        if there := _found(connection, person):  # signed in twice at the same moment
            return there
    raise TakenError(f"login: {' and '.join(person.logins)} are somebody else's; rename or remove those accounts")
