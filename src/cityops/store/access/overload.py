"""Reads which sources flood, by what the workers refused, and which keys are theirs."""

from collections.abc import Iterable

from sqlalchemy import Connection, select, text

from cityops.domain.access import Role, ScopeKind
from cityops.domain.rejects import Reason
from cityops.store.access.credentials import CredentialKind
from cityops.store.tables import credential

_FLOODING = text(
    """
    SELECT DISTINCT source_system_code FROM reject
    WHERE reason = :reason AND state = 'open' AND received_at > now() - make_interval(secs => :held)
    """
)


def flooding(connection: Connection, held_s: float) -> set[str]:
    """Return the sources of which a message was refused as too much within the last `held_s` seconds."""
    return set(connection.scalars(_FLOODING, {"reason": Reason.OVER_QUOTA.value, "held": held_s}))


def keys_of(connection: Connection, sources: Iterable[str]) -> dict[str, list[str]]:
    """Return the keys of these sources that were not revoked, with the sources of each."""
    columns = credential.c
    statement = select(columns.id, columns.scope_codes).where(
        columns.kind == CredentialKind.KEY,
        columns.role == Role.SOURCE_SYSTEM,
        columns.scope_kind == ScopeKind.SOURCES,
        columns.revoked_at.is_(None),
        columns.scope_codes.overlap(list(sources)),
    )
    return {row.id: sorted(row.scope_codes) for row in connection.execute(statement)}
