"""Alarms over HTTP: by page, counted, one with its journal; acts on them; and what keeps them quiet."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import RowMapping

from cityops.api import alarm_views, problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import check_touches, needs, outside
from cityops.api.connections import Reads, Writes
from cityops.api.pages import LARGEST_ID, Keyset, PageQuery, instant, serial
from cityops.api.parameters import PRINTABLE, Code, Limit, Moment, period
from cityops.api.schemas.alarms import AlarmAct
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.domain.access import Permission, ScopeKind, Subject
from cityops.domain.alarms.grouping import NoticeKind, flood_at, seen_as
from cityops.domain.alarms.load import LEAST_PERIOD
from cityops.domain.audit import Actor
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import common
from cityops.services import alarm_cases
from cityops.services import alarms as acts
from cityops.services.case_orders import BeyondError, NotAllowedError, Who
from cityops.store.alarms import cures, load, telling
from cityops.store.alarms import queries as store
from cityops.store.alarms import rules as kept_rules
from cityops.store.engine import WriteConnection
from cityops.store.metrics import metrics

router = APIRouter(prefix="/alarms", tags=["alarms"])
rules = APIRouter(prefix="/alarm-rules", tags=["alarms"])
NEWEST = Keyset(raised_at=instant, id=serial)
_errors = problems.documented(404, 422, 503)
AlarmId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Handler = Annotated[Subject, needs(Permission.ALARM_HANDLE)]
_Quieter = Annotated[Subject, needs(Permission.ALARM_QUIET)]
Level = Annotated[int, Field(ge=0, le=4)]
MOST_PLACES = 300
"""On a map more would hide each other."""

FLOOD_LOOKED_BACK, MOST_ANNUNCIATIONS = timedelta(hours=6), 5_000
"""How far back the begin of a flood is looked for, and among how many."""
LONGEST_LOAD, TRIED, LONGEST_TRIED = timedelta(days=100), timedelta(days=7), timedelta(days=31)


class AlarmQuery(schemas.Query):
    """Filters of alarms; the period is that of their raising."""

    region: schemas.RegionAsked | None = None
    open: bool | None = None
    level: Level | None = None
    at_least: Level | None = Field(None, description="this level or a graver one")
    priority: Annotated[int, Field(ge=1, le=3)] | None = None
    alarm_class: Code | None = Field(None, alias="class")
    rule: Code | None = None
    device: Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE)] | None = None
    acknowledged: bool | None = None
    quiet: bool | None = None
    start: Moment | None = None
    end: Moment | None = None

    def filter(self) -> store.AlarmFilter:
        """Return what the store filters by."""
        return store.AlarmFilter(**{name: getattr(self, name) for name in AlarmQuery.model_fields})


class AlarmPageQuery(PageQuery, AlarmQuery):
    """Filters of alarms, and which page."""


class AlarmGroupQuery(schemas.Query):
    """How many groups."""

    limit: Limit = 60


class AlarmNoticeQuery(schemas.Query):
    """After which notice, and how many at most."""

    after: Annotated[int, Field(ge=0, le=LARGEST_ID)] = 0
    limit: Limit = 20


class AlarmCountQuery(AlarmQuery):
    """Filters of alarms, and by what they are counted."""

    by: Literal["level", "priority", "class", "rule", "district", "region"] = "level"


class AlarmLoadQuery(schemas.Query):
    """Which seat, by the region it minds, and which period; without a region all that may be seen."""

    region: schemas.RegionAsked | None = None
    start: Moment | None = None
    end: Moment | None = None


class AlarmCuresQuery(schemas.Query):
    """A rule in force, and on what period changes of it are tried."""

    rule: Code
    start: Moment | None = None
    end: Moment | None = None


@router.get("", responses=_errors)
def get_alarms(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[AlarmPageQuery, Query()],
) -> schemas.AlarmPage:
    """Give alarms newest first, page by page: ask again with `after` set to the last answer's `next`."""
    _check_region(request, query.region, subject)
    with reads(subject) as connection:
        rows = store.page(connection, query.filter(), NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.AlarmPage, rows, query, lambda row: schemas.AlarmBrief(**row))


@router.get("/next", responses=problems.documented(422, 503))
def get_next_alarm(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)], reads: Reads, _: Annotated[schemas.Query, Query()]
) -> schemas.AlarmNext:
    """Give the alarm that is to be acknowledged next: of the gravest level that which was raised first."""
    with reads(subject) as connection:
        row = store.next_unacknowledged(connection)
    return schemas.AlarmNext(alarm=None if row is None else schemas.AlarmBrief(**row))


@router.get("/counts", responses=_errors)
def get_alarm_counts(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[AlarmCountQuery, Query()],
) -> list[schemas.AlarmCount]:
    """Count alarms by level, priority, class, rule, district or region, most frequent first."""
    _check_region(request, query.region, subject)
    with reads(subject) as connection:
        return [schemas.AlarmCount(**row) for row in store.counts(connection, query.filter(), query.by)]


@router.get("/groups", responses=problems.documented(422, 503))
def get_alarm_groups(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    reads: Reads,
    query: Annotated[AlarmGroupQuery, Query()],
) -> schemas.AlarmGroups:
    """Give the open alarms by rule and district, the gravest first, and where the gravest are."""
    with reads(subject) as connection:
        found, places = store.groups(connection, query.limit), store.places(connection, MOST_PLACES)
        now = utc_now()
        flood = flood_at(store.annunciations(connection, now - FLOOD_LOOKED_BACK, MOST_ANNUNCIATIONS), now)
    names = schemas.AlarmGroup.model_fields
    return schemas.AlarmGroups(
        items=[schemas.AlarmGroup(**{name: row[name] for name in names}) for row in found.groups],
        places=[schemas.AlarmPlace(**row) for row in places],
        flood=None if flood is None else schemas.AlarmFlood(since=flood.since, annunciations=flood.annunciations),
        of=found.of,
        total=found.total,
        unacknowledged=found.unacknowledged,
    )


@router.get("/notices", responses=problems.documented(422, 503))
def get_alarm_notices(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    reads: Reads,
    query: Annotated[AlarmNoticeQuery, Query()],
) -> schemas.AlarmNotices:
    """Give what was told of groups of alarms within a day, newest first: what is new, changed, repeated or over."""
    with reads(subject) as connection:
        parts = telling.newest(connection, query.after, query.limit)
    items = [_notice(list(some)) for _, some in groupby(parts, lambda part: part["id"])]
    return schemas.AlarmNotices(items=items, next=items[0].id if items else query.after or None)


@router.get("/load", responses=_errors)
def get_alarm_load(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    request: Request,
    reads: Reads,
    query: Annotated[AlarmLoadQuery, Query()],
) -> schemas.AlarmLoadOut:
    """Give the load of alarms on a seat: the figures of ISA-18.2 (IEC 62682), floods, and the worst ten of all.

    The seat is what may be seen, or a region in it. The period begins with the city's day 30 days ago unless asked
    otherwise, and never before alarms were kept; of less than 30 days the standard draws no conclusions
    (`is_conclusive`). A latched alarm has ended, here, when its cause was gone.
    """
    _check_region(request, query.region, subject)
    now = utc_now()
    midnight = (query.end or now).astimezone(CITY_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = period(query.start or midnight - LEAST_PERIOD, query.end, now, LEAST_PERIOD)
    _check_length(end - start, LONGEST_LOAD)
    with reads(subject) as connection:
        since = load.kept_since(connection)
        begins = min(max(start, since or end), end - timedelta(minutes=1))
        found = load.load(connection, query.region, begins, end)
    return alarm_views.load_out(found, now, since, query.region)


@router.get("/load/cures", responses=_errors)
def get_alarm_cures(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    reads: Reads,
    query: Annotated[AlarmCuresQuery, Query()],
) -> schemas.AlarmCuresOut:
    """Propose cures for a rule: a longer delay, a wider hysteresis, to retire it; each tried on what is kept.

    Tried are the readings kept of the last 7 days of the 20 objects with the most alarms, or of a period of 31 days
    at most; of a rule that looks at no values the alarms that there were, for longer delays alone. Nothing is
    applied: `change` says which cells of the rule's row become what, `apply` by which verbs the file is put in force.
    Retiring a rule is proposed to who sees the whole city, where nobody has acted on any of its alarms.
    """
    now = utc_now()
    start, end = period(query.start, query.end, now, TRIED)
    _check_length(end - start, LONGEST_TRIED)
    with reads(subject) as connection:
        rule = next((one for one in kept_rules.in_force(connection) if one.code == query.rule), None)
        if rule is None:
            raise problems.not_found("alarm rule", query.rule, "Those in force stand in /api/v1/alarm-rules.")
        metric = next((one for one in metrics(connection).values() if one.code == rule.metric), None)
        sees_all = subject.scope.kind is ScopeKind.CITY
        found = cures.propose(connection, rule, metric, start, end, sees_all=sees_all)
    return alarm_views.cures_out(found, now)


@router.get("/quiets", responses=problems.documented(422, 503))
def get_quiets(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)], reads: Reads, _: Annotated[schemas.Query, Query()]
) -> schemas.QuietList:
    """Give the silences and devices out of service whose time is not over."""
    with reads(subject) as connection:
        rows = store.quiets(connection, utc_now())
    return schemas.QuietList(items=[schemas.QuietOut(**row) for row in rows])


@router.post("/quiets", status_code=201, responses=problems.documented(400, 404, 422, 503))
def keep_quiet(subject: _Quieter, request: Request, writes: Writes, asked: schemas.QuietAsked) -> schemas.QuietMade:
    """Silence the alarms of a region until a time, or take a device out of service; alarms to come are among them."""
    if asked.region is not None and not subject.scope.covers(asked.region):
        raise problems.ProblemError(403, f"Region {asked.region} lies outside your area; name one inside it.")
    actor = actor_of(request)
    _check_region(request, asked.region, subject)
    with writes(subject) as connection:
        if asked.device is not None:
            number = acts.out_of_service(connection, actor, asked.device, asked.reason, asked.until)
        else:
            wanted = acts.Wanted(asked.region or "", asked.rule, asked.alarm_class, asked.metric)
            number = acts.silence(connection, actor, wanted, asked.reason, asked.until)
    return schemas.QuietMade(id=number)


@router.delete("/quiets/{quiet_id}", status_code=204, responses=_errors)
def end_quiet(
    subject: _Quieter,
    request: Request,
    writes: Writes,
    quiet_id: AlarmId,
    _: Annotated[schemas.Query, Query()],
) -> Response:
    """End a silence, or a device's time out of service, now: its alarms are heard again within a second."""
    with writes(subject) as connection:
        acts.end_quiet(connection, actor_of(request), quiet_id)
    return Response(status_code=204)


@router.post("/acts", responses=problems.documented(400, 404, 422, 503))
def act_on_alarms(
    subject: _Handler, request: Request, writes: Writes, asked: schemas.AlarmActsAsked
) -> list[schemas.AlarmActDone]:
    """Do something to several alarms at once, and say of each whether it was done, or why not."""
    with writes(subject) as connection:
        outcomes = _act(connection, actor_of(request), asked.ids, asked)
    return [schemas.AlarmActDone(id=one.id, done=one.done, why=one.why) for one in outcomes]


@router.get("/{alarm_id:int}", responses=_errors)
def get_alarm(
    subject: Annotated[Subject, needs(Permission.ALARM_READ)],
    reads: Reads,
    alarm_id: AlarmId,
    _: Annotated[schemas.Query, Query()],
) -> schemas.AlarmOut:
    """Give one alarm with its journal, its rule's texts and the newest reading of what it is of."""
    with reads(subject) as connection:
        found = store.one(connection, alarm_id)
    if found is None:
        raise _unknown(alarm_id)
    row, lines = found
    shown = {name: row[name] for name in row if name != "definition"}
    definition = row["definition"] or {}
    texts = {name: definition[name] for name in schemas.AlarmTexts.model_fields if name in definition}
    history = [schemas.AlarmLine(**line) for line in lines]
    return schemas.AlarmOut(**shown, texts=schemas.AlarmTexts(**texts), history=history)


@router.post("/{alarm_id:int}/acts", responses=problems.documented(400, 404, 409, 422, 503))
def act_on_alarm(
    subject: _Handler, request: Request, writes: Writes, alarm_id: AlarmId, asked: schemas.AlarmActAsked
) -> schemas.AlarmActDone:
    """Do something to an alarm; where that is not possible the answer says why, and nothing is done."""
    with writes(subject) as connection:
        [outcome] = _act(connection, actor_of(request), [alarm_id], asked)
    if not outcome.done and outcome.why == acts.ABSENT:
        raise _unknown(alarm_id)
    if not outcome.done:
        raise problems.ProblemError(409, f"Alarm {alarm_id}: {outcome.why}.")
    return schemas.AlarmActDone(id=outcome.id, done=True, why=None)


@router.post("/{alarm_id}/case", responses=problems.documented(400, 404, 409, 422, 503))
def make_case(
    subject: Annotated[Subject, needs(Permission.EVENT_HANDLE)],
    request: Request,
    writes: Writes,
    alarm_id: AlarmId,
    asked: schemas.AlarmCaseAsked,
) -> schemas.AlarmCase:
    """Make a case of an alarm, or of its whole group, with the evidence; what has an open case answers with that."""
    who = Who.of(subject, actor_of(request))
    make = alarm_cases.make_of_group if asked.group else alarm_cases.make
    try:
        with writes(subject) as connection:
            event_id = make(connection, who, alarm_id, asked.class_code)
    except NotAllowedError as error:
        raise problems.ProblemError(409, error.denied.reason_en, more={"detail_zh": error.denied.reason_zh}) from None
    except BeyondError as error:
        raise outside(subject, error.region_code) from None
    return schemas.AlarmCase(event_id=event_id)


@rules.get("", responses=problems.documented(422, 503))
def get_alarm_rules(
    subject: Annotated[Subject, needs(Permission.CATALOGUE_READ)], reads: Reads, _: Annotated[schemas.Query, Query()]
) -> list[schemas.AlarmRuleOut]:
    """Give the alarm rules in force, each as its row in the rules file has it."""
    with reads(subject) as connection:
        return [schemas.AlarmRuleOut(**row) for row in store.rules(connection)]


def _notice(parts: Sequence[RowMapping]) -> schemas.AlarmNotice:
    """Return a notice of its parts that are seen, the gravest first."""
    first = parts[0]
    told = {"count": "n", "new": "n_new", "graver": "n_graver", "gone": "n_gone", "unacknowledged": "unacknowledged"}
    counts = {name: sum(part[column] for part in parts) for name, column in told.items()}
    same = ("id", "at", "rule_code", "name_zh", "name_en", "alarm_class", "metric", "level", "alarm_id")
    return schemas.AlarmNotice(
        kind=seen_as(NoticeKind(first["kind"]), counts["count"], counts["new"], counts["gone"]),
        region_code=common(part["region_code"] for part in parts),
        waiting_since=min((part["waiting_since"] for part in parts if part["waiting_since"]), default=None),
        **{name: first[name] for name in same},
        **counts,
    )


def _act(
    connection: WriteConnection, actor: Actor, ids: Sequence[int], asked: schemas.AlarmActAsked
) -> list[acts.ActOutcome]:
    match asked.act:
        case AlarmAct.ACKNOWLEDGE:
            return acts.acknowledge(connection, actor, ids)
        case AlarmAct.SHELVE:
            return acts.shelve(connection, actor, ids, asked.reason or "", asked.until)
        case AlarmAct.UNSHELVE:
            return acts.unshelve(connection, actor, ids)
        case AlarmAct.RESET:
            return acts.reset(connection, actor, ids)
        case AlarmAct.COMMENT:
            return acts.comment(connection, actor, ids, asked.reason or "")
        case AlarmAct.SYMPTOM:
            return acts.symptom(connection, actor, ids, asked.symptom_of)


def _check_region(request: Request, code: str | None, subject: Subject) -> None:
    if code is not None:
        check_touches(subject, code)
        region_of(request.app.state.city.regions(), code)


def _check_length(length: timedelta, longest: timedelta) -> None:
    if length > longest:
        reason = f"The period has {length.days} days; ask for {longest.days} at most."
        raise problems.ProblemError(422, reason)


def _unknown(alarm_id: int) -> problems.ProblemError:
    return problems.not_found("alarm", alarm_id, "The ids stand in /api/v1/alarms.")
