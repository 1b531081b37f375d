"""The rules in force as the job of alarms holds them: read when they changed, compiled for each sort of series.

Which of a rule's limits judge a reading follows from the modes that held where and when it was measured.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from cityops.domain.alarms.conditions import Condition, condition_of
from cityops.domain.alarms.course import Watched
from cityops.domain.alarms.judging import spans
from cityops.domain.alarms.rules import AlarmRule, ConditionKind, RuleSubject
from cityops.domain.metrics import Metric
from cityops.domain.modes.modes import ModeHeld
from cityops.domain.regions import district_of
from cityops.store.alarms import in_force, objects
from cityops.store.alarms.objects import SeriesFacts
from cityops.store.modes import modes


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditioned(Watched):
    """An object under a rule, with what is told of it is held against: the rule's own limits, or those of a mode."""

    condition: Condition
    in_modes: tuple["Judging", ...] = ()
    """In order of time; before the first the rule's own limits judge."""

    def judging(self, ts: datetime | None) -> "Judging":
        """Return what judges a reading of this time; without one, the rule's own limits."""
        place = 0 if ts is None else bisect_right(self.in_modes, ts, key=lambda one: one.since)
        return self.in_modes[place - 1] if place else Judging(datetime.min.replace(tzinfo=UTC), self.condition, None)


class Judging(NamedTuple):
    """From when on readings are held against which condition, and the mode whose limits these are."""

    since: datetime
    condition: Condition
    mode_id: int | None


class Rulebook:
    """Rules, metrics and what is known of series; `refresh` before each turn."""

    def __init__(self) -> None:
        self.rules: dict[str, AlarmRule] = {}
        self._metrics: dict[str, Metric] = {}
        self._changed: object = object()
        self._facts: dict[int, SeriesFacts] = {}
        self._of_sort: dict[tuple[str, ...], tuple[tuple[AlarmRule, Condition], ...]] = {}
        self._held: list[ModeHeld] = []
        self._in_modes: dict[tuple[str, str], tuple[Judging, ...]] = {}

    def refresh(self, cursor: psycopg.Cursor) -> bool:
        """Read the rules again where they have changed; return whether they have."""
        changed = in_force.changed(cursor.connection)
        if changed == self._changed:
            return False
        self.rules = {rule.code: rule for rule in in_force.rules(cursor.connection)}
        self._metrics = in_force.metrics(cursor.connection)
        self._of_sort.clear()
        self._facts.clear()
        self._changed = changed
        return True

    def look_back(self, cursor: psycopg.Cursor, since: datetime) -> None:
        """Read which modes have held since a time, where some rule has other limits in one."""
        any_differs = any(rule.in_modes for rule in self.rules.values())
        self._held = modes.held_since(cursor, since) if any_differs else []
        self._in_modes.clear()

    def of_series(self, cursor: psycopg.Cursor, series: Sequence[int]) -> Iterator[Conditioned]:
        """Yield each of these series under each rule that looks at its values."""
        unknown = [one for one in series if one not in self._facts]
        self._facts |= {facts.series_id: facts for facts in objects.series(cursor, unknown)}
        for one in series:
            facts = self._facts.get(one)
            if facts is None:
                continue
            for rule, condition in self._under(facts):
                yield Conditioned(
                    rule,
                    f"series:{one}",
                    facts.region_code,
                    one,
                    facts.device_id,
                    facts.source,
                    facts.metric,
                    condition=condition,
                    in_modes=self._judging(rule, facts) if rule.in_modes and self._held else (),
                )

    def _judging(self, rule: AlarmRule, facts: SeriesFacts) -> tuple[Judging, ...]:
        place = (rule.code, district_of(facts.region_code))
        found = self._in_modes.get(place)
        if found is None:
            metric = self._metrics[facts.metric]
            found = self._in_modes[place] = tuple(
                Judging(since, condition_of(rule, metric, kind=mode.kind), mode.id)
                if mode
                else Judging(since, condition_of(rule, metric), None)
                for since, mode in spans(rule, self._held, facts.region_code)
            )
        return found

    def _under(self, facts: SeriesFacts) -> tuple[tuple[AlarmRule, Condition], ...]:
        sort = (facts.metric, facts.kind, facts.region_code, facts.source, facts.device)
        found = self._of_sort.get(sort)
        if found is None:
            metric = self._metrics[facts.metric]
            found = self._of_sort[sort] = tuple(
                (rule, condition_of(rule, metric))
                for rule in self.rules.values()
                if rule.metric == facts.metric and looks_at_values(rule) and rule.applies.covers(*sort[1:])
            )
        return found


def looks_at_values(rule: AlarmRule) -> bool:
    """Tell whether a rule is evaluated from readings, and not from when the newest came."""
    return rule.subject is RuleSubject.METRIC and rule.condition is not ConditionKind.NO_DATA
