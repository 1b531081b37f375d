"""Acts on API keys and display tokens: checked by meaning, done, told to the broker, and written into the audit.

The API and the command line do them through here alone, so that none is done unchecked or unrecorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Engine

from cityops.domain.access import Role, ScopeKind, Subject
from cityops.domain.audit import COMMAND, Action, Actor
from cityops.domain.grants import GrantError, Holder, check_grant, check_label, check_scene, lasting
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.senders import control_of
from cityops.services.accounts import AbsentError, granted
from cityops.store import sources
from cityops.store.access import accounts, audit, credentials
from cityops.store.access.credentials import CredentialKind
from cityops.store.access.scopes import codes
from cityops.store.engine import WriteConnection, writing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A credential that was just made."""

    id: str
    token: str
    expires_at: datetime


def give(
    connection: WriteConnection,
    actor: Actor,
    holder: Holder,
    subject: Subject,
    *,
    broker: str,
    scene: str | None = None,
    days: int | None = None,
) -> MadeToken:
    """Make an API key or a display token named by the subject; its token is shown once.

    `broker` is the address of the broker's administrator, who lets keys of source systems in; empty: there is none.

    Raises
    ------
    GrantError
        Role and scope do not fit the holder, it would last too long, the scene is no page for it, or the label is
        kept for the dashboard's own key.
    BrokerControlError
        A source system's key could not be made known to the broker; then it is not made.
    """
    check_label(subject.name, at_command_line=actor.kind == COMMAND)
    check_grant(holder, subject.role, subject.scope, codes(connection, subject.scope.kind))
    if (scene is not None) != (holder is Holder.DISPLAY):
        raise GrantError("scene: a display shows one page, such as /; a key shows none")
    if scene is not None:
        check_scene(scene, subject.scope, codes(connection, ScopeKind.DISTRICTS))
    expires_at = accounts.present(connection) + lasting(holder, days)
    identifier, token = credentials.issue(
        connection,
        CredentialKind(holder),
        subject.name,
        subject,
        created_by=actor.name,
        scene=scene,
        expires_at=expires_at,
    )
    detail = granted(subject.role, subject.scope) | {"kind": holder, "label": subject.name}
    audit.record(connection, actor, Action.CREDENTIAL_ISSUE, identifier, detail=detail)
    if subject.role is Role.SOURCE_SYSTEM and broker:
        carries = sources.carried(connection, subject.scope.codes)
        control_of(broker).grant(broker, identifier, carries, token)  # last: if it fails, there is no key
    return MadeToken(identifier, token, expires_at)


def revoke(
    connection: WriteConnection, actor: Actor, identifier: str, kinds: Iterable[CredentialKind], broker: str
) -> None:
    """End a credential of one of these kinds, at the broker too.

    Raises
    ------
    AbsentError
        There is none of this id that is still valid.
    """
    if not credentials.revoke(connection, identifier, kinds):
        raise AbsentError(f"there is no credential {identifier} that is still valid")
    audit.record(connection, actor, Action.CREDENTIAL_REVOKE, identifier)
    if broker:
        try:
            control_of(broker).revoke(broker, [identifier])
        except BrokerControlError as error:  # over HTTP it shall end nevertheless
            log.warning("revoked, but the broker still knows it; maintain tells it again", reason=str(error))


def end_at_broker(engine: Engine, broker: str) -> int:
    """Have the broker forget keys that were revoked or have run out; return how many it still knew.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    known = control_of(broker).admitted(broker)
    with writing(engine) as connection:
        ended = credentials.ended(connection, known)
    control_of(broker).revoke(broker, ended)
    return len(ended)
