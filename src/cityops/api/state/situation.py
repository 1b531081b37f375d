"""The situation of a region and the places of its open alarms, as the state tells them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from cityops.api import schemas
from cityops.api.state.city import EXTRA_DECIMALS, Here, Moment
from cityops.domain.alarms.situation import Situation, Tendency, UnitAtWork, tendency
from cityops.domain.metrics import Direction, Metric
from cityops.domain.modes.modes import ModeKind
from cityops.store.alarms.queries import OpenTally

FRESH = timedelta(minutes=10)
"""Of a newest reading that is older nobody knows which way it has gone since."""


def situation_state(moment: Moment, here: Here, places: list[schemas.StandingPlace]) -> schemas.Situation | None:
    """Compose what matters most in a region, with the worst of the `places` that `places_state` made."""
    found = here.situation
    if found is None:
        return None
    rule = _told_by(found, moment.alarms)
    first = here.places[0] if here.places and here.places[0]["leads"] else None
    return schemas.Situation(
        level=found.level,
        rule_code=found.rule_code,
        name_zh=rule.name_zh,
        name_en=rule.name_en,
        metric=rule.metric,
        threshold=rule.threshold,
        limits_in=None if rule.limits_in is None else ModeKind(rule.limits_in),
        drill=all(one.drill for one in _same(found, moment.alarms)),
        direction=Direction(rule.direction) if rule.direction in {Direction.HIGH, Direction.LOW} else None,
        regions=list(found.regions),
        places=found.places,
        worst=None if first is None else _worst(places[0], first["ts"]),
        cases=found.cases,
        overdue=found.overdue,
        unacknowledged=found.unacknowledged,
        unacknowledged_since=found.unacknowledged_since,
        handling=[_at_work(one) for one in found.handling],
    )


def _told_by(found: Situation, tallies: list[OpenTally]) -> OpenTally:
    """Return the tally whose rule is named: that of the alarm that began last, whose version is the newest."""
    return max(_same(found, tallies), key=lambda one: (one.name_zh is not None, one.onset, one.region_code))


def _same(found: Situation, tallies: list[OpenTally]) -> list[OpenTally]:
    return [one for one in tallies if (one.rule_code, one.level) == (found.rule_code, found.level)]


def _worst(place: schemas.StandingPlace, as_of: datetime | None) -> schemas.WorstPlace:
    told = place.model_dump(include=set(schemas.WorstPlace.model_fields))
    return schemas.WorstPlace(alarm_id=place.id, as_of=as_of, **told)


def _at_work(one: UnitAtWork) -> schemas.UnitHandling:
    unit = schemas.UnitOut.model_validate({"kind": one.unit_kind, "code": one.unit_code})
    return schemas.UnitHandling(unit=unit, status=one.status, count=one.count)


def places_state(moment: Moment, here: Here) -> list[schemas.StandingPlace]:
    """Compose the places of a region's open alarms, in the order in which they were read."""
    metrics = {metric.code: metric for metric in moment.snapshot.registry.metrics}
    return [_place(row, metrics.get(row["metric"]), _trend(row, metrics, moment, here.means)) for row in here.places]


def _place(row: RowMapping, metric: Metric | None, trend: Tendency | None) -> schemas.StandingPlace:
    told: dict[str, Any] = {name: row[name] for name in row if name in schemas.StandingPlace.model_fields}
    value, kind, code = row["value"], row["unit_kind"], row["unit_code"]
    if value is not None and metric is not None:
        told["value"] = round(value, metric.decimals + EXTRA_DECIMALS) + 0.0
    told |= {"trend": trend, "case_number": row["external_id"]}
    return schemas.StandingPlace.model_validate(
        told | {"unit": None if code is None else {"kind": kind, "code": code}}
    )


def _trend(
    row: RowMapping, metrics: Mapping[str, Metric], moment: Moment, means: Mapping[int, float]
) -> Tendency | None:
    if row["ts"] is None or row["metric"] not in metrics or moment.at - row["ts"] > FRESH:
        return None
    return tendency(row["value"], means.get(row["series_id"]), metrics[row["metric"]])
