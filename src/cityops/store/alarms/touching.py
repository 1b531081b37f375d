"""Limits of touching by series, as the ingest holds them: from the rules in force and the registry.

The ingest asks for them every few seconds; they are made again when a rule or a range has changed, or series were
added.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

from cityops.domain.alarms.conditions import Measured, touch_limits
from cityops.domain.alarms.rules import AlarmRule
from cityops.store.alarms import in_force
from cityops.store.alarms.hints import NO_RULES, Touch


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """Limits of touching, and of which rules and series they were made."""

    touch: Touch = NO_RULES
    of: tuple[object, ...] = ()


NONE_YET = SeriesLimits()


def renewed(connection: psycopg.Connection, kept: SeriesLimits) -> SeriesLimits:
    """Return the limits as they stand now; `kept` itself where nothing has changed."""
    row = connection.execute("SELECT max(id) FROM series").fetchone()
    of = (row, in_force.changed(connection))
    return kept if of == kept.of else SeriesLimits(of_rules(connection, in_force.rules(connection)), of)


def of_rules(connection: psycopg.Connection, rules: Sequence[AlarmRule]) -> Touch:
    """Make the limits of all series; without rules nothing touches.

    Each sort of series is judged once: most rules tell series apart by metric, kind, street and source alone.
    """
    if not rules:
        return NO_RULES
    by_device = {rule.metric for rule in rules if rule.applies.devices}
    rows = connection.execute(
        """
        SELECT series.id, metric.code, kind, region_code, source_system_code,
               CASE WHEN metric.code = ANY(%s) THEN device.code ELSE '' END
        FROM series JOIN metric ON metric.id = metric_id JOIN device ON device.id = device_id
        """,
        [sorted(by_device)],
    ).fetchall()
    sorts: dict[tuple[str, ...], int] = {}
    series = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    sort_of = np.fromiter((sorts.setdefault(row[1:], len(sorts)) for row in rows), np.int64, len(rows))
    limits = touch_limits(rules, [Measured(*sort) for sort in sorts], in_force.metrics(connection))
    size = int(series.max(initial=0)) + 1
    low, high = np.full(size + 1, -np.inf), np.full(size + 1, np.inf)
    low[series], high[series] = limits.low[sort_of], limits.high[sort_of]
    low[size] = np.inf  # any other series: each reading, until it is known here
    return Touch(low, high)
