"""Evaluates rules on indicators: by how much metrics of regions deviate from what is usual, as the baselines tell it.

At the pace of rollups: the job of baselines tells each full five minutes, and no reading is looked at here.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import psycopg

from cityops.domain.alarms.conditions import condition_of
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.metrics import Direction
from cityops.domain.regions import RegionLevel, level_of
from cityops.jobs.evaluation import Pair
from cityops.jobs.rulebook import Conditioned
from cityops.store.alarms.turns import KeptTrack
from cityops.store.indicators import baselines as store

HOLDS = timedelta(minutes=10)
"""So long what was told holds: where no more is told, no delay runs out."""


def evaluate_unusual(
    cursor: psycopg.Cursor, rule: AlarmRule, awake: Mapping[tuple[str, str], KeptTrack], now: datetime
) -> Iterator[Pair]:
    """Yield the regions that deviate as far as a limit, or are waited for to fall short of it again."""
    condition = condition_of(rule)
    least = min(step.on for step in condition.steps)
    level = RegionLevel.STREET if "street" in rule.grouping.by else RegionLevel.DISTRICT
    sign = -1 if rule.direction is Direction.LOW else 1
    for told in store.standings(cursor, rule.metric):
        region = told.region_code
        if level_of(region) is not level or (rule.applies.regions and not region.startswith(rule.applies.regions)):
            continue
        name, value = f"group:{region}", sign * told.deviations
        was = awake.get((rule.code, name))
        if was is not None or value >= least:
            pair = Pair.of(Conditioned(rule, name, region, None, None, None, condition=condition), was)
            pair.take(told.ts, value)
            pair.elapse(min(now, told.ts + HOLDS))
            yield pair
