"""Events in the state of a region: open ones by stage, what came and went today, what presses most."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from cityops.api import schemas
from cityops.api.state.city import Here, Moment
from cityops.domain.events.deadlines import lamp_at
from cityops.domain.events.status import Stage, Status
from cityops.domain.masking import reads_persons
from cityops.domain.regions import prefix
from cityops.store.access.credentials import Known
from cityops.store.events import queries
from cityops.store.events.queries import EventTally

CLASSES = 8
CHECKING = (Status.DONE, Status.VERIFYING_RESULT)
"""Handled, and to be found good or not."""
Brief = TypeVar("Brief", bound=schemas.EventBrief)


def events_state(moment: Moment, here: Here) -> schemas.EventsState:
    """Compose the events of a region; 'today' began at midnight in the city's zone."""
    tallies, code, names = moment.events, here.region.code, here.classes
    rows = [dict(row) for row in here.pressing]
    times = [row.pop("seen_at") for row in rows]
    times += [one.as_of for group in (tallies.open, tallies.reported, tallies.closed) for one in _in(group, code)]
    reported: Counter[str] = Counter()
    for one in _in(tallies.reported, code):
        reported[str(one.key)] += one.n
    ranked = sorted(reported.items(), key=lambda pair: (-pair[1], pair[0]))[:CLASSES]
    return schemas.EventsState(
        counts=_counts(tallies, code),
        regions=[_region_events(tallies, child.code) for child in here.children],
        classes=[
            schemas.ClassCount(class_code=key, name_zh=names[key][0], name_en=names[key][1], reported_today=n)
            for key, n in ranked
        ],
        matters=_matters(here.matters),
        pressing=[_pressing(row, moment.at) for row in rows],
        places=[_place(dict(row)) for row in here.urgent],
        as_of=max(times, default=None),
    )


def _matters(tallies: Iterable[queries.MatterTally]) -> list[schemas.CaseMatter]:
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in tallies:
        counts = found[one.class_code, one.source]
        counts.update(near_due=one.near_due, reported_today=one.reported_today, closed_today=one.closed_today)
        if one.status is not None:
            counts.update({one.status.stage.value: one.open, f"{one.status.stage.value}_overdue": one.overdue})
            counts.update(checking=one.open if one.status in CHECKING else 0)
    return [
        schemas.CaseMatter(class_code=code, source=source, **counts)
        for (code, source), counts in sorted(found.items())
    ]


def _pressing(row: dict[str, Any], now: datetime) -> schemas.PressingEvent:
    del row["of_class"]
    kind, code, due, warn_at = (row.pop(name) for name in ("unit_kind", "unit_code", "due_at", "warn_at"))
    told = {"due_at": due, "lamp": None if due is None else lamp_at(due, warn_at, now)}
    told |= {"unit": None if code is None else {"kind": kind, "code": code}}
    return event_as(schemas.PressingEvent, row | told, None)


def _place(row: dict[str, Any]) -> schemas.CasePlace:
    kind, code = row.pop("unit_kind"), row.pop("unit_code")
    return schemas.CasePlace.model_validate(row | {"unit": None if code is None else {"kind": kind, "code": code}})


def event_brief(row: dict[str, object], known: Known | None) -> schemas.EventBrief:
    """Return a row of `event_queries.BRIEF` as it is answered to somebody; None: to many, so that it is masked."""
    return event_as(schemas.EventBrief, row, known)


def event_as(shape: type[Brief], row: dict[str, object], known: Known | None) -> Brief:
    """Return a row as a shape of an event; who handles the case alone reads names and numbers of citizens."""
    row = row | {"stage": Status(str(row["status"])).stage}
    concerned, place = bool(row.pop("concerned", False)), str(row["region_code"])
    unmasked = known is not None and reads_persons(known.subject, known.kind, place, concerned=concerned)
    return shape.model_validate(row, context=schemas.UNMASKED if unmasked else None)


def _in(tallies: Iterable[EventTally], code: str) -> list[EventTally]:
    within = prefix(code)  # once: in a flood there are thousands of tallies, asked for a dozen regions each tick
    return [one for one in tallies if one.region_code.startswith(within)]


def _sum(tallies: Iterable[EventTally], code: str) -> int:
    return sum(one.n for one in _in(tallies, code))


def _counts(tallies: queries.Tallies, code: str) -> schemas.EventCounts:
    stages: Counter[Stage] = Counter()
    late: Counter[Stage] = Counter()
    open_ = _in(tallies.open, code)
    for one in open_:
        stages[Status(str(one.key)).stage] += one.n
        late[Status(str(one.key)).stage] += one.overdue
    return schemas.EventCounts(
        open=stages.total(),
        found=stages[Stage.FOUND],
        dispatched=stages[Stage.DISPATCHED],
        handling=stages[Stage.HANDLING],
        checking=sum(one.n for one in open_ if one.key in CHECKING),
        found_overdue=late[Stage.FOUND],
        dispatched_overdue=late[Stage.DISPATCHED],
        handling_overdue=late[Stage.HANDLING],
        urgent_open=sum(one.urgent for one in open_),
        overdue=late.total(),
        near_due=sum(one.near_due for one in open_),
        reported_today=_sum(tallies.reported, code),
        closed_today=_sum(tallies.closed, code),
    )


def _region_events(tallies: queries.Tallies, code: str) -> schemas.RegionEvents:
    return schemas.RegionEvents(
        code=code,
        open=_sum(tallies.open, code),
        reported_today=_sum(tallies.reported, code),
        closed_today=_sum(tallies.closed, code),
    )
