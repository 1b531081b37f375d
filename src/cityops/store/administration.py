"""Acts on accounts and credentials: checked by meaning, done, and written into the audit, in one transaction each.

The API and the command line do them through here alone, so that none is done unchecked or unrecorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, select

from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.audit import COMMAND, Action, Actor
from cityops.domain.grants import GrantError, Holder, check_grant, check_label, check_scene, folded, lasting
from cityops.domain.passwords import PasswordError, check_password, random_password
from cityops.errors import CityopsError
from cityops.mqtt import senders
from cityops.settings import Settings
from cityops.store import accounts, audit, credentials, passwords, sources, tables
from cityops.store.credentials import Kind
from cityops.store.engine import WriteConnection, writing

log = structlog.get_logger()


class TakenError(CityopsError):
    """A login that somebody has already."""


class AbsentError(CityopsError):
    """An account or a credential that is not there."""


@dataclass(frozen=True, slots=True)
class Made:
    """A credential that was just made."""

    id: str
    token: str
    expires_at: datetime


def known_codes(connection: Connection, kind: ScopeKind) -> frozenset[str]:
    """Return the codes there are of a kind of scope; none for the whole city."""
    region = tables.region.c
    statements = {
        ScopeKind.DISTRICTS: select(region.code).where(region.level == "district"),
        ScopeKind.STREETS: select(region.code).where(region.level == "street"),
        ScopeKind.DEPARTMENTS: select(tables.department.c.code),
        ScopeKind.SOURCES: select(tables.source_system.c.code),
    }
    return frozenset(connection.scalars(statements[kind])) if kind in statements else frozenset()


def create_account(
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
    check_grant(Holder.ACCOUNT, role, scope, known_codes(connection, scope.kind))
    made, digest = _password(login, password)
    if not accounts.create(connection, login, display_name, digest, role, scope):
        raise TakenError(f"login: there is an account {login} already; choose another, or change that one")
    audit.record(connection, actor, Action.ACCOUNT_CREATE, login, detail=_granted(role, scope))
    return made


def change_account(
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
        check_grant(Holder.ACCOUNT, role, scope, known_codes(connection, scope.kind))
        if role is not Role.ADMINISTRATOR:
            _keep_an_administrator(connection, login)
        values |= {"role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
        detail |= _granted(role, scope)
    if values:
        _change(connection, login, values)
        audit.record(connection, actor, Action.ACCOUNT_CHANGE, login, detail=detail)


def disable_account(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Let nobody in by this account any more; its sessions end.

    Raises
    ------
    GrantError, AbsentError
        It is the last administrator; there is no such account.
    """
    _keep_an_administrator(connection, login)
    _change(connection, login, {"disabled_at": accounts.present(connection)})
    ended = accounts.end_sessions(connection, login)
    audit.record(connection, actor, Action.ACCOUNT_DISABLE, login, detail={"sessions_ended": ended})


def enable_account(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Let a disabled account in again."""
    _change(connection, login, {"disabled_at": None})
    audit.record(connection, actor, Action.ACCOUNT_ENABLE, login)


def unlock_account(connection: WriteConnection, actor: Actor, login: str) -> None:
    """Forgive the wrong passwords that locked an account."""
    _change(connection, login, {"failed_attempts": 0, "locked_until": None})
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
    _change(connection, login, values)
    accounts.end_sessions(connection, login)
    audit.record(connection, actor, Action.ACCOUNT_PASSWORD, login, detail={"own": own})
    return made


def give_credential(
    connection: WriteConnection,
    actor: Actor,
    holder: Holder,
    subject: Subject,
    *,
    scene: str | None = None,
    days: int | None = None,
) -> Made:
    """Make an API key or a display token named by the subject; its token is shown once.

    Raises
    ------
    GrantError
        Role and scope do not fit the holder, it would last too long, the scene is no page for it, or the label is
        kept for the dashboard's own key.
    BrokerControlError
        A source system's key could not be made known to the broker; then it is not made.
    """
    check_label(subject.name, at_command_line=actor.kind == COMMAND)
    check_grant(holder, subject.role, subject.scope, known_codes(connection, subject.scope.kind))
    if (scene is not None) != (holder is Holder.DISPLAY):
        raise GrantError("scene: a display shows one page, such as /; a key shows none")
    if scene is not None:
        check_scene(scene, subject.scope, known_codes(connection, ScopeKind.DISTRICTS))
    expires_at = accounts.present(connection) + lasting(holder, days)
    identifier, token = credentials.issue(
        connection,
        Kind(holder),
        subject.name,
        subject,
        created_by=actor.name,
        scene=scene,
        expires_at=expires_at,
    )
    detail = _granted(subject.role, subject.scope) | {"kind": holder, "label": subject.name}
    audit.record(connection, actor, Action.CREDENTIAL_ISSUE, identifier, detail=detail)
    if subject.role is Role.SOURCE_SYSTEM and (admin_url := Settings().mqtt_admin_url):
        carries = sources.carried(connection, subject.scope.codes)
        senders.grant(admin_url, identifier, carries, token)  # last: if it fails, there is no key
    return Made(identifier, token, expires_at)


def revoke_credential(connection: WriteConnection, actor: Actor, identifier: str, kinds: Iterable[Kind]) -> None:
    """End a credential of one of these kinds.

    Raises
    ------
    AbsentError
        There is none of this id that is still valid.
    """
    if not credentials.revoke(connection, identifier, kinds):
        raise AbsentError(f"there is no credential {identifier} that is still valid")
    audit.record(connection, actor, Action.CREDENTIAL_REVOKE, identifier)
    if admin_url := Settings().mqtt_admin_url:
        try:
            senders.revoke(admin_url, [identifier])
        except senders.BrokerControlError as error:  # over HTTP it shall end nevertheless
            log.warning("revoked, but the broker still knows it; maintain tells it again", reason=str(error))


def end_at_broker(engine: Engine) -> int:
    """Have the broker forget keys that were revoked or have run out; return how many it still knew.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    admin_url = Settings().mqtt_admin_url
    known = senders.admitted(admin_url) if admin_url else []
    with writing(engine) as connection:
        ended = credentials.ended(connection, known)
    senders.revoke(admin_url, ended)
    return len(ended)


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


def _change(connection: WriteConnection, login: str, values: dict[str, Any]) -> None:
    if not accounts.change(connection, login, values):
        raise AbsentError(f"there is no account {login}")


def _granted(role: Role, scope: Scope) -> dict[str, Any]:
    return {"role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
