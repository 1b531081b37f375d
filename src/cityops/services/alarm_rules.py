"""Acts on alarm rules: a sound file takes the place of those in force, one with a fault changes nothing; audited."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from cityops.domain.alarms.rule_rows import COLUMNS, to_row
from cityops.domain.alarms.rule_sets import RuleFault, RuleSet, read_set
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.audit import Action, Actor
from cityops.errors import CityopsError
from cityops.store.access import audit
from cityops.store.alarms import rules
from cityops.store.alarms.rules import RuleChanges
from cityops.store.engine import WriteConnection


class RulesRefusedError(CityopsError):
    """A set of rules with faults, all of which are named; the rules before stay in force."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        told = "\n".join(map(str, faults))
        super().__init__(f"{told}\nfaults: {len(faults)}; the rules in force stay as they are")
        self.faults = tuple(faults)


def checked(connection: WriteConnection, lines: Iterable[str]) -> tuple[AlarmRule, ...]:
    """Return the rules of a file, held against what the database declares.

    Raises
    ------
    RulesRefusedError
        Something in the file is wrong, or it is older than what is in force.
    """
    judged = read_set(lines, rules.declared(connection))
    if faults := judged.faults or tuple(_outdated(connection, judged)):
        raise RulesRefusedError(faults)
    return judged.rules


def _outdated(connection: WriteConnection, judged: RuleSet) -> Iterator[RuleFault]:
    """Yield a fault for each rule whose version somebody else has replaced since the file was written."""
    newest = {kept.rule.code: kept for kept in rules.versions(connection)}
    for line, rule in zip(judged.lines, judged.rules, strict=True):
        kept = newest.get(rule.code)
        if not rule.version or (kept and kept.rule.version == rule.version and kept.until is None):
            continue
        if kept is None or kept.rule.version < rule.version:
            reason = f"there is no version {rule.version} of it"
        elif kept.until is not None:
            reason = f"it was retired at {kept.until:%Y-%m-%d %H:%M} UTC"
        else:
            before = rules.one(connection, rule.code, rule.version)
            columns = ", ".join(_differing(before, kept.rule)) if before else "all"
            when = f"{kept.since:%Y-%m-%d %H:%M} UTC"
            reason = f"{kept.set_by} set version {kept.rule.version} at {when}, changing {columns}"
        yield RuleFault(line, rule.code, "version", reason, "export the rules again and change those")


def _differing(one: AlarmRule, other: AlarmRule) -> list[str]:
    row, second = to_row(one), to_row(other)
    return [column for column in COLUMNS if row.get(column) != second.get(column)]


def import_rules(connection: WriteConnection, actor: Actor, lines: Iterable[str], file: str) -> RuleChanges:
    """Have the rules of a file take the place of those in force; return what that changed.

    Raises
    ------
    RulesRefusedError
        Something in the file is wrong; nothing is done then.
    """
    rules.hold(connection)
    made = rules.set_all(connection, checked(connection, lines), actor.name)
    detail = {name: list(codes) for name, codes in asdict(made).items() if name != "unchanged"}
    audit.record(connection, actor, Action.ALARM_RULES_IMPORT, file, detail=detail)
    return made
