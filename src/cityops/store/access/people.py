"""Accounts of people for whom the city's single sign-on vouches: made and renewed each time they sign in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.grants import folded
from cityops.store.engine import WriteConnection
from cityops.store.tables import account

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


def found(connection: WriteConnection, person: Person) -> RowMapping | None:
    """Return the account of a person, which nobody else changes before the transaction ends; None: there is none."""
    mine = (_c.issuer == person.issuer, _c.issuer_subject == person.subject)
    return connection.execute(select(account).where(*mine).with_for_update()).mappings().one_or_none()


def renew(connection: WriteConnection, number: int, values: dict[str, Any]) -> None:
    """Give the account of this id the name, role and scope of now."""
    connection.execute(update(account).where(_c.id == number).values(values))


def made(connection: WriteConnection, person: Person, values: dict[str, Any]) -> RowMapping | None:
    """Make the account of a person, and return it or that made at the same moment; None: its logins are taken."""
    identity = {"issuer": person.issuer, "issuer_subject": person.subject}
    for login in person.logins:
        row = {"login": login} | identity | values
        statement = insert(account).values(row).on_conflict_do_nothing().returning(account)
        if row_made := connection.execute(statement).mappings().one_or_none():
            return row_made
        if there := found(connection, person):  # signed in twice at the same moment
            return there
    return None
