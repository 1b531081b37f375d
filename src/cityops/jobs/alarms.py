"""The job `alarms`: from hints of the ingest to alarms, every 0.3 s, each turn one transaction and one snapshot.

Killed at any point it has done a turn or not begun it: hints are deleted by what writes the alarms made of them.
What is told of groups of alarms follows in a transaction of its own (`telling`).
"""

import time
from collections.abc import Iterable
from datetime import datetime

import psycopg
import structlog
from prometheus_client import Counter

from cityops.domain.alarms import course
from cityops.jobs.absences import EVERY_S as EVERY_LOOK_S
from cityops.jobs.absences import evaluate_absences
from cityops.jobs.evaluation import end, evaluate
from cityops.jobs.inhibition import inhibit
from cityops.jobs.leader import Job
from cityops.jobs.rulebook import Rulebook, looks_at_values
from cityops.jobs.telling import Teller
from cityops.store.alarms import entries, quiets, taking, touching, turns

EVERY_S = 0.3

TRIES = 5
"""Somebody who acknowledges an alarm that is just then being changed goes first; the turn is done again."""

NAMED = 10
"""Rules that a line of the log names."""

MOST_TURNS = 10
"""Turns one after the other while there is more than one takes."""

series_evaluated = Counter("cityops_alarm_series_total", "Series whose readings were held against rules")

log = structlog.get_logger()


def alarms() -> Job:
    """Return the job of evaluating alarm rules."""
    rulebook, teller = Rulebook(), Teller()
    looked = float("-inf")

    def turn(connection: psycopg.Connection) -> None:
        nonlocal looked
        looks = time.monotonic() - looked >= EVERY_LOOK_S
        for _ in range(MOST_TURNS):
            evaluated = _insisting(connection, rulebook, looks=looks)
            if looks:
                looked, looks = time.monotonic(), False
            series_evaluated.inc(evaluated)
            teller.looks(connection, rulebook.rules)
            if evaluated < turns.MOST_SERIES:
                return

    return Job("alarms", EVERY_S, turn)


def _insisting(connection: psycopg.Connection, rulebook: Rulebook, *, looks: bool) -> int:
    for left in reversed(range(TRIES)):
        try:
            with connection.transaction(), connection.cursor() as cursor:
                return _turn(cursor, rulebook, looks=looks)
        except (psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _turn(cursor: psycopg.Cursor, rulebook: Rulebook, *, looks: bool) -> int:
    now = turns.begin(cursor)
    rulebook.refresh(cursor)
    if rulebook.rules or taking.taken_up(cursor):
        _take_up(cursor, rulebook, now)
    evaluated, has_changed = evaluate(cursor, rulebook, now)
    if looks:
        evaluate_absences(cursor, rulebook, now)
    if looks or has_changed:  # in the same transaction: what is suppressed was never heard
        inhibit(cursor, rulebook, now)
    _release(cursor, now)
    entries.journal(cursor, [*quiets.end(cursor, now), *quiets.begin(cursor, None, now)])
    return evaluated


def _take_up(cursor: psycopg.Cursor, rulebook: Rulebook, now: datetime) -> None:
    """Bring what the job goes by to the rules in force."""
    known = {one.rule_code: one for one in taking.taken_up(cursor)}
    gone = [code for code in known if code not in rulebook.rules]
    if gone:
        end(cursor, entries.of_rules_gone(cursor, list(rulebook.rules)), course.RULE_GONE, now)
        taking.let_go(cursor, gone)
        log.info("alarm rules are no more", rules=_named(gone))
    new = {
        code: rule.version
        for code, rule in rulebook.rules.items()
        if code not in known or known[code].rule_version != rule.version
    }
    if new:
        taking.take_up(cursor, new, now)
        log.info("alarm rules taken up", rules=_named(f"{code} {version}" for code, version in new.items()))
    unsettled = [
        one.rule_code
        for one in known.values()
        if not one.is_settled and one.rule_code not in {*new, *gone} and now - one.taken_up_at >= taking.SETTLED_AFTER
    ]
    fresh = [code for code in (*new, *unsettled) if looks_at_values(rulebook.rules[code])]
    if fresh:
        touch = touching.of_rules(cursor.connection, [rulebook.rules[code] for code in fresh])
        taking.hint_at_newest(cursor, touch, fresh, now)
    if unsettled:
        taking.settle(cursor, unsettled)


def _named(rules: Iterable[str]) -> str:
    names = sorted(rules)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _release(cursor: psycopg.Cursor, now: datetime) -> None:
    released = course.released(entries.chattering(cursor), now)
    entries.change(cursor, [alarm for alarm, _ in released])
    entries.journal(cursor, [entry for _, entry in released])
