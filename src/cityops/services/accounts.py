"""Acts on accounts: checked by meaning, done, and written into the audit, in the transaction of whoever calls.

The API and the command line do them through here alone, so that none is done unchecked or unrecorded.
"""

from typing import Any

from cityops.domain.access import Role, Scope
from cityops.domain.audit import Action, Actor
from cityops.domain.grants import GrantError, Holder, check_grant, folded
from cityops.domain.passwords import PasswordError, check_password, random_password
from cityops.errors import CityopsError
from cityops.store.access import accounts, audit, passwords
from cityops.store.access.scopes import codes
from cityops.store.engine import WriteConnection


class TakenError(CityopsError):
    """A login that somebody has already."""


class AbsentError(CityopsError):
    """An account, a session or a credential that is not there."""


def create(
    connection: WriteConnection,
    actor: Actor,
    login: str,
    display_name: str,
    role: Role,
    scope: Scope,
    password: str | None,
) -> str | None:
    """Make an account; return the random password it has been given where none was.

    Raises
    ------
    GrantError, PasswordError, TakenError
        Role and scope do not fit, the password is too weak, the login is taken.
    """
    login = folded(login)
    check_grant(Holder.ACCOUNT, role, scope, codes(connection, scope.kind))
    made, digest = _password(login, password)
    if not accounts.create(connection, login, display_name, digest, role, scope):
        raise TakenError(f"login: there is an account {login} already; choose another, or change that one")
    audit.record(connection, actor, Action.ACCOUNT_CREATE, login, detail=granted(role, scope))
    return made


def change(
    connection: WriteConnection,
    actor: Actor,
    login: str,
    *,
    display_name: str | None = None,
    grant: tuple[Role, Scope] | None = None,
) -> None:
    """Change the name, or role and scope; open sessions have the new ones within seconds.

    Raises
    ------
    GrantError, AbsentError
        Role and scope do not fit, or it would be the last administrator; there is no such account.
    """
    values: dict[str, Any] = {} if display_name is None else {"display_name": display_name}
    detail: dict[str, Any] = dict(values)
    if grant is not None:
        role, scope = grant
        check_grant(Holder.ACCOUNT, role, scope, codes(connection, scope.kind))
        if role is not Role.ADMINISTRATOR:
            _keep_an_administrator(connection, login)
        values |= {"role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
        detail |= granted(role, scope)
    if values:
        _changed(connection, login, values)
        audit.record(connection, actor, Action.ACCOUNT_CHANGE, login, detail=detail)


def disable(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Let nobody in by this account any more; its sessions end.

    Raises
    ------
    GrantError, AbsentError
        It is the last administrator; there is no such account.
    """
    _keep_an_administrator(connection, login)
    _changed(connection, login, {"disabled_at": accounts.present(connection)})
    ended = accounts.end_sessions(connection, login)
    audit.record(connection, actor, Action.ACCOUNT_DISABLE, login, detail={"sessions_ended": ended})


def enable(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Let a disabled account in again."""
    _changed(connection, login, {"disabled_at": None})
    audit.record(connection, actor, Action.ACCOUNT_ENABLE, login)


def unlock(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Forgive the wrong passwords that locked an account."""
    _changed(connection, login, {"failed_attempts": 0, "locked_until": None})
    audit.record(connection, actor, Action.ACCOUNT_UNLOCK, login)


def set_password(
    connection: WriteConnection, actor: Actor, login: str, password: str | None, *, own: bool = False
) -> str | None:
    """Give an account a new password and end its sessions; return the random one where none was given.

    `own`: its owner chose it, so that it no longer counts as an interim one.

    Raises
    ------
    PasswordError, AbsentError
        It is too weak, or somebody else vouches for the account; there is no such account.
    """
    row = accounts.one(connection, login)
    if row is not None and row["issuer"]:
        raise PasswordError(
            f"password: {login} has none, since {row['issuer']} vouches for it: disable the account, or mend it there"
        )
    made, digest = _password(login, password)
    changed_at = accounts.present(connection) if own else None
    values = {"password_hash": digest, "password_changed_at": changed_at, "failed_attempts": 0, "locked_until": None}
    _changed(connection, login, values)
    accounts.end_sessions(connection, login)
    audit.record(connection, actor, Action.ACCOUNT_PASSWORD, login, detail={"own": own})
    return made


def _password(login: str, given: str | None) -> tuple[str | None, str]:
    if given is None:
        made = random_password()
        return made, passwords.digest(made)
    check_password(given, login)
    return None, passwords.digest(given)


def _keep_an_administrator(connection: WriteConnection, login: str) -> None:
    row = accounts.one(connection, login)
    if row is None or row["role"] != Role.ADMINISTRATOR or row["disabled_at"] is not None:
        return
    if not accounts.other_administrators(connection, login):
        raise GrantError(f"{login} is the last administrator: nobody could change anything; make another one first")


def _changed(connection: WriteConnection, login: str, values: dict[str, Any]) -> None:
    if not accounts.change(connection, login, values):
        raise AbsentError(f"there is no account {login}")


def granted(role: Role, scope: Scope) -> dict[str, Any]:
    """Return what was given to somebody, for the audit."""
    return {"role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
