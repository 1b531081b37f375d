"""Accounts: made, found, changed, locked after wrong passwords; a disabled one has no sessions any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.access import Role, Scope
from cityops.domain.passwords import lock_after
from cityops.store.engine import WriteConnection
from cityops.store.tables import account, credential

_c = account.c
_HIDDEN = {"id", "password_hash", "issuer_subject"}
_seen = (
    select(func.max(func.coalesce(credential.c.last_used_at, credential.c.created_at)))
    .where(credential.c.account_id == _c.id)
    .scalar_subquery()
)
_SHOWN = (
    *(column for column in _c if column.name not in _HIDDEN),
    _c.password_hash.is_not(None).label("has_password"),
    _seen.label("last_seen_at"),
)


@dataclass(frozen=True, slots=True)
class Charged:
    """An account for which a password is shown; that it is wrong is counted before it is compared.

    None in place of what is kept of the password: somebody else vouches for the person.
    """

    id: int
    login: str
    password_hash: str | None


def create(
    connection: WriteConnection, login: str, display_name: str, password_hash: str, role: Role, scope: Scope
) -> bool:
    """Make an account; False if the login is taken. It counts as an interim password until its owner sets one."""
    row: dict[str, Any] = {"login": login, "display_name": display_name, "password_hash": password_hash, "role": role}
    row |= {"scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
    statement = insert(account).values(row).on_conflict_do_nothing(index_elements=["login"]).returning(_c.id)
    return connection.scalar(statement) is not None


def page(connection: Connection, after: str | None, limit: int | None) -> Sequence[RowMapping]:
    """Return accounts in order of login, without what is kept of the password."""
    statement = select(*_SHOWN).order_by(_c.login).limit(limit)
    if after is not None:
        statement = statement.where(_c.login > after)
    return connection.execute(statement).mappings().all()


def one(connection: Connection, login: str) -> RowMapping | None:
    """Return an account as `page` shows it."""
    return connection.execute(select(*_SHOWN).where(_c.login == login)).mappings().one_or_none()


def password_hash(connection: Connection, login: str) -> str | None:
    """Return what is kept of an account's password."""
    found: str | None = connection.scalar(select(_c.password_hash).where(_c.login == login))
    return found


def change(connection: WriteConnection, login: str, values: Mapping[str, Any]) -> bool:
    """Change columns of an account; False if there is none of this login."""
    return connection.execute(update(account).where(_c.login == login).values(values)).rowcount > 0


def other_administrators(connection: WriteConnection, login: str) -> int:
    """Count the enabled administrators other than this one; they cannot change before the transaction ends."""
    statement = select(_c.login).where(_c.role == Role.ADMINISTRATOR, _c.disabled_at.is_(None)).order_by(_c.id)
    logins = connection.scalars(statement.with_for_update()).all()
    return len(set(logins) - {login})


def present(connection: Connection) -> datetime:
    """Return the database's own present instant."""
    moment: datetime = connection.execute(select(func.now())).scalar_one()
    return moment


def end_sessions(connection: WriteConnection, login: str) -> int:
    """End all sessions of an account and return how many there were."""
    owner = select(_c.id).where(_c.login == login).scalar_subquery()
    sessions = update(credential).where(credential.c.account_id == owner, credential.c.revoked_at.is_(None))
    return connection.execute(sessions.values(revoked_at=func.now())).rowcount


def charge(connection: WriteConnection, login: str) -> Charged | None:
    """Count a failure for an account that may sign in by password now, and lock it when there were too many.

    Counted first and forgiven by `settle`, so that any number of guesses at the same moment have no more tries than
    one after the other. None: no such account, locked, disabled, or without a password.
    """
    may = (_c.login == login, _c.disabled_at.is_(None), _c.password_hash.is_not(None))
    unlocked = _c.locked_until.is_(None) | (_c.locked_until <= func.now())
    counted = update(account).where(*may, unlocked).values(failed_attempts=_c.failed_attempts + 1)
    row = connection.execute(counted.returning(_c.id, _c.password_hash, _c.failed_attempts)).one_or_none()
    if row is None:
        return None
    if pause := lock_after(row.failed_attempts):
        connection.execute(update(account).where(_c.id == row.id).values(locked_until=func.now() + pause))
    return Charged(row.id, login, row.password_hash)


def settle(connection: WriteConnection, charged: Charged) -> bool:
    """Forgive the failures of an account whose password was right; False if it was changed or disabled meanwhile."""
    same = [_c.id == charged.id, _c.disabled_at.is_(None)]
    if charged.password_hash is not None:
        same.append(_c.password_hash == charged.password_hash)
    forgiven = update(account).where(*same).values(failed_attempts=0, locked_until=None)
    return connection.execute(forgiven).rowcount > 0
