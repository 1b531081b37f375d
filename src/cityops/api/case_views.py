"""Puts a case together as it is answered: its history in one line of time, its clocks explained, what may be done."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from cityops.api import schemas
from cityops.domain.access import Subject
from cityops.domain.events.acts import Asker, Clock, Master
from cityops.domain.events.deadlines import ClockSpan, lamp_at
from cityops.domain.events.lifecycle import possible
from cityops.domain.events.runs import Run, kind_of, reckoned
from cityops.domain.events.status import Status
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.masking import reads_persons
from cityops.services.cases import TAKE_OVER, take_over_denied
from cityops.store.access.credentials import Known
from cityops.store.events import acts, cases, clocks, standings
from cityops.store.events.cases import CaseWhole
from cityops.store.events.standings import KeptCase, version
from cityops.store.workdays import work_calendar


def etag(current: str) -> str:
    """Return the version of a case as an entity tag."""
    return f'"{current}"'


def case_brief(row: RowMapping, known: Known, now: datetime) -> schemas.CaseBrief:
    """Return a row of `cases.BRIEF` as it is answered to somebody."""
    persons = reads_persons(known.subject, known.kind, row["region_code"], concerned=row["concerned"])
    return schemas.CaseBrief.model_validate(_brief(row, now), context=schemas.UNMASKED if persons else None)


def case_out(connection: Connection, known: Known, event_id: int, now: datetime) -> schemas.CaseOut | None:
    """Return a case as it is answered to somebody; None where none is to be seen."""
    subject = known.subject
    kept, whole = standings.kept(connection, event_id, now), cases.one(connection, event_id, subject.scope)
    if kept is None or whole is None:
        return None
    persons = reads_persons(subject, known.kind, whole.row["region_code"], concerned=whole.row["concerned"])
    calendar = work_calendar(connection)
    explained = [_clock(run, clocks.kept_spans(connection, event_id), calendar, now) for run in kept.runs]
    history = sorted(_history(connection, whole), key=lambda step: step["at"])
    told = _brief(whole.row, now) | _details(whole, kept) | {"clocks": explained, "history": history}
    told |= _offers(kept, subject, now)
    return schemas.CaseOut.model_validate(told, context=schemas.UNMASKED if persons else None)


def _brief(row: RowMapping, now: datetime) -> dict[str, Any]:
    names = {name for name in schemas.CaseBrief.model_fields if name in row}
    due, warn = row["due_at"], row["warn_at"]
    return {name: row[name] for name in names} | {
        "stage": Status(row["status"]).stage,
        "version": version(row["sequence"], row["own_sequence"]),
        "unit": _unit(row["unit_kind"], row["unit_code"]),
        "standard": row["standard_code"],
        "lamp": None if due is None else lamp_at(due, warn, now),
    }


def _details(whole: CaseWhole, kept: KeptCase) -> dict[str, Any]:
    row, standing = whole.row, kept.standing
    names = ("description", "address", "lon", "lat", "received_at", "standard_version", "parent_id", "merged_into")
    return {name: row[name] for name in names} | {
        "children": list(whole.children),
        "merged": list(whole.merged),
        "citizen": standing.citizen,
        "refuse_until": standing.refuse_until,
        "waits_until": standing.until,
        "handlers": [
            {"kind": one["unit_kind"], "code": one["unit_code"], **{n: one[n] for n in ("duty", "since", "until")}}
            for one in whole.handlers
        ],
    }


def _clock(
    run: Run, kept: Mapping[tuple[Clock, int], Sequence[ClockSpan]], calendar: WorkCalendar, now: datetime
) -> dict[str, Any]:
    """Return a run with its spans: of a stopped one as they were then, whatever the calendar says since."""
    found = reckoned(run, calendar)
    spans = kept.get((run.clock, run.round), found.spans)
    return {
        "clock": run.clock,
        "round": run.round,
        "limit_kind": kind_of(run.limit),
        "amount": run.limit.amount,
        "extensions": len(run.extensions),
        "allowed_s": int(found.allowed.total_seconds()),
        "started_at": run.started_at,
        "due_at": run.due,
        "provisional": run.provisional,
        "paused": run.is_paused(now),
        "stopped_at": run.stopped_at,
        "overdue": run.overdue,
        "lamp": None if run.stopped_at is not None else lamp_at(run.due, found.warn_at, now),
        "spans": [{"start": s.start, "end": s.end, "counted": s.counted, "why": s.why} for s in spans],
    }


def _history(connection: Connection, whole: CaseWhole) -> Iterator[dict[str, Any]]:
    """Yield the steps of the source, and the acts done here; of the same time, the source's come first."""
    nothing = dict.fromkeys(("act", "from_status", "actor", "role", "unit", "asked_unit", "reason", "text"))
    for step in whole.steps:
        yield nothing | {
            "by": Master.SOURCE,
            "sequence": step["sequence"],
            "at": step["status_at"],
            "status": step["status"],
            "evidence": [],
            "data": {},
        }
    same = ("at", "act", "from_status", "actor", "role", "reason", "text", "evidence", "data")
    for one in acts.of_case(connection, whole.row["id"]):
        yield {name: one[name] for name in same} | {
            "by": Master.HERE,
            "sequence": one["own_sequence"],
            "status": one["to_status"],
            "unit": _unit(one["unit_kind"], one["unit_code"]),
            "asked_unit": _unit(one["asked_unit_kind"], one["asked_unit_code"]),
        }


def _offers(kept: KeptCase, subject: Subject, now: datetime) -> dict[str, Any]:
    asker = Asker(subject.name, subject.role, subject.scope)
    offers = possible(kept.standing, asker, now)
    others = [
        {"act": one.act, "reason_zh": one.reason_zh, "reason_en": one.reason_en, "who": list(one.who)}
        for one in offers
        if not one.allowed
    ]
    may = [{"act": one.act, "needs": list(one.needs)} for one in offers if one.allowed]
    if kept.standing.master is Master.SOURCE:
        denied = take_over_denied(kept.standing, asker)
        if denied is None:
            may.append({"act": TAKE_OVER, "needs": []})
        else:
            who = denied.who.values()
            others.append(
                {
                    "act": TAKE_OVER,
                    "reason_zh": denied.reason_zh,
                    "reason_en": denied.reason_en,
                    "who": [role for roles in who for role in roles],
                }
            )
    return {"possible": may, "others": others}


def _unit(kind: str | None, code: str | None) -> dict[str, Any] | None:
    return None if code is None else {"kind": kind, "code": code}
