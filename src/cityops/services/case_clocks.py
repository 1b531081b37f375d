"""Turns the clocks of a case as an act that is allowed says, by its standard and the working calendar of now."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection

from cityops.domain.events import notices
from cityops.domain.events.acts import Act, Allowed, CaseStanding, Clock, Effect, Mark
from cityops.domain.events.changes import BEGINS_REFUSAL
from cityops.domain.events.deadlines import LONGEST_LIMIT, Limit, LimitKind, Pause, PauseReason, deadline
from cityops.domain.events.runs import AnyLimit, Reckoned, Run, Turn, natural, paused, reckoned, turned
from cityops.domain.events.standards import CaseStandard, ProofAsked
from cityops.domain.events.status import Status
from cityops.domain.events.transitions import lifecycle
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError
from cityops.services.case_orders import PLATFORM
from cityops.store.engine import WriteConnection, now_of
from cityops.store.events import acts, clocks, standards
from cityops.store.events.acts import KeptAct
from cityops.store.events.clocks import RefusableCase, RunningCase
from cityops.store.events.standings import KeptCase
from cityops.store.workdays import work_calendar

_WHY = {
    Act.POSTPONE: PauseReason.POSTPONED,
    Act.SUSPEND: PauseReason.SUSPENDED,
    Act.LOCK: PauseReason.LOCKED,
}
"""Why the unit's clock stands still; else the case lies with the centre again."""
_HOUR = timedelta(hours=1)


class StandardError(CityopsError):
    """A case standard that is not there, or is of another class."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """How a case stands after an act, with what was to be computed, and the columns that follow from its clocks."""

    after: CaseStanding
    values: Mapping[str, Any]


def chosen(connection: Connection, code: str | None, class_code: str, at: datetime) -> CaseStandard | None:
    """Return the standard of this code that is valid at a moment; None where none is named.

    Raises
    ------
    StandardError
        There is none of the case's class.
    """
    if code is None:
        return None
    offered = standards.valid(connection, at.astimezone(CITY_ZONE).date(), class_code)
    found = next((one for one in offered if one.code == code), None)
    if found is None:
        listed = ", ".join(one.code for one in offered) or "none: import some"
        raise StandardError(f"standard: there is no {code} for cases of class {class_code}; choose one of {listed}")
    return found


def taken_over(case: CaseStanding) -> Allowed:
    """Return how a case stands here whose source handled it: a unit there is none of ours, so it is to be filed."""
    begun = case.status in {Status.REPORTED, Status.ACCEPTED, Status.VERIFYING}
    status = case.status if begun else Status.ACCEPTED
    clock = Clock.STAFF_ACCEPT if status is Status.REPORTED else Clock.CITIZEN
    starts = {clock: Effect.START} if clock is Clock.STAFF_ACCEPT or case.citizen else {}
    return Allowed(status, starts, replace(case, status=status))


def turn(
    connection: WriteConnection,
    case: KeptCase,
    act: Act,
    verdict: Allowed,
    at: datetime,
    standard: CaseStandard | None,
) -> Ticked:
    """Turn the clocks that an act touches and keep them; return how the case stands with what follows from them.

    `standard` is the one that the act chooses; without one that of the case counts.
    """
    calendar = work_calendar(connection)
    known_runs = {(run.clock, run.round): run for run in case.runs}
    runs = dict(known_runs)
    known = standard or _of_case(connection, case)
    for clock, effect in verdict.clocks.items():
        if (limit := _limit(connection, case, clock, known, at)) is not None:
            how = Turn(at, calendar, limit, _WHY.get(act, PauseReason.RETURNED), _asked(connection, case, effect))
            changed = turned(list(runs.values()), clock, effect, how)
            runs |= {(run.clock, run.round): run for run in changed}
    runs |= {(run.clock, run.round): run for run in _held(verdict.after, list(runs.values()), at, calendar)}
    moved = [run for key, run in runs.items() if run != known_runs.get(key)]
    clocks.put(connection, case.id, [(run, reckoned(run, calendar)) for run in moved])
    after = _after(case, verdict, list(runs.values()), calendar, at)
    values: dict[str, Any] = dict(_due(list(runs.values()), calendar))
    if standard is not None:
        after = replace(after, standard=standard.code, proof=standard.evidence is not ProofAsked.NONE)
        values["standard_version"] = standard.version
    return Ticked(after, values)


def _held(after: CaseStanding, runs: list[Run], at: datetime, calendar: WorkCalendar) -> Iterator[Run]:
    """Yield the unit's run where what makes it stand still, or until when, is another than before."""
    for run in runs:
        if run.clock is Clock.UNIT and run.stopped_at is None and (why := _pause(after, at)) is not None:
            yield paused(run, why, Turn(at, calendar, run.limit))


def _pause(after: CaseStanding, at: datetime) -> Pause | None:
    """Return why and until when the unit's clock stands still, the gravest reason first; None: nothing holds it."""
    if after.status in lifecycle().clocks[Clock.UNIT].held_in:
        return Pause(at, None, PauseReason.RETURNED)
    if Mark.LOCKED in after.marks:
        return Pause(at, None, PauseReason.LOCKED)
    for mark, reason in ((Mark.SUSPENDED, PauseReason.SUSPENDED), (Mark.POSTPONED, PauseReason.POSTPONED)):
        if mark in after.marks:
            return Pause(at, None if after.until is None else max(at, after.until), reason)
    return None


def _of_case(connection: Connection, case: KeptCase) -> CaseStandard | None:
    if case.standing.standard is None or case.standard_version is None:
        return None
    return standards.one(connection, case.standing.standard, case.standard_version)


def _asked(connection: Connection, case: KeptCase, effect: Effect) -> datetime | None:
    """Return when the extension was asked for that is granted."""
    asked = acts.last(connection, case.id, Act.ASK_EXTENSION) if effect is Effect.EXTEND else None
    return None if asked is None else asked["at"]


def _limit(
    connection: Connection, case: KeptCase, clock: Clock, standard: CaseStandard | None, at: datetime
) -> AnyLimit | None:
    """Return by which limit a clock runs; None where there is none, so that it does not run."""
    seconds = lifecycle().clocks[clock].seconds
    if seconds is not None:
        return natural(seconds)
    if standard is not None:
        return standard.limit
    filed = acts.last(connection, case.id, Act.FILE)
    until = None if filed is None else filed["data"].get("until")  # whoever sets a task names its end
    if until is None:
        return None
    hours = max(1, ceil((datetime.fromisoformat(until) - at) / _HOUR))
    if hours > LONGEST_LIMIT:
        return Limit(LimitKind.DAYS, min(LONGEST_LIMIT, ceil(hours / 24)))
    return Limit(LimitKind.URGENT_HOURS, hours)


def _after(case: KeptCase, verdict: Allowed, runs: list[Run], calendar: WorkCalendar, at: datetime) -> CaseStanding:
    after = verdict.after
    if after.refuse_until is None and after.unit and after.status in {Status.DISPATCHED, Status.SIGNED}:
        after = replace(after, refuse_until=_refuse_until(at, calendar))
    if verdict.clocks.get(Clock.UNIT) is Effect.STOP:
        ended = [run for run in runs if run.clock is Clock.UNIT and run.stopped_at == at]
        after = replace(after, overdue=case.standing.overdue or any(run.overdue for run in ended))
    return after


def _refuse_until(since: datetime, calendar: WorkCalendar) -> datetime | None:
    within = lifecycle().limits.refuse_within
    return deadline(Limit(LimitKind(within.kind), within.amount), since, (), calendar).due


def _due(runs: list[Run], calendar: WorkCalendar) -> Iterator[tuple[str, datetime | None]]:
    """Yield the columns by which lists find what is near its end or beyond it."""
    going = next((run for run in runs if run.clock is Clock.UNIT and run.stopped_at is None), None)
    found = None if going is None else reckoned(going, calendar)
    yield "due_at", None if found is None else found.due
    yield "warn_at", None if found is None or found.due is None else found.warn_at


def follow(
    connection: WriteConnection, before: WorkCalendar, after: WorkCalendar, now: datetime | None = None
) -> int:
    """Have running deadlines follow from one calendar to another, those of closed cases never; return how many moved.

    Until when a unit may return a case is one of them. The history of each case keeps both moments: what was told
    until now, and what holds from now on.
    """
    at = now or now_of(connection)
    clocks.lock_open(connection)
    return _follow_runs(connection, before, after, at) + _follow_refusals(connection, after, at)


def _follow_refusals(connection: WriteConnection, after: WorkCalendar, at: datetime) -> int:
    """Move until when units may return their cases; each has as long for it as it would by this calendar alone."""
    begin = [
        act
        for act, rule in lifecycle().acts.items()
        if any(BEGINS_REFUSAL.intersection(way.does) for way in rule.transitions)
    ]
    cases = clocks.refusable(connection, begin)
    found = [(one, due) for one in cases if (due := _refuse_until(one.since, after)) not in {None, one.until}]
    clocks.refuse_until(connection, {one.event_id: due for one, due in found if due is not None})
    acts.number(connection, {one.event_id: one.own_sequence + 1 for one, _ in found})
    acts.write_all(connection, [_refusal_note(one, due, at) for one, due in found])
    return len(found)


def _follow_runs(connection: WriteConnection, before: WorkCalendar, after: WorkCalendar, at: datetime) -> int:
    running: dict[Hashable, RunningCase] = dict(enumerate(clocks.by_calendar(connection)))
    found = [
        (running[key], reckoned(running[key].run, after))
        for key in (change.before.key for change in notices.moved(_kept(running), before, after))
    ]
    clocks.move(connection, found)
    moved = [(one, to) for one, to in found if one.run.due != to.due]  # of the others it became certain alone
    numbers = {one.event_id: one.own_sequence for one, _ in moved}
    told = []
    for one, to in moved:
        numbers[one.event_id] += 1
        told.append(_moved_note(one, to, numbers[one.event_id], at))
    acts.number(connection, numbers)
    acts.write_all(connection, told)
    return len(moved)


def _kept(running: Mapping[Hashable, RunningCase]) -> Iterator[notices.Running]:
    for key, (_, _, _, run) in running.items():
        if isinstance(run.limit, Limit):
            made = (run.limit, run.started_at, run.pauses, run.extensions, run.due, run.provisional)
            yield notices.Running(key, *made, stopped=False)


def _moved_note(one: RunningCase, to: Reckoned, number: int, at: datetime) -> KeptAct:
    was, due = (_told(moment) for moment in (one.run.due, to.due))
    text = f"工作日历变动，处置期限由 {was} 改为 {due}。 / The working calendar changed: due at {due}, not {was}."
    data = {
        "clock": one.run.clock,
        "round": one.run.round,
        "due_before": one.run.due and one.run.due.isoformat(),
        "due_after": to.due and to.due.isoformat(),
    }
    return _note(one, number, at, text, data)


def _refusal_note(one: RefusableCase, to: datetime | None, at: datetime) -> KeptAct:
    was, until = _told(one.until), _told(to)
    text = (
        f"工作日历变动，可退回的时限由 {was} 改为 {until}。"
        f" / The working calendar changed: it can be returned until {until}, not {was}."
    )
    data = {"refuse_before": one.until.isoformat(), "refuse_after": to and to.isoformat()}
    return _note(one, one.own_sequence + 1, at, text, data)


def _note(one: RunningCase | RefusableCase, number: int, at: datetime, text: str, data: dict[str, Any]) -> KeptAct:
    name, same = PLATFORM.asker.name, one.status
    return KeptAct(one.event_id, number, Act.NOTE, at, name, None, None, same, same, text=text, data=data)


def _told(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
