"""Open alarms in the state of a region: how many of each level, the gravest groups, the worst of each child."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from cityops.api import schemas
from cityops.api.state.city import EXTRA_DECIMALS, Here, Moment
from cityops.domain.metrics import Direction, Metric, WarningLevel
from cityops.domain.regions import district_of, prefix
from cityops.store.alarms.queries import OpenTally

GROUPS = 20
"""As many as a screen may show; the others are counted."""
OF_CLASS = 6
"""Of each class at least as many: a scene of its own matter shows these alone."""


def alarms_state(moment: Moment, here: Here, places: list[schemas.StandingPlace]) -> schemas.AlarmsState:
    """Compose the open alarms of a region from what was counted at this tick, and their places."""
    inside = _in(moment.alarms, here.region.code)
    count = {level: sum(one.n for one in inside if one.level == level) for level in WarningLevel}
    groups = _groups(inside, {metric.code: metric for metric in moment.snapshot.registry.metrics})
    return schemas.AlarmsState(
        red=count[WarningLevel.RED],
        orange=count[WarningLevel.ORANGE],
        yellow=count[WarningLevel.YELLOW],
        blue=count[WarningLevel.BLUE],
        unacknowledged=sum(one.unacknowledged for one in inside),
        regions=[_child(child.code, _in(moment.alarms, child.code)) for child in here.children],
        groups_open=len(groups),
        groups=_told(groups),
        tallies=[_tally(one) for one in groups],
        places=places,
    )


def _in(tallies: Iterable[OpenTally], code: str) -> list[OpenTally]:
    within = prefix(code)  # once: in a flood there are thousands of tallies, asked for a dozen regions each tick
    return [one for one in tallies if one.region_code.startswith(within)]


def _child(code: str, tallies: list[OpenTally]) -> schemas.RegionAlarms:
    return schemas.RegionAlarms(
        code=code, open=sum(one.n for one in tallies), worst=max((one.level for one in tallies), default=0)
    )


def _groups(tallies: Iterable[OpenTally], metrics: Mapping[str, Metric]) -> list[schemas.StandingGroup]:
    """Return the gravest first, of equal ones those that nobody has acknowledged, of these the largest."""
    found: dict[tuple[str, str], list[OpenTally]] = defaultdict(list)
    for one in tallies:
        found[one.rule_code, district_of(one.region_code)].append(one)
    groups = [_group(parts, metrics) for parts in found.values()]
    return sorted(groups, key=lambda one: (-one.level, not one.unacknowledged, -one.count, one.onset))


def _told(groups: list[schemas.StandingGroup]) -> list[schemas.StandingGroup]:
    """Return the gravest of all, and the gravest of each class, in the order that they have."""
    seen: Counter[str] = Counter()
    found = []
    for place, one in enumerate(groups):
        if place < GROUPS or seen[one.alarm_class] < OF_CLASS:
            found.append(one)
        seen[one.alarm_class] += 1
    return found


def _tally(group: schemas.StandingGroup) -> schemas.GroupTally:
    return schemas.GroupTally.model_validate(
        {field: getattr(group, field) for field in schemas.GroupTally.model_fields}
    )


def _group(parts: list[OpenTally], metrics: Mapping[str, Metric]) -> schemas.StandingGroup:
    gravest, places = max(parts, key=lambda one: one.level), {one.region_code for one in parts}
    waiting = [one.unacknowledged_since for one in parts if one.unacknowledged_since]
    return schemas.StandingGroup(
        rule_code=gravest.rule_code,
        name_zh=gravest.name_zh,
        name_en=gravest.name_en,
        alarm_class=gravest.alarm_class,
        metric=gravest.metric,
        region_code=places.pop() if len(places) == 1 else district_of(gravest.region_code),
        level=gravest.level,
        count=sum(one.n for one in parts),
        value=_worst(parts, metrics.get(gravest.metric or "")),
        onset=min(one.onset for one in parts),
        unacknowledged=sum(one.unacknowledged for one in parts),
        unacknowledged_since=min(waiting, default=None),
        acknowledged_by=next((one.acknowledged_by for one in parts if one.acknowledged_by), None),
        cases=sum(one.cases for one in parts),
        case_number=next((one.case_number for one in parts if one.case_number), None),
        drill=all(one.drill for one in parts),
    )


def _worst(parts: Iterable[OpenTally], metric: Metric | None) -> float | None:
    """Return the worst value: the lowest where a metric becomes worse downwards."""
    if metric is not None and metric.direction is Direction.LOW:
        found = min((one.lowest for one in parts if one.lowest is not None), default=None)
    else:
        found = max((one.highest for one in parts if one.highest is not None), default=None)
    return found if found is None or metric is None else round(found, metric.decimals + EXTRA_DECIMALS) + 0.0
