"""The audit: one row per thing done, written in the transaction that does it, never changed, read by filter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, inspect, select, text, tuple_

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.audit import Action, Actor, AuditOutcome
from cityops.domain.masking import masked
from cityops.store.engine import WriteConnection
from cityops.store.tables import audit

LONGEST = 200
"""Characters kept of a name, an object or a text: whoever is refused chooses some of them."""

_c = audit.c


def record(
    connection: WriteConnection,
    actor: Actor,
    action: Action,
    object_: str,
    outcome: AuditOutcome = AuditOutcome.DONE,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down what is done, in the caller's transaction: it happens together with this row or not at all.

    `detail` holds JSON: the filter, the rows, the reason; never a secret, and its text masked.
    """
    scope = actor.scope
    row = {
        "subject": _cut(actor.name),
        "role": actor.role,
        "scope_kind": None if scope is None else scope.kind,
        "scope_codes": [] if scope is None else sorted(scope.codes),
        "kind": actor.kind,
        "action": action,
        "object": _cut(object_),
        "outcome": outcome,
        "detail": _plain(detail or {}),
        "address": actor.address,
        "request_id": None if actor.request_id is None else _cut(actor.request_id),
    }
    connection.execute(insert(audit).values(row))


def _cut(value: str) -> str:
    return value.replace("\x00", "")[:LONGEST]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return _cut(masked(value)) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows are wanted; None does not filter. `object` is its beginning, the period is that of `at`."""

    subject: str | None = None
    action: Action | None = None
    outcome: AuditOutcome | None = None
    object: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection, scope: Scope, wanted: AuditFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return rows newest first, those that come after (time, id) `before` in that order.

    A scope that is not the city sees what was done by those whose scope lies within it.
    """
    statement = select(audit).where(*_conditions(wanted))
    if scope.kind is not ScopeKind.CITY:
        statement = statement.where(_WITHIN.bindparams(kind=scope.kind.value, codes=sorted(scope.codes)))
    if before is not None:
        # The first condition says nothing new, but only by it whole chunks are left out.
        statement = statement.where(_c.at <= before[0], tuple_(_c.at, _c.id) < before)
    return connection.execute(statement.order_by(_c.at.desc(), _c.id.desc()).limit(limit)).mappings().all()


def is_kept(connection: Connection) -> bool:
    """Tell whether the schema has an audit; one that is older, and is backed up before it is upgraded, has none."""
    return inspect(connection).has_table(audit.name)


def newest(connection: Connection) -> datetime | None:
    """Return the time of the newest row, None where there is none."""
    at: datetime | None = connection.scalar(select(_c.at).order_by(_c.at.desc()).limit(1))
    return at


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    equal = {_c.subject: wanted.subject, _c.action: wanted.action, _c.outcome: wanted.outcome}
    conditions = [column == str(value) for column, value in equal.items() if value is not None]
    if wanted.object is not None:
        conditions.append(_c.object.startswith(wanted.object, autoescape=True))
    if wanted.start is not None:
        conditions.append(_c.at >= wanted.start)
    if wanted.end is not None:
        conditions.append(_c.at < wanted.end)
    return conditions


_WITHIN = text(
    "cardinality(scope_codes) > 0 AND (scope_kind = :kind AND scope_codes <@ CAST(:codes AS text[])"
    " OR :kind = 'districts' AND scope_kind = 'streets'"
    " AND NOT EXISTS (SELECT FROM unnest(scope_codes) AS street"
    " WHERE left(street, 6) <> ALL(CAST(:codes AS text[]))))"
)
"""What was done by somebody of the same part of the city, or of a street in it."""
