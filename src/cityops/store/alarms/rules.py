"""Alarm rules in the store: those in force, every version there was, and a whole set that takes the place of another.

A rule is kept as the cells of its row in a file; the reader of files makes the rule of them again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from cityops.domain.alarms.rule_rows import IN_MODES, Declared, read_rule, to_row
from cityops.domain.alarms.rules import AlarmRule
from cityops.store.engine import WriteConnection
from cityops.store.metrics import metrics
from cityops.store.tables import alarm_rule, device_kind, region, source_system

SHIPPED = "cityops"
"""Who set the rules that come with the platform."""

_c = alarm_rule.c
_SWAP = text("SELECT pg_advisory_xact_lock(hashtext('cityops.alarm_rule'))")
_IN_FORCE = _c.until.is_(None)


@dataclass(frozen=True, slots=True)
class KeptRule:
    """A version of a rule, who set it and when; `until` is when it ended, None while it is in force."""

    rule: AlarmRule
    since: datetime
    set_by: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """What a new set of rules made of the one before: codes of rules."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    retired: tuple[str, ...]
    unchanged: tuple[str, ...]


def declared(connection: Connection) -> Declared:
    """Return what rules may name, as the database has it."""
    return Declared(
        {metric.code: metric for metric in metrics(connection).values()},
        frozenset(connection.scalars(select(device_kind.c.code))),
        frozenset(connection.scalars(select(region.c.code))),
        frozenset(connection.scalars(select(source_system.c.code).where(source_system.c.carries == "readings"))),
    )


def in_force(connection: Connection) -> list[AlarmRule]:
    """Return the rules in force, each with its version, in order of code."""
    return [kept.rule for kept in _kept(connection, select(alarm_rule).where(_IN_FORCE).order_by(_c.code))]


def versions(connection: Connection, code: str | None = None) -> list[KeptRule]:
    """Return the versions of one rule, newest first; without a code the newest of every rule, retired or not."""
    if code is not None:
        return _kept(connection, select(alarm_rule).where(_c.code == code).order_by(_c.version.desc()))
    newest = select(_c.code, func.max(_c.version)).group_by(_c.code)
    return _kept(connection, select(alarm_rule).where(tuple_(_c.code, _c.version).in_(newest)).order_by(_c.code))


def one(connection: Connection, code: str, version: int) -> AlarmRule | None:
    """Return a version of a rule, as an alarm that bears it was raised by; None if there is none."""
    found = _kept(connection, select(alarm_rule).where(_c.code == code, _c.version == version))
    return found[0].rule if found else None


def moved_in_modes(connection: Connection, at: datetime) -> list[AlarmRule]:
    """Return the rules that were in force at a moment and have other limits in some mode."""
    then = (_c.since <= at, or_(_c.until.is_(None), _c.until > at))
    moved = or_(*(_c.definition.has_key(column) for column in IN_MODES))
    return [kept.rule for kept in _kept(connection, select(alarm_rule).where(*then, moved).order_by(_c.code))]


def stamp(connection: Connection) -> datetime | None:
    """Return when rules were last set or retired: whoever keeps a copy of them asks for this alone."""
    newest: datetime | None = connection.scalar(select(func.max(func.greatest(_c.since, _c.until))))
    return newest


def _kept(connection: Connection, statement: Select[Any]) -> list[KeptRule]:
    known = declared(connection)
    return [_read(row, known) for row in connection.execute(statement).mappings()]


def _read(row: RowMapping, known: Declared) -> KeptRule:
    rule, _ = read_rule(row["definition"], known)  # what was right when it was set is still what was meant
    return KeptRule(replace(rule, version=row["version"]), row["since"], row["set_by"], row["until"])


def hold(connection: WriteConnection) -> None:
    """Have whoever else sets rules wait until this transaction is over; what is read from now on stays so."""
    connection.execute(_SWAP)


def set_all(connection: WriteConnection, rules: Sequence[AlarmRule], by: str) -> RuleChanges:
    """Have these rules take the place of those in force; a rule that differs gets the next version.

    One at a time: whoever comes second sees what the first has set. The instant of all is that of the transaction.
    """
    hold(connection)
    made = compare(in_force(connection), rules)
    if ended := [*made.changed, *made.retired]:
        connection.execute(update(alarm_rule).where(_IN_FORCE, _c.code.in_(ended)).values(until=func.now()))
    if fresh := [rule for rule in rules if rule.code not in made.unchanged]:
        newest = _newest_versions(connection)
        connection.execute(insert(alarm_rule), [_row(rule, newest.get(rule.code, 0) + 1, by) for rule in fresh])
    return made


def compare(before: Sequence[AlarmRule], after: Sequence[AlarmRule]) -> RuleChanges:
    """Return what a set of rules makes of the one before."""
    current, given = ({rule.code: to_row(rule) for rule in rules} for rules in (before, after))
    both = current.keys() & given.keys()
    same = {code for code in both if current[code] == given[code]}
    added, retired = given.keys() - current.keys(), current.keys() - given.keys()
    return RuleChanges(*(tuple(sorted(codes)) for codes in (added, both - same, retired, same)))


def add_shipped(connection: WriteConnection, rules: Iterable[AlarmRule]) -> int:
    """Put rules that come with the platform in force where there was never one of their code; return how many."""
    statement = upsert(alarm_rule).on_conflict_do_nothing().returning(_c.code)
    return len(connection.execute(statement, [_row(rule, 1, SHIPPED) for rule in rules]).all())


def _newest_versions(connection: Connection) -> Mapping[str, int]:
    rows = connection.execute(select(_c.code, func.max(_c.version).label("newest")).group_by(_c.code))
    return {row.code: row.newest for row in rows}


def _row(rule: AlarmRule, version: int, by: str) -> dict[str, Any]:
    return {
        "code": rule.code,
        "version": version,
        "class": rule.rule_class.value,
        "subject": rule.subject.value,
        "metric": rule.metric or None,
        "definition": to_row(rule),
        "set_by": by,
    }
