"""Credentials of sessions, displays and programs: made, shown once, found again by what is shown at the door.

A token is `<kind>_<id>_<secret>`; the id finds the row, and of the secret, 256 random bits, only the SHA-256 is kept:
there is nothing to guess that a slow hash would have to protect.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, ScalarSelect, func, insert, select, tuple_, update

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Action, Actor
from cityops.domain.grants import SESSION_IDLE
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.tables import account, credential

USED_S = 60
"""`last_used_at` is written at most this often: who looks at it wants to know whether a key is still in use."""


class CredentialKind(StrEnum):
    """What shows the credential; the beginning of its token."""

    SESSION = "session"
    DISPLAY = "display"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Known:
    """A valid credential: whom it stands for, and until when (None: until revoked)."""

    id: str
    kind: CredentialKind
    subject: Subject
    scene: str | None
    expires_at: datetime | None
    display_name: str
    has_password: bool
    """Whether its account has a password: the city's single sign-on vouches for those without."""
    interim_password: bool
    """Whether somebody else has set the account's password."""
    noted: bool
    """Whether its use was written down within the last minute."""


def issue(
    connection: WriteConnection,
    kind: CredentialKind,
    label: str,
    subject: Subject | None,
    *,
    created_by: str,
    account_id: int | None = None,
    scene: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """Make a credential and return its id and its token, which cannot be shown again.

    A session takes its role and scope from its account, now and later; the others are given theirs in `subject`.
    """
    identifier, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    given: dict[str, Any] = {}
    if subject is not None:
        given = {"role": subject.role, "scope_kind": subject.scope.kind, "scope_codes": sorted(subject.scope.codes)}
    row = {"id": identifier, "kind": kind, "secret_hash": _digest(secret), "label": label, "account_id": account_id}
    row |= given | {"scene": scene, "created_by": created_by, "expires_at": expires_at}
    connection.execute(insert(credential).values(row))
    return identifier, f"{kind}_{identifier}_{secret}"


def renew(connection: WriteConnection, actor: Actor, subject: Subject) -> str:
    """Return a new key named by the subject, and write down that it is; those that had the name before end."""
    columns = credential.c
    valid = (columns.label == subject.name, columns.kind == CredentialKind.KEY, columns.revoked_at.is_(None))
    former = update(credential).where(*valid).values(revoked_at=func.now()).returning(columns.id)
    for identifier in connection.scalars(former):
        audit.record(connection, actor, Action.CREDENTIAL_REVOKE, identifier, detail={"label": subject.name})
    identifier, token = issue(connection, CredentialKind.KEY, subject.name, subject, created_by=actor.name)
    granted = {"role": subject.role, "scope_kind": subject.scope.kind, "scope_codes": sorted(subject.scope.codes)}
    detail = granted | {"kind": CredentialKind.KEY, "label": subject.name}
    audit.record(connection, actor, Action.CREDENTIAL_ISSUE, identifier, detail=detail)
    return token


def find(connection: Connection, token: str) -> Known | None:
    """Return whom a token stands for; None if it is unknown, over, revoked, or its account is disabled."""
    kind, _, rest = token.partition("_")
    identifier, _, secret = rest.partition("_")
    columns = credential.c
    statement = (
        select(
            credential, _stale.label("stale"), *_OWNER, *(account.c[name].label(f"of_{name}") for name in _SUBJECT)
        )
        .outerjoin(account)
        .where(columns.id == identifier, columns.kind == kind, columns.revoked_at.is_(None))
        .where(columns.expires_at.is_(None) | (columns.expires_at > func.now()), account.c.disabled_at.is_(None))
        .where((columns.kind != CredentialKind.SESSION) | (_last_seen > func.now() - SESSION_IDLE))
    )
    row = connection.execute(statement).mappings().one_or_none()
    if row is None or not hmac.compare_digest(row["secret_hash"], _digest(secret)):
        return None
    prefix = "of_" if row["account_id"] is not None else ""
    role, scope_kind, codes = (row[prefix + name] for name in _SUBJECT)
    subject = Subject(row["login"] or row["label"], Role(role), Scope(ScopeKind(scope_kind), frozenset(codes)))
    return Known(
        id=row["id"],
        kind=CredentialKind(row["kind"]),
        subject=subject,
        scene=row["scene"],
        expires_at=row["expires_at"],
        display_name=row["display_name"] or row["label"],
        has_password=bool(row["has_password"]),
        interim_password=bool(row["interim"]),
        noted=not row["stale"],
    )


def find_key(connection: Connection, token: str) -> Known | None:
    """Return which program an API key stands for, as `find` does, but reads no account: the ingest may not."""
    kind, _, rest = token.partition("_")
    identifier, _, secret = rest.partition("_")
    columns = credential.c
    statement = select(credential, _stale.label("stale")).where(
        columns.id == identifier,
        columns.kind == CredentialKind.KEY,
        columns.revoked_at.is_(None),
        columns.expires_at.is_(None) | (columns.expires_at > func.now()),
    )
    row = connection.execute(statement).mappings().one_or_none() if kind == CredentialKind.KEY else None
    if row is None or not hmac.compare_digest(row["secret_hash"], _digest(secret)):
        return None
    scope = Scope(ScopeKind(row["scope_kind"]), frozenset(row["scope_codes"]))
    subject = Subject(row["label"], Role(row["role"]), scope)
    return Known(
        row["id"], CredentialKind.KEY, subject, None, row["expires_at"], row["label"], False, False, not row["stale"]
    )


def note_use(connection: WriteConnection, identifiers: Iterable[str]) -> None:
    """Write down that these were used now, unless that was written within the last minute."""
    named = credential.c.id.in_(list(identifiers))
    connection.execute(update(credential).where(named, _stale).values(last_used_at=func.now()))


def revoke(
    connection: WriteConnection,
    identifier: str,
    kinds: Iterable[CredentialKind] = tuple(CredentialKind),
    owner: str | None = None,
) -> bool:
    """End a credential of these kinds, or the session of this account; False if there is none that is still valid."""
    columns = credential.c
    valid = (columns.id == identifier, columns.kind.in_(list(kinds)), columns.revoked_at.is_(None))
    statement = update(credential).where(*valid)
    if owner is not None:
        statement = statement.where(columns.account_id == _account(owner))
    return connection.execute(statement.values(revoked_at=func.now())).rowcount > 0


def ended(connection: Connection, identifiers: Iterable[str]) -> list[str]:
    """Return those of these credentials that were revoked or have run out."""
    over = credential.c.revoked_at.is_not(None) | (credential.c.expires_at <= func.now())
    return list(connection.scalars(select(credential.c.id).where(credential.c.id.in_(list(identifiers)), over)))


def page(
    connection: Connection, kinds: Iterable[CredentialKind], before: tuple[datetime, str] | None, limit: int | None
) -> Sequence[RowMapping]:
    """Return credentials of these kinds, newest first, the revoked among them, without what is kept of the secret."""
    columns = credential.c
    statement = select(*_SHOWN).where(columns.kind.in_(list(kinds)))
    if before is not None:
        statement = statement.where(tuple_(columns.created_at, columns.id) < before)
    ordered = statement.order_by(columns.created_at.desc(), columns.id.desc()).limit(limit)
    return connection.execute(ordered).mappings().all()


def sessions(connection: Connection, login: str) -> Sequence[RowMapping]:
    """Return the sessions of an account that are still valid, newest first."""
    columns = credential.c
    valid = (columns.revoked_at.is_(None), columns.expires_at > func.now(), _last_seen > func.now() - SESSION_IDLE)
    statement = select(*_SHOWN).where(columns.account_id == _account(login), *valid)
    return connection.execute(statement.order_by(columns.created_at.desc())).mappings().all()


_SHOWN = [column for column in credential.c if column.name not in {"secret_hash", "account_id"}]
_last_seen = func.coalesce(credential.c.last_used_at, credential.c.created_at)
_stale = credential.c.last_used_at.is_(None) | (func.now() - credential.c.last_used_at > timedelta(seconds=USED_S))
_SUBJECT = ("role", "scope_kind", "scope_codes")
_has_password = account.c.password_hash.is_not(None)
_interim = _has_password & account.c.password_changed_at.is_(None)
_OWNER = (
    account.c.login,
    account.c.display_name,
    _has_password.label("has_password"),
    _interim.label("interim"),
)


def _account(login: str) -> ScalarSelect[Any]:
    return select(account.c.id).where(account.c.login == login).scalar_subquery()


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
