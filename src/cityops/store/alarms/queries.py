"""Reads alarms: lists by filter, counts, one with its journal, the rules in force, and what keeps alarms quiet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    RowMapping,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from cityops.domain.alarms.course import AlarmStep, QuietKind
from cityops.domain.alarms.rules import ConditionKind
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import DISTRICT, RegionLevel, is_city, level_of
from cityops.store import tables

_alarm, _device, _rule = tables.alarm.c, tables.device.c, tables.alarm_rule.c

_WHOLE = tables.alarm.join(tables.device, _device.id == _alarm.device_id, isouter=True).join(
    tables.alarm_rule, and_(_rule.code == _alarm.rule_code, _rule.version == _alarm.rule_version), isouter=True
)
IS_HEARD = and_(
    _alarm.cleared_at.is_(None), _alarm.level > 0, or_(_alarm.quiet.is_(None), _alarm.quiet == "silenced")
)
"""Open, its cause stands, and nothing keeps it from the screens."""

_NAME_ZH = _rule.definition["name_zh"].astext.label("name_zh")
_NAME_EN = _rule.definition["name_en"].astext.label("name_en")
_MODES = table("mode", column("id", BigInteger), column("kind", Text), schema="public")
"""Of modes what never changes: those of now are those of any moment that is looked back to."""
_BESIDE = (
    _alarm["class"].label("alarm_class"),
    _alarm.source_system_code.label("source"),
    _device.code.label("device_code"),
    _device.name_zh.label("device_name_zh"),
    _device.lon,
    _device.lat,
    _NAME_ZH,
    _NAME_EN,
    select(_MODES.c.kind).where(_MODES.c.id == _alarm.mode_id).scalar_subquery().label("limits_in"),
)
_BRIEF = (
    *(
        column
        for column in _alarm
        if column.name not in {"class", "source_system_code", "series_id", "device_id", "object", "moved_at"}
    ),
    *_BESIDE,
)


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """Which alarms are wanted; None does not filter. `region` is a code's beginning, the period that of raising."""

    open: bool | None = None
    level: int | None = None
    at_least: int | None = None
    priority: int | None = None
    alarm_class: str | None = None
    rule: str | None = None
    region: str | None = None
    device: str | None = None
    acknowledged: bool | None = None
    quiet: bool | None = None
    start: datetime | None = None
    end: datetime | None = None


def page(
    connection: Connection, wanted: AlarmFilter, before: tuple[datetime, int] | None, limit: int
) -> Sequence[RowMapping]:
    """Return alarms newest first, those that come after (time of raising, id) `before` in that order."""
    statement = listing(wanted)
    if before is not None:
        statement = statement.where(tuple_(_alarm.raised_at, _alarm.id) < before)
    return connection.execute(statement.limit(limit)).mappings().all()


def listing(wanted: AlarmFilter) -> Select[*tuple[Any, ...]]:
    """Return the query for alarms as lists have them, newest first."""
    statement = filtered(select(*_BRIEF).select_from(_WHOLE), wanted)
    return statement.order_by(_alarm.raised_at.desc(), _alarm.id.desc())


def filtered(statement: Select[*tuple[Any, ...]], wanted: AlarmFilter) -> Select[*tuple[Any, ...]]:
    """Return a query on `alarm` with the conditions of a filter."""
    equal = {
        _alarm.level: wanted.level,
        _alarm.priority: wanted.priority,
        _alarm["class"]: wanted.alarm_class,
        _alarm.rule_code: wanted.rule,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    empty = {
        _alarm.cleared_at: wanted.open,
        _alarm.acknowledged_at: None if wanted.acknowledged is None else not wanted.acknowledged,
        _alarm.quiet: None if wanted.quiet is None else not wanted.quiet,
    }
    conditions += [
        column.is_(None) if is_empty else column.is_not(None)
        for column, is_empty in empty.items()
        if is_empty is not None
    ]
    if wanted.at_least is not None:
        conditions.append(_alarm.level >= wanted.at_least)
    if wanted.device is not None:
        conditions.append(
            _alarm.device_id == select(_device.id).where(_device.code == wanted.device).scalar_subquery()
        )
    if wanted.region and level_of(wanted.region) is RegionLevel.STREET:
        conditions.append(_alarm.region_code == wanted.region)
    elif wanted.region and not is_city(wanted.region):
        conditions.append(_alarm.region_code.startswith(wanted.region, autoescape=True))
    if wanted.start is not None:
        conditions.append(_alarm.raised_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(_alarm.raised_at < wanted.end)
    return statement.where(*conditions)


_QUIETED = (*(kind.value for kind in QuietKind), AlarmStep.UNSHELVED.value, AlarmStep.UNQUIETED.value)


def quieted(connection: Connection, ids: Sequence[int]) -> dict[int, list[RowMapping]]:
    """Return what of the journals of these alarms tells how they were kept quiet, oldest line first."""
    line = tables.alarm_change.c
    columns = (line.alarm_id, line.at, line.kind, line.ts, line.level, line.value, line.by, line.detail)
    statement = select(*columns).where(line.alarm_id.in_(ids), line.kind.in_(_QUIETED)).order_by(line.id)
    found: dict[int, list[RowMapping]] = {number: [] for number in ids}
    for row in connection.execute(statement).mappings():
        found[row["alarm_id"]].append(row)
    return found


GROUPS: dict[str, ColumnElement[Any]] = {
    "level": _alarm.level,
    "priority": _alarm.priority,
    "class": _alarm["class"],
    "rule": _alarm.rule_code,
    "district": func.left(_alarm.region_code, 6),
    "region": _alarm.region_code,
}


def counts(connection: Connection, wanted: AlarmFilter, by: str) -> Sequence[RowMapping]:
    """Count alarms by one of `GROUPS`, most frequent first."""
    group = GROUPS[by].label("group")
    statement = filtered(select(group, func.count().label("count")), wanted)
    return connection.execute(statement.group_by(group).order_by(func.count().desc(), group)).mappings().all()


class GroupedAlarms(NamedTuple):
    """Open alarms in groups, the gravest first; how many of both there are, and how many nobody has acknowledged."""

    groups: Sequence[RowMapping]
    of: int
    total: int
    unacknowledged: int


def groups(connection: Connection, limit: int) -> GroupedAlarms:
    """Return the open alarms by rule and district (or city), those that are kept quiet apart from the others.

    A group's `id` is that of its gravest alarm.
    """
    found = _grouped()
    group = found.c
    sums = {"of": func.count(), "total": func.sum(group["count"]), "new": func.sum(group.unacknowledged)}
    in_force = and_(_rule.code == group.rule_code, _rule.version == group.rule_version)
    statement = (
        select(found, _NAME_ZH, _NAME_EN, *(sum_.over().label(name) for name, sum_ in sums.items()))
        .join_from(found, tables.alarm_rule, in_force, isouter=True)
        .order_by(group.quiet.is_not(None), group.level.desc(), group.unacknowledged.desc(), group.onset.desc())
    )
    rows = connection.execute(statement.limit(limit)).mappings().all()
    of, total, new = (int(rows[0][name]) for name in ("of", "total", "new")) if rows else (0, 0, 0)
    return GroupedAlarms(rows, of, total, new)


def _grouped() -> CTE:
    """Return the groups without what their rules say: a definition in each alarm's row would be sorted by, too."""
    place = func.left(_alarm.region_code, DISTRICT).label("region_code")
    quiet = case((_alarm.quiet == "silenced", None), else_=_alarm.quiet)
    is_new = and_(_alarm.acknowledged_at.is_(None), quiet.is_(None))
    worst = aggregate_order_by(_alarm.id, _alarm.level.desc(), _alarm.onset)
    return (
        select(
            *(_alarm.rule_code, func.max(_alarm.rule_version).label("rule_version"), place),
            *(_alarm["class"].label("alarm_class"), _alarm.metric, quiet.label("quiet")),
            *(
                func.count().label("count"),
                func.max(_alarm.level).label("level"),
                func.min(_alarm.onset).label("onset"),
            ),
            func.min(_alarm.priority).label("priority"),
            *(
                func.count().filter(is_new).label("unacknowledged"),
                func.count(_alarm.event_id.distinct()).label("cases"),
            ),
            *(func.max(_alarm.value_worst).label("highest"), func.min(_alarm.value_worst).label("lowest")),
            func.bool_and(_alarm.drill).label("drill"),
            func.array_agg(worst)[1].label("id"),
        )
        .where(_alarm.cleared_at.is_(None))
        .group_by(_alarm.rule_code, place, _alarm["class"], _alarm.metric, quiet)
        .cte("found")
    )


def annunciations(connection: Connection, since: datetime, limit: int) -> list[datetime]:
    """Return when alarms were told since a time, the newest first; those that say the same as another were not."""
    heard = or_(_alarm.quiet.is_(None), _alarm.quiet.not_in(["suppressed", "out_of_service"]))
    statement = select(_alarm.raised_at).where(_alarm.raised_at >= since, heard)
    return list(connection.scalars(statement.order_by(_alarm.raised_at.desc()).limit(limit)))


def places(connection: Connection, limit: int) -> Sequence[RowMapping]:
    """Return where the gravest open alarms are that are to be heard, for a map."""
    statement = (
        select(_alarm.id, _alarm.level, _device.lon, _device.lat)
        .select_from(_WHOLE)
        .where(IS_HEARD, _device.id.is_not(None))
        .order_by(_alarm.level.desc(), _alarm.onset)
        .limit(limit)
    )
    return connection.execute(statement).mappings().all()


def one(connection: Connection, alarm_id: int) -> tuple[RowMapping, Sequence[RowMapping]] | None:
    """Return an alarm with its rule's definition and its newest reading, and its journal, oldest line first."""
    newest = tables.reading_latest.c
    whole = _WHOLE.join(tables.reading_latest, newest.series_id == _alarm.series_id, isouter=True)
    more = (_rule.definition, newest.ts.label("newest_ts"), newest.value.label("newest_value"))
    row = (
        connection.execute(select(*_BRIEF, *more).select_from(whole).where(_alarm.id == alarm_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    line = tables.alarm_change.c
    columns = (line.at, line.kind, line.ts, line.level, line.value, line.by, line.detail)
    lines = connection.execute(select(*columns).where(line.alarm_id == alarm_id).order_by(line.id))
    return row, lines.mappings().all()


def next_unacknowledged(connection: Connection) -> RowMapping | None:
    """Return of the open alarms that are to be heard and nobody has acknowledged the gravest one raised first."""
    is_heard = or_(_alarm.quiet.is_(None), _alarm.quiet == "silenced")
    waits = (_alarm.cleared_at.is_(None), _alarm.acknowledged_at.is_(None), _alarm.level > 0, is_heard)
    order = (_alarm.level.desc(), _alarm.raised_at, _alarm.id)
    statement = select(*_BRIEF).select_from(_WHOLE).where(*waits).order_by(*order).limit(1)
    return connection.execute(statement).mappings().one_or_none()


def some(connection: Connection, ids: Sequence[int]) -> Sequence[RowMapping]:
    """Return these alarms, the gravest first."""
    statement = select(*_BRIEF).select_from(_WHOLE).where(_alarm.id.in_(ids))
    order = (_alarm.worst_level.desc(), _alarm.level.desc(), _alarm.onset, _alarm.id)
    return connection.execute(statement.order_by(*order)).mappings().all()


def rules(connection: Connection) -> Sequence[RowMapping]:
    """Return the rules in force as they were written, in order of their code."""
    statement = select(_rule.code, _rule.version, _rule.definition, _rule.since, _rule.set_by)
    return connection.execute(statement.where(_rule.until.is_(None)).order_by(_rule.code)).mappings().all()


def basis_marks(connection: Connection) -> dict[str, str]:
    """Return by metric how far the basis of its thresholds was followed up, as the rules say that have its limits."""
    cell = _rule.definition
    statement = select(_rule.metric, cell["basis_mark"].astext)
    rows = connection.execute(statement.where(_rule.until.is_(None), cell["limits_of"].astext == "metric"))
    return {row[0]: row[1] for row in rows}


_NUMBERS = table("event", column("id", BigInteger), column("external_id", Text), schema="public")
"""Numbers of cases: they never change, so those of now are those of any moment that is looked back to."""


class OpenTally(NamedTuple):
    """Open alarms that are to be heard, of one region, rule and level."""

    region_code: str
    rule_code: str
    level: int
    n: int
    unacknowledged: int
    alarm_class: str
    metric: str | None
    highest: float | None
    lowest: float | None
    onset: datetime
    unacknowledged_since: datetime | None
    acknowledged_by: str | None
    cases: int
    symptom: bool
    name_zh: str | None
    name_en: str | None
    case_number: str | None
    direction: str | None
    threshold: float | None
    limits_in: str | None
    drill: bool


def open_tallies(connection: Connection) -> list[OpenTally]:
    """Count the open alarms whose cause stands by region, rule and level, without those kept from the screens.

    Those that are but symptoms of others are counted apart. Who acknowledged is whoever did so last, the case the one
    that was made first; the threshold is that of the level, where the rule compares values with one, in the mode
    whose limits raised the last of them. They are of a drill where all are.
    """
    is_new, symptom = _alarm.acknowledged_at.is_(None), _alarm.symptom_of.is_not(None).label("symptom")
    by = aggregate_order_by(_alarm.acknowledged_by, _alarm.acknowledged_at.desc().nulls_last())
    tally = (
        select(
            *(_alarm.region_code, _alarm.rule_code, _alarm.level, symptom, func.count().label("n")),
            func.count().filter(is_new).label("unacknowledged"),
            func.max(_alarm["class"]).label("alarm_class"),
            func.max(_alarm.metric).label("metric"),
            *(func.max(_alarm.value_worst).label("highest"), func.min(_alarm.value_worst).label("lowest")),
            func.min(_alarm.onset).label("onset"),
            func.min(_alarm.raised_at).filter(is_new).label("unacknowledged_since"),
            func.array_agg(by)[1].label("acknowledged_by"),
            func.count(_alarm.event_id.distinct()).label("cases"),
            *(func.min(_alarm.event_id).label("event_id"), func.max(_alarm.rule_version).label("rule_version")),
            *(func.max(_alarm.mode_id).label("mode_id"), func.bool_and(_alarm.drill).label("drill")),
        )
        .where(IS_HEARD)
        .group_by(_alarm.region_code, _alarm.rule_code, _alarm.level, symptom)
        .cte("tally")
    )
    own, case_ = tally.c, _NUMBERS.c
    named = tally.join(
        tables.alarm_rule, and_(_rule.code == own.rule_code, _rule.version == own.rule_version), isouter=True
    ).join(_NUMBERS, case_.id == own.event_id, isouter=True)
    named = named.join(_MODES, _MODES.c.id == own.mode_id, isouter=True)
    told = [own[name] for name in OpenTally._fields if name in own and name != "drill"]
    kind = _MODES.c.kind
    beside = _NAME_ZH, _NAME_EN, case_.external_id, *_limits(own.level, kind), kind, own.drill
    return [OpenTally(*tuple(row)) for row in connection.execute(select(*told, *beside).select_from(named))]


def _limits(level: ColumnElement[int], kind: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    """Return on which side a rule's values become worse, and the value from which a level holds in a mode."""
    moved = _rule.definition[literal("limits_") + kind].astext  # such as `orange=20 red=30`
    cells = {
        one.value: func.coalesce(func.substring(moved, f"{name}=(\\S+)"), _rule.definition[name].astext)
        for one, name in ((one, one.name.lower()) for one in WarningLevel if one)
    }
    compares = _rule.definition["condition"].astext == ConditionKind.THRESHOLD
    return _rule.definition["direction"].astext, cast(case((compares, case(cells, value=level))), Double)


def quiets(connection: Connection, now: datetime) -> Sequence[RowMapping]:
    """Return the silences and devices out of service whose time is not over, those that end first before others."""
    quiet = tables.alarm_quiet.c
    columns = (
        *(column for column in quiet if column.name not in {"device_id", "class"}),
        _device.code.label("device"),
    )
    joined = tables.alarm_quiet.join(tables.device, _device.id == quiet.device_id, isouter=True)
    statement = select(*columns, quiet["class"].label("alarm_class")).select_from(joined)
    return connection.execute(statement.where(quiet.ends_at > now).order_by(quiet.ends_at, quiet.id)).mappings().all()
