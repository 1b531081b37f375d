"""Keeps alarms quiet while a graver one tells of the same: one outage hides its devices, a red hides the yellow."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import psycopg

from cityops.domain.alarms.matchers import Inhibition
from cityops.jobs.rulebook import Rulebook
from cityops.store.alarms import quiets
from cityops.store.alarms.quiets import Labelled

Equal = tuple[str, ...]


def inhibit(cursor: psycopg.Cursor, rulebook: Rulebook, now: datetime) -> None:
    """Suppress open alarms that others inhibit, and let go of those that no other does any more."""
    inhibiting = [(rule.code, one) for rule in rulebook.rules.values() for one in rule.inhibits]
    if not inhibiting:
        return
    alarms = quiets.labelled(cursor)
    quiet: dict[int, str] = {}
    for code, one in inhibiting:
        sources = _sources(one, (alarm for alarm in alarms if alarm.labels["rule"] == code and alarm.is_standing))
        for alarm in alarms if sources else ():
            others = sources.get(_equal(one, alarm), ())
            if alarm.id not in quiet and any(_inhibits(one, other, alarm) for other in others):
                quiet[alarm.id] = code
    quiets.suppress(cursor, alarms, quiet, now)


def _sources(one: Inhibition, alarms: Iterable[Labelled]) -> dict[Equal, list[Labelled]]:
    found: defaultdict[Equal, list[Labelled]] = defaultdict(list)
    for alarm in alarms:
        found[_equal(one, alarm)].append(alarm)
    return found


def _equal(one: Inhibition, alarm: Labelled) -> Equal:
    return tuple(alarm.labels[name] for name in one.equal)


def _inhibits(one: Inhibition, source: Labelled, target: Labelled) -> bool:
    return source.id != target.id and one.inhibits(source.labels, target.labels)
