"""Puts together how the load of alarms on a seat, and cures for a rule that raises too much, are answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cityops.api import schemas
from cityops.domain.alarms.cures import Cure, Episode, changes_of_row
from cityops.domain.alarms.load import Frequent, LoadFigure
from cityops.domain.alarms.rules import AlarmRule
from cityops.store.alarms.cures import ConcernedObject, Proposal
from cityops.store.alarms.load import SeatLoad

MOST_FLOODS = 200
LENGTHS = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), None)
"""By which alarms are told apart that a cure would lose."""

MOST_LOST = 5
APPLY = ("cityops alarms rules export rules.csv", "cityops alarms rules import rules.csv")


def load_out(found: SeatLoad, now: datetime, kept_since: datetime | None, region: str | None) -> schemas.AlarmLoadOut:
    """Return the load of a seat as it is answered."""
    load = found.load
    return schemas.AlarmLoadOut(
        as_of=now,
        start=load.start,
        end=load.end,
        kept_since=kept_since,
        is_conclusive=load.is_conclusive,
        region_code=region,
        total=load.total,
        kept_quiet=found.kept_quiet,
        figures=[_figure(one) for one in load.figures],
        floods=[schemas.FloodOut(start=start, end=end) for start, end in load.floods[-MOST_FLOODS:]],
        floods_total=len(load.floods),
        hours=list(load.hours),
        frequent=[_frequent(found, one) for one in load.frequent],
        worst_rules=[_worst(found, code, count) for code, count in load.worst_rules],
    )


def _figure(one: LoadFigure) -> schemas.LoadFigureOut:
    limits = {"acceptable": one.acceptable, "manageable": one.manageable}
    return schemas.LoadFigureOut(code=one.code, value=one.value, state=one.state, **limits)


def _frequent(found: SeatLoad, one: Frequent) -> schemas.FrequentAlarm:
    row = found.objects[one.rule, one.object]
    named = {name: row[name] for name in ("metric", "region_code", "device_code", "device_name_zh")}
    return schemas.FrequentAlarm(rule_code=one.rule, count=one.count, chattering=one.chattering, **named)


def _worst(found: SeatLoad, code: str, count: int) -> schemas.WorstRule:
    row = found.rules.get(code)
    named = {"name_zh": row["name_zh"], "name_en": row["name_en"]} if row else {"name_zh": None, "name_en": None}
    in_force = bool(row and row["in_force"])
    return schemas.WorstRule(code=code, in_force=in_force, count=count, share=count / found.load.total, **named)


def cures_out(found: Proposal, now: datetime) -> schemas.AlarmCuresOut:
    """Return cures for a rule as they are answered."""
    rule, concerned = found.rule, found.concerned
    places = {one.object: one for one in concerned.objects}
    return schemas.AlarmCuresOut(
        rule_code=rule.code,
        version=rule.version,
        name_zh=rule.name.zh,
        name_en=rule.name.en,
        as_of=now,
        start=found.start,
        end=found.end,
        tried_on="readings" if found.on_readings else "alarms",
        readings=found.readings,
        objects=len(found.objects) if found.on_readings else concerned.of,
        objects_of=concerned.of,
        recorded=found.recorded,
        recorded_of=concerned.alarms,
        cures=[_cure(rule, one, places, found.end) for one in found.cures],
        apply=list(APPLY),
    )


def _cure(rule: AlarmRule, cure: Cure, places: Mapping[str, ConcernedObject], until: datetime) -> schemas.CureOut:
    changes = changes_of_row(rule, cure.rule) if cure.rule else {}
    lost = sorted((one for one in cure.lost if one.object in places), key=lambda one: one.length(until), reverse=True)
    return schemas.CureOut(
        kind=cure.kind,
        change=[schemas.CellChange(column=name, before=old, after=new) for name, (old, new) in changes.items()],
        alarms_now=cure.alarms_now,
        alarms_then=cure.alarms_then,
        missed=cure.missed,
        lost=list(_by_length(cure, until)),
        later=len(cure.later),
        latest_s=max((one.total_seconds() for one in cure.later), default=0.0),
        longest_lost=[_lost(one, places[one.object], until) for one in lost[:MOST_LOST]],
    )


def _by_length(cure: Cure, until: datetime) -> Iterator[schemas.LostByLength]:
    now, lost = ([one.length(until) for one in some] for some in (cure.now, cure.lost))
    least = timedelta(0)
    for most in LENGTHS:
        alarms, gone = (
            sum(least <= one and (most is None or one < most) for one in lengths) for lengths in (now, lost)
        )
        up_to_s = None if most is None else int(most.total_seconds())
        yield schemas.LostByLength(up_to_s=up_to_s, alarms=alarms, lost=gone)
        least = most or least


def _lost(one: Episode, of: ConcernedObject, until: datetime) -> schemas.LostAlarm:
    return schemas.LostAlarm(
        device_code=of.device_code,
        device_name_zh=of.device_name_zh,
        region_code=of.region_code,
        start=one.start,
        length_s=one.length(until).total_seconds(),
        level=int(one.worst),
    )
