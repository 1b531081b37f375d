"""Reads rejects for API and command line: lists by page, counts, one with its attempts; writes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, func, select, true, tuple_

from cityops.domain.rejects import RejectState, ReplayOutcome
from cityops.store import tables
from cityops.store.ledger import NO_SOURCE
from cityops.store.rejects.replay import RejectFilter

_reject, _attempt, _dropped = tables.reject.c, tables.reject_attempt.c, tables.reject_dropped.c

_KEPT_OF = func.coalesce(_reject.item_bytes, _reject.payload_bytes)

BRIEF = (
    _reject.id,
    _reject.received_at,
    _reject.state,
    _reject.reason,
    _reject.detail,
    _reject.source_system_code.label("source"),
    _reject.kind,
    _reject.topic,
    _reject.item_index,
    _reject.metric_code,
    _reject.whole,
    _reject.attempts,
    _reject.settled_at,
    _reject.payload_bytes,
    _reject.item_bytes,
    _reject.refusals,
    (func.octet_length(_reject.payload) < _KEPT_OF).label("truncated"),
)


def filtered(statement: Select[*tuple[Any, ...]], wanted: RejectFilter) -> Select[*tuple[Any, ...]]:
    """Return a query on `reject` with the conditions of a filter."""
    equal = {
        _reject.reason: wanted.reason,
        _reject.source_system_code: wanted.source,
        _reject.kind: wanted.kind,
        _reject.state: wanted.state,
    }
    conditions = [column == str(value) for column, value in equal.items() if value is not None]
    if wanted.since:
        conditions.append(_reject.received_at >= wanted.since)
    if wanted.until:
        conditions.append(_reject.received_at < wanted.until)
    return statement.where(*conditions)


def page(
    connection: Connection, wanted: RejectFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return rejects newest first, those that come after (time of receipt, id) `before` in that order."""
    statement = filtered(select(*BRIEF), wanted).order_by(_reject.received_at.desc(), _reject.id.desc()).limit(limit)
    if before is not None:
        # The first condition says nothing new, but only by it whole chunks are left out.
        statement = statement.where(
            _reject.received_at <= before[0], tuple_(_reject.received_at, _reject.id) < before
        )
    return connection.execute(statement).mappings().all()


def counts(connection: Connection, wanted: RejectFilter) -> Sequence[RowMapping]:
    """Count rejects by reason, source and state, most frequent first, each with its newest time of receipt."""
    keys = (_reject.reason, _reject.source_system_code.label("source"), _reject.state)
    n = func.sum(_reject.refusals).label("count")
    statement = filtered(select(*keys, n, func.max(_reject.received_at).label("newest")), wanted)
    statement = statement.group_by(*keys).order_by(n.desc(), *keys)
    return connection.execute(statement).mappings().all()


def one(connection: Connection, reject_id: int) -> tuple[RowMapping, Sequence[RowMapping]] | None:
    """Return a reject with the kept bytes of its message, and its attempts, oldest first; None if there is none."""
    statement = select(*BRIEF, _reject.payload).where(_reject.id == reject_id)
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    names = ("attempt", "tried_at", "worker", "outcome", "stored", "duplicate", "reason_before", "detail_before")
    attempts = select(*(_attempt[name] for name in names)).where(_attempt.reject_id == reject_id)
    return row, connection.execute(attempts.order_by(_attempt.attempt)).mappings().all()


def newest(connection: Connection) -> datetime | None:
    """Return when the newest reject was received, None where none is kept."""
    received: datetime | None = connection.scalar(select(func.max(_reject.received_at)))
    return received


def open_by_reason(connection: Connection) -> Sequence[RowMapping]:
    """Count open rejects by reason and source; all sources that are not registered count as one, `NO_SOURCE`.

    Anybody may write any source into a topic: without that, a sender could make as many series as it likes.
    """
    grouped = (
        select(_reject.reason, _reject.source_system_code, func.sum(_reject.refusals).label("n"))
        .where(_reject.state == RejectState.OPEN.value)
        .group_by(_reject.reason, _reject.source_system_code)
        .subquery()
    )
    source = case(
        (grouped.c.source_system_code.in_(select(tables.source_system.c.code)), grouped.c.source_system_code),
        else_=NO_SOURCE,
    )
    statement = select(grouped.c.reason, source.label("source"), func.sum(grouped.c.n).label("count"))
    return connection.execute(statement.group_by(grouped.c.reason, source)).mappings().all()


def replayed(connection: Connection) -> RowMapping:
    """Return what all replays came to since the first: items stored and duplicate, rejects refused again."""
    refused = func.count().filter(_attempt.outcome == ReplayOutcome.REFUSED.value)
    kept = select(func.sum(_attempt.stored), func.sum(_attempt.duplicate), refused).subquery()
    dropped = select(*(func.sum(_dropped[name]) for name in ("stored", "duplicate", "refused"))).subquery()
    statement = select(
        *(
            (func.coalesce(now, 0) + func.coalesce(past, 0)).label(name)
            for name, now, past in zip(("stored", "duplicate", "refused"), kept.c, dropped.c, strict=True)
        )
    ).select_from(kept.join(dropped, true()))
    return connection.execute(statement).mappings().one()
