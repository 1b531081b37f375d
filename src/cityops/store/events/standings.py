"""Reads how a case stands for the judge of acts, with its row locked where it is to be moved, and writes it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.events.acts import CaseKind, CaseStanding, Clock, Mark, Master, Unit, UnitKind
from cityops.domain.events.runs import Run
from cityops.domain.events.status import OPEN_STATUSES, Status
from cityops.store import tables
from cityops.store.engine import WriteConnection, now_of
from cityops.store.events import clocks

_event, _handler = tables.event.c, tables.event_handler.c
MAIN, CO, REPORTER = "main", "co", "reporter"
"""Duties of those who see a case because they have it in hand, or reported it."""

MOST_STEPS = 100
"""From case to case that one has gone into; were there a circle already, this is where it is left."""

IN_HAND = (Status.DISPATCHED, Status.SIGNED, Status.PROCESSING, Status.DONE, Status.VERIFYING_RESULT)
"""States in which the unit has the case; before and after them it may follow it."""


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case as it is kept: who reported it under which name, how it stands, its clocks, and its version."""

    id: int
    source: str
    external_id: str
    class_code: str
    severity: str
    sequence: int
    own_sequence: int
    standing: CaseStanding
    runs: tuple[Run, ...]
    remembered: Mapping[str, Any]
    standard_version: int | None

    @property
    def version(self) -> str:
        """What changes whenever the case moves: the number of its source's step, and of our act."""
        return version(self.sequence, self.own_sequence)


def version(sequence: int, own_sequence: int) -> str:
    """Return the version of a case as HTTP has it in an ETag."""
    return f"{sequence}-{own_sequence}"


def locked(connection: WriteConnection, event_id: int) -> KeptCase | None:
    """Return a case that nobody else moves before the transaction ends; None where none is to be seen."""
    taken = select(_event.id).where(_event.id == event_id).with_for_update()
    return None if connection.scalar(taken) is None else kept(connection, event_id)


def kept(connection: Connection, event_id: int, now: datetime | None = None) -> KeptCase | None:
    """Return a case as it is now, the database's present unless another is given; None where none is to be seen."""
    row = connection.execute(select(tables.event).where(_event.id == event_id)).mappings().one_or_none()
    if row is None:
        return None
    runs = tuple(clocks.runs(connection, event_id))
    return KeptCase(
        row["id"],
        row["source_system_code"],
        row["external_id"],
        row["class_code"],
        row["severity"],
        row["sequence"],
        row["own_sequence"],
        _standing(row, runs, _children(connection, event_id), now or now_of(connection)),
        runs,
        row["remembered"],
        row["standard_version"],
    )


def _children(connection: Connection, event_id: int) -> tuple[int, int]:
    is_open = _event.status.in_([status.value for status in OPEN_STATUSES])
    row = connection.execute(
        select(func.count(), func.count().filter(is_open)).where(_event.parent_id == event_id)
    ).one()
    return row[0], row[1]


def above(connection: Connection, event_id: int) -> list[int]:
    """Return into what a case has gone, merged or as a child, and that in turn, the nearest first."""
    first = select(_event.merged_into, _event.parent_id, literal(0).label("step")).where(_event.id == event_id)
    way = first.cte("way", recursive=True)
    up = func.coalesce(way.c.merged_into, way.c.parent_id)
    way = way.union_all(
        select(_event.merged_into, _event.parent_id, way.c.step + 1).where(_event.id == up, way.c.step < MOST_STEPS)
    )
    up = func.coalesce(way.c.merged_into, way.c.parent_id)
    return list(connection.scalars(select(up).where(up.is_not(None)).order_by(way.c.step)))


def _standing(row: RowMapping, runs: tuple[Run, ...], children: tuple[int, int], now: datetime) -> CaseStanding:
    more = row["remembered"]
    going = [run for run in runs if run.stopped_at is None]
    paused = frozenset(run.clock for run in going if run.is_paused(now))
    return CaseStanding(
        Status(row["status"]),
        row["region_code"],
        Master(row["master"]),
        CaseKind(row["kind"]),
        frozenset(Mark(mark) for mark in row["marks"]),
        frozenset(run.clock for run in going) - paused,
        paused,
        None if row["unit_code"] is None else Unit(UnitKind(row["unit_kind"]), row["unit_code"]),
        tuple(_units(more, "passed_by")),
        frozenset(_units(more, "co_handlers")),
        frozenset(_units(more, "returned_by")),
        more.get("returner"),
        next(iter(_units(more, "arbitrated")), None),
        _moment(more.get("refuse_until")),
        next((run.due for run in going if run.clock is Clock.UNIT), None),
        _moment(more.get("until")),
        more.get("extensions", 0),
        row["standard_code"],
        more.get("proof", False),
        more.get("files", 0),
        more.get("citizen", False),
        *children,
        row["parent_id"] is not None,
        row["overdue"],
        frozenset(more.get("reviewers", ())),
    )


def remembered(case: CaseStanding) -> dict[str, Any]:
    """Return what is kept of a standing and nothing is filtered by; what says nothing is left out."""
    told: dict[str, Any] = {
        "passed_by": [list(unit) for unit in case.passed_by],
        "co_handlers": sorted(list(unit) for unit in case.co_handlers),
        "returned_by": sorted(list(unit) for unit in case.returned_by),
        "returner": case.returner,
        "arbitrated": [] if case.arbitrated is None else [list(case.arbitrated)],
        "refuse_until": _text(case.refuse_until),
        "until": _text(case.until),
        "extensions": case.extensions,
        "proof": case.proof,
        "files": case.files,
        "citizen": case.citizen,
        "reviewers": sorted(case.reviewers),
    }
    return {name: value for name, value in told.items() if value}


def moved(
    connection: WriteConnection, event_id: int, after: CaseStanding, at: datetime, values: dict[str, Any]
) -> None:
    """Write how a case stands from now on; `values` are further columns, its version among them."""
    unit = (None, None) if after.unit is None else after.unit
    row = {
        "master": after.master,
        "status": after.status,
        "unit_kind": unit[0],
        "unit_code": unit[1],
        "standard_code": after.standard,
        "marks": sorted(after.marks),
        "overdue": after.overdue,
        "remembered": remembered(after),
    }
    connection.execute(update(tables.event).where(_event.id == event_id).values(row | values))
    _hand_over(connection, event_id, after, at)


def _hand_over(connection: WriteConnection, event_id: int, after: CaseStanding, at: datetime) -> None:
    """Note who has the case in hand from now on, and who has it no more."""
    duties: dict[Unit, str] = {}
    if after.status in IN_HAND:
        duties = dict.fromkeys(after.co_handlers, CO) | dict.fromkeys(after.passed_by, MAIN)
        duties |= {} if after.unit is None else {after.unit: MAIN}
    known = {
        Unit(UnitKind(row.unit_kind), row.unit_code): row
        for row in connection.execute(select(tables.event_handler).where(_handler.event_id == event_id))
    }
    for unit, duty in duties.items():
        if unit not in known or known[unit].duty != duty or known[unit].until is not None:
            handle(connection, event_id, unit, duty, at)
    for unit, row in known.items():
        if unit not in duties and row.until is None and row.duty != REPORTER:
            of = and_(_handler.event_id == event_id, _handler.unit_kind == unit.kind, _handler.unit_code == unit.code)
            connection.execute(update(tables.event_handler).where(of).values(until=at))


def handle(connection: WriteConnection, event_id: int, unit: Unit, duty: str, at: datetime) -> None:
    """Note that a unit has a case in hand, or may follow it, from now on."""
    row = {"event_id": event_id, "unit_kind": unit.kind, "unit_code": unit.code, "duty": duty, "since": at}
    statement = insert(tables.event_handler).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["event_id", "unit_kind", "unit_code"], set_={"duty": duty, "since": at, "until": None}
        )
    )


def _units(more: Mapping[str, Any], name: str) -> list[Unit]:
    return [Unit(UnitKind(kind), code) for kind, code in more.get(name, ())]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
