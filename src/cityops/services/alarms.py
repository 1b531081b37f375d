"""Acts on alarms: acknowledged, shelved, reset, commented on, kept quiet; each judged, journaled and audited.

Each takes several alarms and says of each whether it was done, or why not: one that is not allowed holds up no other.
What lies outside the scope of the transaction is answered as not being there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cityops.domain.alarms.course import AlarmStep, QuietKind
from cityops.domain.audit import Action, Actor
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.access.accounts import present
from cityops.store.alarms import handling
from cityops.store.alarms.handling import Handled
from cityops.store.engine import WriteConnection

LONGEST_SHELF = {1: timedelta(hours=1), 2: timedelta(hours=8), 3: timedelta(hours=24)}
"""For how long an operator may shelve an alarm of each priority (OPC UA's MaxTimeShelved)."""

LONGEST_QUIET = timedelta(days=30)
"""For how long a silence or a device out of service may be entered at once."""

ABSENT = "there is no such alarm"

_QUIET = ("quiet", "quiet_by", "quiet_why", "quiet_until")
_HEARD: Mapping[str, Any] = dict.fromkeys(_QUIET)
_SHELVES = {QuietKind.SHELVED, QuietKind.SHELVED_ONCE}


class AlarmActError(CityopsError):
    """An act that cannot be done as it was asked for; the text says what would do."""


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """What became of an act on one alarm; `why` where it was not done."""

    id: int
    done: bool
    why: str | None = None


def acknowledge(connection: WriteConnection, actor: Actor, ids: Sequence[int]) -> list[ActOutcome]:
    """Take note of alarms; one that grows graver afterwards asks for it again."""
    values = {"acknowledged_at": present(connection), "acknowledged_by": actor.name}

    def refusal(one: Handled) -> str | None:
        return "somebody has acknowledged it already" if one.is_acknowledged else None

    return _act(connection, actor, Action.ALARM_ACKNOWLEDGE, AlarmStep.ACKNOWLEDGED, ids, refusal, values)


def shelve(
    connection: WriteConnection, actor: Actor, ids: Sequence[int], reason: str, until: datetime | None
) -> list[ActOutcome]:
    """Keep open alarms quiet until a time, or, with None, until they end, which no alarm of priority 1 may be.

    A shelved alarm whose level rises is heard again.
    """
    now = present(connection)
    kind = QuietKind.SHELVED_ONCE if until is None else QuietKind.SHELVED

    def refusal(one: Handled) -> str | None:
        if not one.is_open:
            return "it has ended; only an open alarm can be shelved"
        if one.quiet in {QuietKind.SUPPRESSED, QuietKind.OUT_OF_SERVICE}:
            return f"it is {one.quiet} already"
        longest = LONGEST_SHELF[one.priority]
        if until is None:
            return "of priority 1: give an end within an hour" if one.priority == 1 else None
        if until <= now:
            return "the end lies in the past: give a later one"
        if until > now + longest:
            return f"of priority {one.priority}: give an end within {longest.total_seconds() / 3600:g} h"
        return None

    values = {"quiet": kind, "quiet_by": actor.name, "quiet_why": reason, "quiet_until": until}
    detail = {"why": reason, "until": until}
    return _act(connection, actor, Action.ALARM_SHELVE, AlarmStep.SHELVED, ids, refusal, values, detail)


def unshelve(connection: WriteConnection, actor: Actor, ids: Sequence[int]) -> list[ActOutcome]:
    """Let shelved alarms be heard again."""

    def refusal(one: Handled) -> str | None:
        return None if one.quiet in _SHELVES else "it is not shelved"

    return _act(connection, actor, Action.ALARM_UNSHELVE, AlarmStep.UNSHELVED, ids, refusal, _HEARD)


def reset(connection: WriteConnection, actor: Actor, ids: Sequence[int]) -> list[ActOutcome]:
    """End latched alarms whose cause is gone."""

    def refusal(one: Handled) -> str | None:
        if not one.is_open:
            return "it has ended already"
        if not one.latched:
            return "it is not latched and ends by itself"
        return None if one.is_gone else "its cause still stands; reset it when that is gone"

    values = {"cleared_at": present(connection), "cleared_why": "reset"}
    return _act(connection, actor, Action.ALARM_RESET, AlarmStep.RESET, ids, refusal, values)


def comment(connection: WriteConnection, actor: Actor, ids: Sequence[int], words: str) -> list[ActOutcome]:
    """Write something into the journal of alarms, open or not."""
    return _act(
        connection, actor, Action.ALARM_COMMENT, AlarmStep.COMMENTED, ids, lambda _: None, {}, {"words": words}
    )


def symptom(connection: WriteConnection, actor: Actor, ids: Sequence[int], of: int | None) -> list[ActOutcome]:
    """Mark alarms as symptoms of another; None takes the mark away.

    Raises
    ------
    AbsentError
        There is no such other.
    """
    if of is not None and not handling.locked(connection, [of]):
        raise AbsentError(f"there is no alarm {of} to be the cause")

    def refusal(one: Handled) -> str | None:
        return "an alarm is no symptom of itself" if one.id == of else None

    return _act(
        connection, actor, Action.ALARM_SYMPTOM, AlarmStep.SYMPTOM, ids, refusal, {"symptom_of": of}, {"of": of}
    )


def _act(
    connection: WriteConnection,
    actor: Actor,
    action: Action,
    step: AlarmStep,
    ids: Sequence[int],
    refusal: Callable[[Handled], str | None],
    values: Mapping[str, Any],
    detail: Mapping[str, Any] | None = None,
) -> list[ActOutcome]:
    there = {one.id: one for one in handling.locked(connection, ids)}
    why = {number: refusal(one) for number, one in there.items()}
    done = [number for number in dict.fromkeys(ids) if number in there and why[number] is None]
    handling.write(connection, done, step, actor.name, values, detail or {})
    if done:
        told = {"alarms": len(done), **{name: one for name, one in (detail or {}).items() if name != "words"}}
        object_ = f"alarm {done[0]}" if len(done) == 1 else f"alarms {', '.join(map(str, done))}"
        audit.record(connection, actor, action, object_, detail=told)
    return [ActOutcome(number, number in done, why.get(number, ABSENT)) for number in dict.fromkeys(ids)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alarms a silence is about: those of a region, and of these where they are given."""

    region_code: str
    rule_code: str | None = None
    alarm_class: str | None = None
    metric: str | None = None


def silence(connection: WriteConnection, actor: Actor, wanted: Wanted, reason: str, until: datetime) -> int:
    """Keep alarms without sound by a filter until a time, those to come among them; return the silence's number.

    Raises
    ------
    AlarmActError
        Its end is past, or too far away.
    """
    row = {
        "region_code": wanted.region_code,
        "rule_code": wanted.rule_code,
        "class": wanted.alarm_class,
        "metric": wanted.metric,
    }
    return _keep_quiet(connection, actor, QuietKind.SILENCED, Action.ALARM_SILENCE, row, reason, until)


def out_of_service(connection: WriteConnection, actor: Actor, device: str, reason: str, until: datetime) -> int:
    """Keep the alarms of a device quiet that is being worked on; return the entry's number.

    Raises
    ------
    AbsentError
        There is no such device.
    AlarmActError
        Its end is past, or too far away.
    """
    found = handling.device_of(connection, device)
    if found is None:
        raise AbsentError(f"there is no device {device}")
    row = {"device_id": found[0], "region_code": found[1]}
    return _keep_quiet(connection, actor, QuietKind.OUT_OF_SERVICE, Action.ALARM_OUT_OF_SERVICE, row, reason, until)


def _keep_quiet(
    connection: WriteConnection,
    actor: Actor,
    kind: QuietKind,
    action: Action,
    row: Mapping[str, Any],
    reason: str,
    until: datetime,
) -> int:
    now = present(connection)
    if not now < until <= now + LONGEST_QUIET:
        raise AlarmActError(f"until: give an end within the next {LONGEST_QUIET.days} days")
    times = {"starts_at": now, "ends_at": until, "reason": reason}
    number = handling.keep_quiet(connection, kind, actor.name, {**row, **times})
    told = {name: one for name, one in row.items() if one is not None} | {"until": until, "why": reason}
    audit.record(connection, actor, action, f"quiet {number}", detail=told)
    return number


def end_quiet(connection: WriteConnection, actor: Actor, number: int) -> None:
    """End a silence, or a device's time out of service, now.

    Raises
    ------
    AbsentError
        There is none of this number whose time is not over.
    """
    if not handling.end_quiet(connection, number, actor.name, present(connection)):
        raise AbsentError(f"there is no silence {number} whose time is not over")
    audit.record(connection, actor, Action.ALARM_UNQUIET, f"quiet {number}")
