"""Sessions of accounts: begun once a password or the single sign-on has vouched for somebody, ended, and audited."""

from cityops.domain.audit import Action, Actor
from cityops.domain.grants import SESSION
from cityops.store import accounts, audit, credentials
from cityops.store.administration import AbsentError
from cityops.store.credentials import Kind, Known
from cityops.store.engine import WriteConnection


def open_session(
    connection: WriteConnection, charged: accounts.Charged, address: str | None = None, request_id: str | None = None
) -> tuple[str, Known] | None:
    """Begin a session and return its token, shown once, and whom it stands for.

    None: the account was disabled, or its password changed, since it was looked up.
    """
    if not accounts.settle(connection, charged):
        return None
    identifier, token = credentials.issue(
        connection,
        Kind.SESSION,
        charged.login,
        None,
        created_by=charged.login,
        account_id=charged.id,
        expires_at=accounts.present(connection) + SESSION,
    )
    known = credentials.find(connection, token)
    assert known is not None
    actor = Actor.of(known.subject, Kind.SESSION, address, request_id)
    audit.record(connection, actor, Action.SESSION_OPEN, identifier)
    return token, known


def close_session(connection: WriteConnection, actor: Actor, login: str, identifier: str) -> None:
    """End a session of an account.

    Raises
    ------
    AbsentError
        The account has no such session that is still valid.
    """
    if not credentials.revoke(connection, identifier, [Kind.SESSION], owner=login):
        raise AbsentError(f"there is no session {identifier} of {login} that is still valid")
    audit.record(connection, actor, Action.SESSION_CLOSE, identifier)
