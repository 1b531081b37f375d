"""Acts on cases: seen, judged and done in one transaction, with their clocks, their place in the history, the audit.

Whoever calls opens the transaction within the scope of who asks: what lies outside is not there. Two at once are told
apart by the case's lock and version: one acts, the other is told who was first and what changed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from secrets import choice
from typing import Any

from cityops.domain.access import Role, ScopeKind
from cityops.domain.audit import Action
from cityops.domain.events.acts import Act, Allowed, Asker, CaseStanding, Denied, Master, Request
from cityops.domain.events.lifecycle import judge
from cityops.domain.events.status import Status
from cityops.domain.intervals import CITY_ZONE
from cityops.services import case_clocks
from cityops.services.accounts import AbsentError
from cityops.services.case_orders import (
    ASKING,
    BeyondError,
    CaseReport,
    NotAllowedError,
    NotThereError,
    Order,
    StaleError,
    Who,
    told,
)
from cityops.store import workdays
from cityops.store.access import audit
from cityops.store.engine import WriteConnection, now_of, see_all
from cityops.store.events import acts, evidence, rates, standings
from cityops.store.events.acts import KeptAct
from cityops.store.events.standings import KeptCase
from cityops.store.modes import modes

TAKE_OVER = "take_over"
"""The act by which a case that its source handled is ours from then on; no step of a life-cycle."""
DESK = "operations-desk"
"""The source system of cases that are made here."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of case numbers: none that is taken for another when it is read out."""


def report(connection: WriteConnection, who: Who, wanted: CaseReport, now: datetime | None = None) -> int:
    """Make a case of our own and return its id; the one that was made under the same token, where there is one.

    Raises
    ------
    NotAllowedError, NotThereError, BeyondError
        Who asks may not; there is no such class or region; the region lies outside the area.
    """
    if wanted.token and (before := acts.by_token(connection, who.asker.name, wanted.token)):
        return int(before["event_id"])
    workdays.hold(connection)
    at = now or now_of(connection)
    if not acts.class_exists(connection, wanted.class_code):
        raise NotThereError(
            f"class: there is none called {wanted.class_code}; the classes stand in event_classes.csv"
        )
    if not acts.region_exists(connection, wanted.region_code):
        raise NotThereError(
            f"region: there is none of the code {wanted.region_code}; the codes stand in /api/v1/regions"
        )
    if not _may_report_in(who.asker, wanted.region_code):
        raise BeyondError(wanted.region_code)
    request = Request(
        Act.REPORT,
        text=wanted.description,
        region_code=wanted.region_code,
        citizen=wanted.citizen,
        kind=wanted.kind,
    )
    verdict = _allowed(judge(None, who.asker, request, at))
    see_all(connection)
    event_id = _added(connection, wanted, at)
    case = standings.kept(connection, event_id)
    assert case is not None
    for unit in who.asker.units:
        if who.asker.scope.kind is ScopeKind.DEPARTMENTS:  # others see it by its place
            standings.handle(connection, event_id, unit, standings.REPORTER, at)
    data = dict(wanted.data)
    _done(connection, who, case, Order(Act.REPORT, text=wanted.description, token=wanted.token), verdict, at, data)
    return event_id


def act(
    connection: WriteConnection, who: Who, event_id: int, version: str, order: Order, now: datetime | None = None
) -> None:
    """Do an act on a case, which stands as `version` has it.

    Raises
    ------
    AbsentError, StaleError, NotAllowedError, NotThereError
        It is not to be seen; somebody was first; it may not be done now; what it names is not there.
    """
    if order.act is Act.REPORT:
        raise NotThereError("act: a case is reported by POST /api/v1/cases, once; use supplement to add to it")
    if order.act not in ASKING and (order.solved, order.satisfied) != (None, None):
        raise NotThereError(f"solved, satisfied: {order.act} asks nobody; say it with one of {', '.join(ASKING)}")
    case, at = _seen(connection, event_id, now, order.into)
    if order.token and _is_done(connection, who, event_id, order.token):
        return
    _expect(connection, case, version)
    request = _request(connection, case, order)
    verdict = judge(case.standing, who.asker, request, at)
    allowed = _allowed(verdict)
    see_all(connection)
    _done(connection, who, case, order, allowed, at, _data(order))


def take_over(
    connection: WriteConnection, who: Who, event_id: int, version: str, text: str, now: datetime | None = None
) -> None:
    """Handle a case here from now on that its source handled: further steps of it are kept, and move it no more.

    A unit at the source is none of ours: what was dispatched there is accepted here, to be filed and dispatched.

    Raises
    ------
    AbsentError, StaleError, NotAllowedError
        It is not to be seen; somebody was first; it is ours already or closed, or who asks is not of the centre.
    """
    case, at = _seen(connection, event_id, now)
    _expect(connection, case, version)
    if denied := take_over_denied(case.standing, who.asker):
        raise NotAllowedError(denied)
    see_all(connection)
    citizen = acts.department_of(connection, case.source) == "hotline"
    before = replace(case.standing, master=Master.HERE, citizen=citizen)
    verdict = case_clocks.taken_over(before)
    ours = replace(case, standing=before)
    _done(connection, who, ours, Order(Act.NOTE, text=text), verdict, at, {}, called=TAKE_OVER)


def take_over_denied(case: CaseStanding, asker: Asker) -> Denied | None:
    """Return why somebody may not take a case over; None: he may."""
    staff = (Role.OPERATOR, Role.SHIFT_LEADER)
    for holds, zh, en in (
        (case.master is Master.HERE, "本案已在本平台办理", "the case is handled here already"),
        (case.status.stage.value == "closed", "案件已办结", "the case is closed"),
        (asker.role not in staff, "由值班人员办理，您不是", "it is done by staff of the centre, which you are not"),
        (not asker.scope.covers(case.region_code), "案件不在您的辖区", "the case does not lie in your area"),
    ):
        if holds:
            return Denied(f"接管：{zh}。", f"take over: {en}.", (), (), {})
    return None


def _may_report_in(asker: Asker, region_code: str) -> bool:
    return asker.scope.kind is ScopeKind.DEPARTMENTS or asker.scope.covers(region_code)


def _seen(
    connection: WriteConnection, event_id: int, now: datetime | None, into: int | None = None
) -> tuple[KeptCase, datetime]:
    """Return the case as it stands, locked, and the moment of the act: what an act does depends on no earlier one.

    Another that it goes into is locked with it, in order of id, so that none waits.
    """
    workdays.hold(connection)
    for other in sorted({event_id} | ({into} if into is not None else set())):
        if standings.locked(connection, other) is None and other == event_id:
            raise AbsentError(f"there is no case {event_id}: the ids stand in /api/v1/cases")
    at = now or now_of(connection)
    found = standings.kept(connection, event_id, at)
    assert found is not None
    return found, at


def _is_done(connection: WriteConnection, who: Who, event_id: int, token: str) -> bool:
    before = acts.by_token(connection, who.asker.name, token)
    if before is not None and before["event_id"] != event_id:
        raise NotThereError(f"token: you used {token} for case {before['event_id']}; choose another for each act")
    return before is not None


def _expect(connection: WriteConnection, case: KeptCase, version: str) -> None:
    if version == case.version:
        return
    theirs = version.rpartition("-")[2]
    since = acts.of_case(connection, case.id, int(theirs) if theirs.isdigit() and len(theirs) < 10 else 0)
    changes = [told(dict(row)) for row in since]
    if not changes:
        changes = [f"its source has told of step {case.sequence}; it is {case.standing.status} now"]
    text = (
        f"case {case.id} is not as you saw it ({version}) but at version {case.version}: {'; '.join(changes[-3:])}."
        " Look at it again, then decide"
    )
    raise StaleError(text, case.version, changes)


def _request(connection: WriteConnection, case: KeptCase, order: Order) -> Request:
    """Return what the judge is asked; what it names is looked up.

    Raises
    ------
    NotThereError
        The unit or the other case is not there, or is the case itself or one of its own.
    """
    if order.unit is not None and not acts.unit_exists(connection, order.unit):
        kinds = "departments and regions stand in /api/v1/regions and the register"
        raise NotThereError(f"unit: there is no {order.unit.kind} {order.unit.code}; {kinds}")
    into: CaseStanding | None = None
    if order.into is not None:
        into = _into(connection, case, order.into)
    return Request(
        order.act,
        order.unit,
        order.reason,
        order.text,
        len(order.evidence),
        order.standard,
        order.condition,
        order.until,
        into,
        order.granted,
        case.standing.region_code,
        case.standing.citizen,
        case.standing.kind,
    )


def _into(connection: WriteConnection, case: KeptCase, number: int) -> CaseStanding:
    """Return how the other case stands that a case is to go into.

    Raises
    ------
    NotThereError
        It is not to be seen, is the case itself, or belongs to it already, so that they would go in a circle.
    """
    if number == case.id:
        raise NotThereError(f"into: case {number} cannot go into itself; name another case")
    other = standings.kept(connection, number)
    if other is None:
        raise NotThereError(f"into: there is no case {number}; the ids stand in /api/v1/cases")
    above = standings.above(connection, number)
    if case.id in above:
        way = " → ".join(str(one) for one in (number, *above[: above.index(case.id) + 1]))
        raise NotThereError(f"into: case {number} belongs to case {case.id} already ({way}); name another case")
    return other.standing


def _allowed(verdict: Allowed | Denied) -> Allowed:
    if isinstance(verdict, Denied):
        raise NotAllowedError(verdict)
    return verdict


def _data(order: Order) -> dict[str, Any]:
    """Return of an order what has no column of its own."""
    told: dict[str, Any] = {
        "standard": order.standard,
        "condition": order.condition,
        "until": None if order.until is None else order.until.astimezone(UTC).isoformat(),
        "into": order.into,
        "granted": order.granted,
        "solved": order.solved,
        "satisfied": order.satisfied,
        "step": order.step,
    }
    return {name: value for name, value in told.items() if value is not None}


def _done(
    connection: WriteConnection,
    who: Who,
    case: KeptCase,
    order: Order,
    verdict: Allowed,
    at: datetime,
    data: dict[str, Any],
    called: str | None = None,
) -> None:
    """Write an act that is allowed: the case as it stands then, its clocks, the act itself, the audit."""
    number, name = case.own_sequence + 1, called or order.act
    standard = case_clocks.chosen(connection, order.standard, case.class_code, at)
    ticked = case_clocks.turn(connection, case, order.act, verdict, at, standard)
    values: dict[str, Any] = {"own_sequence": number, "facts": None, **ticked.values}
    if ticked.after.status is not case.standing.status:
        values["status_at"] = at
    if (column := _LINKS.get(order.act)) is not None:
        values[column] = order.into
    standings.moved(connection, case.id, ticked.after, at, values)
    unit = next(iter(sorted(who.asker.units)), None)
    is_new = order.act is Act.REPORT
    kept = KeptAct(
        case.id,
        number,
        name,
        at,
        who.asker.name,
        who.asker.role,
        unit,
        None if is_new else case.standing.status,
        ticked.after.status,
        order.unit,
        order.reason,
        order.text,
        order.evidence,
        data,
        order.token,
    )
    acts.write(connection, kept)
    if ticked.after.status in _OVER:
        rates.keep(connection, case.id, at)
    _bind(connection, case.id, order.evidence, number)
    detail = {"act": name, "from": kept.from_status, "to": kept.to_status, "version": number}
    detail |= {"unit": order.unit.code} if order.unit else {}
    audit.record(connection, who.actor, Action.CASE_ACT, f"case {case.id}", detail=detail)


def _bind(connection: WriteConnection, event_id: int, digests: tuple[str, ...], number: int) -> None:
    """Have the files that came with an act belong to it.

    Raises
    ------
    NotThereError
        One was not sent for this case, or belongs to another act already.
    """
    if digests and (missing := set(digests) - evidence.bind(connection, event_id, digests, number)):
        where = f"send it by POST /api/v1/cases/{event_id}/evidence, then name its digest in one act"
        raise NotThereError(f"evidence: no file {min(missing)} waits for an act on this case; {where}")


_OVER = (Status.CLOSED, Status.ARCHIVED, Status.VOID)
"""A merged case is not: until its citizen's time is over, the other's answer may be for it too."""

_LINKS: Mapping[Act, str] = {Act.MERGE: "merged_into", Act.ATTACH: "parent_id"}
"""Acts that tie a case to another, and the column that says to which."""


def _added(connection: WriteConnection, wanted: CaseReport, at: datetime) -> int:
    """Add the row of a new case under a number that nobody has: the day, and letters that tell nothing."""
    values = {
        "source_system_code": DESK,
        "sequence": 0,
        "class_code": wanted.class_code,
        "severity": wanted.severity,
        "status": Status.REPORTED,
        "title": wanted.title,
        "description": wanted.description,
        "address": wanted.address,
        "region_code": wanted.region_code,
        "lon": wanted.lon,
        "lat": wanted.lat,
        "occurred_at": wanted.occurred_at or at,
        "status_at": at,
        "received_at": at,
        "master": Master.HERE,
        "kind": wanted.kind,
        "remembered": {"citizen": True} if wanted.citizen else {},
        "drill": modes.is_drilling(connection, wanted.region_code) if wanted.drill is None else wanted.drill,
    }
    day = f"{at.astimezone(CITY_ZONE):%Y%m%d}"
    while True:
        number = f"{day}-{''.join(choice(_LETTERS) for _ in range(6))}"
        if (event_id := acts.add_case(connection, values | {"external_id": number})) is not None:
            return event_id
