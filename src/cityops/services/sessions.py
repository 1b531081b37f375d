"""Sessions of accounts: begun once a password or the single sign-on has vouched for somebody, ended, and audited."""

from typing import Any

from sqlalchemy import RowMapping

from cityops.domain.access import Role, Scope
from cityops.domain.audit import Action, Actor
from cityops.domain.grants import SESSION, Holder, check_grant
from cityops.services.accounts import AbsentError, TakenError
from cityops.store.access import accounts, audit, credentials, people
from cityops.store.access.credentials import CredentialKind, Known
from cityops.store.access.scopes import codes
from cityops.store.engine import WriteConnection


def begin(
    connection: WriteConnection, charged: accounts.Charged, address: str | None = None, request_id: str | None = None
) -> tuple[str, Known] | None:
    """Begin a session and return its token, shown once, and whom it stands for.

    None: the account was disabled, or its password changed, since it was looked up.
    """
    if not accounts.settle(connection, charged):
        return None
    identifier, token = credentials.issue(
        connection,
        CredentialKind.SESSION,
        charged.login,
        None,
        created_by=charged.login,
        account_id=charged.id,
        expires_at=accounts.present(connection) + SESSION,
    )
    known = credentials.find(connection, token)
    assert known is not None
    actor = Actor.of(known.subject, CredentialKind.SESSION, address, request_id)
    audit.record(connection, actor, Action.SESSION_OPEN, identifier)
    return token, known


def end(connection: WriteConnection, actor: Actor, login: str, identifier: str) -> None:
    """End a session of an account.

    Raises
    ------
    AbsentError
        The account has no such session that is still valid.
    """
    if not credentials.revoke(connection, identifier, [CredentialKind.SESSION], owner=login):
        raise AbsentError(f"there is no session {identifier} of {login} that is still valid")
    audit.record(connection, actor, Action.SESSION_CLOSE, identifier)


def vouched(
    connection: WriteConnection,
    person: people.Person,
    role: Role,
    scope: Scope,
    address: str | None = None,
    request_id: str | None = None,
) -> accounts.Charged | None:
    """Make the person's account, or give it the role, scope and name of now; None if it is disabled.

    Raises
    ------
    GrantError, TakenError
        Role and scope do not fit or name a code that there is not; the logins are somebody else's.
    """
    check_grant(Holder.ACCOUNT, role, scope, codes(connection, scope.kind))
    values = {"display_name": person.name, "role": role, "scope_kind": scope.kind, "scope_codes": sorted(scope.codes)}
    action = None
    if (row := people.found(connection, person)) is None:
        row, action = _made(connection, person, values), Action.ACCOUNT_CREATE
    elif row["disabled_at"] is not None:
        return None
    elif any(row[name] != value for name, value in values.items()):
        people.renew(connection, row["id"], values)
        action = Action.ACCOUNT_CHANGE
    if action is not None:
        actor = Actor(row["login"], role, scope, "oidc", address, request_id)
        audit.record(connection, actor, action, row["login"], detail={**values, "issuer": person.issuer})
    return accounts.Charged(row["id"], row["login"], None)


def _made(connection: WriteConnection, person: people.Person, values: dict[str, Any]) -> RowMapping:
    row = people.made(connection, person, values)
    if row is None:
        raise TakenError(f"login: {' and '.join(person.logins)} are somebody else's; rename or remove those accounts")
    return row
