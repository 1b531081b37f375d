"""Evaluates what no reading tells: devices or metrics of which nothing comes, shares of groups, indicators.

Looked at every few seconds, from the states that the watch judges and the newest readings, by the database's clock.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import psycopg

from cityops.domain.alarms.conditions import Condition, condition_of
from cityops.domain.alarms.rules import SILENT, AlarmRule, RuleSubject
from cityops.domain.regions import district_of
from cityops.jobs.evaluation import Pair, follow, forget
from cityops.jobs.rulebook import Conditioned, Rulebook, looks_at_values
from cityops.jobs.unusual import evaluate_unusual
from cityops.reference import CITY_CODE
from cityops.store.alarms import objects, turns
from cityops.store.alarms.objects import DeviceShare, HeardDevice, HeardSeries
from cityops.store.alarms.turns import KeptTrack

EVERY_S = 5.0


def evaluate_absences(cursor: psycopg.Cursor, rulebook: Rulebook, now: datetime) -> None:
    """Evaluate the rules on devices, on the silence of single metrics, on indicators and on shares of groups."""
    mine = [rule for rule in rulebook.rules.values() if not looks_at_values(rule)]
    of_devices = [rule for rule in mine if rule.subject is RuleSubject.DEVICE_STATE]
    of_shares = [rule for rule in mine if rule.subject is RuleSubject.SHARE]
    tracks = turns.tracks_of_others(cursor, [rule.code for rule in mine])
    awake = {(one.rule_code, one.object): one for one in tracks}
    pairs = _devices(cursor, of_devices, awake, now) if of_devices else []
    for rule in mine:
        if rule.subject is RuleSubject.METRIC:
            pairs += _series(cursor, rule, awake, now)
        elif rule.subject is RuleSubject.INDICATOR:
            pairs += evaluate_unusual(cursor, rule, awake, now)
    for rule in of_shares:
        pairs += _groups(cursor, rule, rulebook, awake, now)
    forget(cursor, awake.values(), pairs, now)
    follow(cursor, pairs, now)


def _devices(
    cursor: psycopg.Cursor, rules: list[AlarmRule], awake: dict[tuple[str, str], KeptTrack], now: datetime
) -> list[Pair]:
    waited_for = [int(name.partition(":")[2]) for _, name in awake if name.startswith("device:")]
    pairs = []
    for heard in objects.not_online(cursor, waited_for):
        for rule in rules:
            if rule.applies.covers(heard.kind, heard.region_code, heard.source, heard.device):
                pair = Pair.of(_watched_device(rule, heard), awake.get((rule.code, f"device:{heard.device_id}")))
                pair.hears(heard.newest)
                pair.elapse(now)
                pairs.append(pair)
    return pairs


def _watched_device(rule: AlarmRule, heard: HeardDevice) -> Conditioned:
    return Conditioned(
        rule,
        f"device:{heard.device_id}",
        heard.region_code,
        None,
        heard.device_id,
        heard.source,
        condition=condition_of(rule, None, heard.interval_s),
    )


def _series(
    cursor: psycopg.Cursor, rule: AlarmRule, awake: dict[tuple[str, str], KeptTrack], now: datetime
) -> Iterator[Pair]:
    """Yield what of a metric's series is silent, whatever else their devices say, or is waited for to speak again."""
    waited_for = [
        int(name.removeprefix("series:")) for code, name in awake if code == rule.code and name.startswith("series:")
    ]
    least = min(limit.value for limit in rule.limits)
    for heard in objects.not_heard(cursor, rule.metric, least, now, waited_for):
        if rule.applies.covers(heard.kind, heard.region_code, heard.source, heard.device):
            pair = Pair.of(_watched_series(rule, heard), awake.get((rule.code, f"series:{heard.series_id}")))
            pair.hears(heard.newest)
            pair.elapse(now)
            yield pair


def _watched_series(rule: AlarmRule, heard: HeardSeries) -> Conditioned:
    return Conditioned(
        rule,
        f"series:{heard.series_id}",
        heard.region_code,
        heard.series_id,
        heard.device_id,
        heard.source,
        heard.metric,
        condition=condition_of(rule, None, heard.interval_s),
    )


def _groups(
    cursor: psycopg.Cursor,
    rule: AlarmRule,
    rulebook: Rulebook,
    awake: dict[tuple[str, str], KeptTrack],
    now: datetime,
) -> Iterator[Pair]:
    """Yield the groups whose share reaches a limit, or is waited for to fall short of it again."""
    of = rulebook.rules.get(rule.share_of)
    if rule.share_of != SILENT and of is None:
        return
    found = objects.silent_shares(cursor) if of is None else objects.alarmed_shares(cursor, of.code)
    concerned: defaultdict[tuple[str, ...], int] = defaultdict(int)
    devices: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for share in found:
        if all(one.applies.covers(share.kind, share.region_code, share.source, "") for one in (rule, of) if one):
            group = tuple(_label(name, share) for name in rule.grouping.by)
            concerned[group] += share.concerned
            devices[group] += share.devices
    condition = condition_of(rule)
    least = min(step.on for step in condition.steps)
    for group, all_ in devices.items():
        percent = 100 * concerned[group] / all_
        watched = _watched_group(rule, group, condition)
        was = awake.get((rule.code, watched.object))
        if was is not None or percent >= least:
            pair = Pair.of(watched, was)
            pair.take(now, percent)
            pair.elapse(now)
            yield pair


def _label(name: str, share: DeviceShare) -> str:
    return {
        "district": district_of(share.region_code),
        "street": share.region_code,
        "source_system": share.source,
        "kind": share.kind,
    }.get(name, "")


def _watched_group(rule: AlarmRule, group: tuple[str, ...], condition: Condition) -> Conditioned:
    labels = dict(zip(rule.grouping.by, group, strict=True))
    region = labels.get("street") or labels.get("district") or CITY_CODE
    name = "/".join(one for one in group if one)
    return Conditioned(rule, f"group:{name}", region, None, None, labels.get("source_system"), condition=condition)
