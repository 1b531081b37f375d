"""What may hold of a case, of who asks and of what is asked: the facts of `lifecycle.toml`, for its judge."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cityops.domain.events.acts import Asker, CaseStanding, Clock, Mark, Master, Need, Request
from cityops.domain.events.deadlines import Limit
from cityops.domain.events.status import OPEN_STATUSES


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often and how long: numbers of the life-cycle."""

    extensions: int
    appeal_reviewers: int
    postpone_days: int
    suspend_days: int
    archive_days: int
    refuse_within: Limit
    """So long after it was dispatched a unit may return a case."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that a judgement depends on."""

    case: CaseStanding
    asker: Asker
    asked: Request
    now: datetime
    limits: Limits

    @property
    def longest(self) -> timedelta:
        """How far the asked end lies ahead; none is asked for: not at all."""
        return timedelta(0) if self.asked.until is None else self.asked.until - self.now


def _below(q: Question) -> bool:
    unit, lower = q.case.unit, q.asked.unit
    return unit is not None and lower is not None and unit.holds(lower)


def _own_or_below(q: Question) -> bool:
    unit = q.asked.unit
    return unit is not None and any(one == unit or one.holds(unit) for one in q.asker.units & {*q.case.passed_by})


def _target_open(q: Question) -> bool:
    into = q.asked.into
    return into is not None and into.master is Master.HERE and into.status in OPEN_STATUSES


def _marked(mark: Mark) -> Callable[[Question], bool]:
    return lambda q: mark in q.case.marks


OF_THE_CASE: Mapping[str, Callable[[Question], bool]] = {
    **{str(mark): _marked(mark) for mark in Mark},
    "waiting": lambda q: bool(q.case.marks & {Mark.POSTPONED, Mark.SUSPENDED}),
    "overdue": lambda q: q.case.overdue,
    "forwarded": lambda q: bool(q.case.passed_by),
    "disputed": lambda q: bool(q.case.returned_by),
    "arbitrated": lambda q: q.case.arbitrated is not None,
    "clock_paused": lambda q: Clock.UNIT in q.case.paused,
    "parent": lambda q: q.case.children > 0,
    "children_open": lambda q: q.case.children_open > 0,
    "child": lambda q: q.case.child,
    "citizen": lambda q: q.case.citizen,
    "extensions_used": lambda q: q.case.extensions >= q.limits.extensions,
    "past_due": lambda q: q.case.due is not None and q.now > q.case.due,
    "refuse_over": lambda q: q.case.refuse_until is not None and q.now > q.case.refuse_until,
    "until_reached": lambda q: q.case.until is not None and q.now >= q.case.until,
    "return_used": lambda q: q.case.unit in q.case.returned_by,
    "last_review": lambda q: len(q.case.reviewers) + 1 >= q.limits.appeal_reviewers,
    "own_return": lambda q: q.case.returner == q.asker.name,
    "reviewed": lambda q: q.asker.name in q.case.reviewers,
}
"""What is known before anything is asked for: the case, who asks, the time."""

OF_THE_REQUEST: Mapping[str, Callable[[Question], bool]] = {
    "granted": lambda q: q.asked.granted is True,
    "proof_lacking": lambda q: q.case.proof and q.case.files + q.asked.evidence == 0,
    "same_unit": lambda q: q.asked.unit is not None and q.asked.unit == q.case.unit,
    "to_returner": lambda q: q.asked.unit in q.case.returned_by and q.asked.unit != q.case.arbitrated,
    "helping": lambda q: q.asked.unit is not None and q.asked.unit in q.case.co_handlers | {q.case.unit},
    "below": _below,
    "own_or_below": _own_or_below,
    "until_ahead": lambda q: q.longest > timedelta(0),
    "postpone_long": lambda q: q.longest > timedelta(days=q.limits.postpone_days),
    "suspend_long": lambda q: q.longest > timedelta(days=q.limits.suspend_days),
    "target_open": _target_open,
    "target_child": lambda q: q.asked.into is not None and q.asked.into.child,
}
"""What depends on what is asked: not known while acts are only offered."""

FACTS = {**OF_THE_CASE, **OF_THE_REQUEST}

GIVEN: Mapping[Need, Callable[[Question], bool]] = {
    Need.REASON: lambda q: bool(q.asked.reason and q.asked.reason.strip()),
    Need.TEXT: lambda q: bool(q.asked.text and q.asked.text.strip()),
    Need.EVIDENCE: lambda q: q.asked.evidence > 0,
    Need.STANDARD: lambda q: bool(q.asked.standard or q.case.standard),
    Need.CONDITION: lambda q: bool(q.asked.condition and q.asked.condition.strip()),
    Need.UNIT: lambda q: q.asked.unit is not None,
    Need.UNTIL: lambda q: q.asked.until is not None,
    Need.INTO: lambda q: q.asked.into is not None,
    Need.DECISION: lambda q: q.asked.granted is not None,
}
"""Whether what an act needs has come with it."""
