"""Acts on alarm rules: a sound file takes the place of those in force, one with a fault changes nothing; audited."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from cityops.domain.alarms.rule_sets import RuleFault, read_set
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
        Something in the file is wrong.
    """
    judged = read_set(lines, rules.declared(connection))
    if judged.faults:
        raise RulesRefusedError(judged.faults)
    return judged.rules


def import_rules(connection: WriteConnection, actor: Actor, lines: Iterable[str], file: str) -> RuleChanges:
    """Have the rules of a file take the place of those in force; return what that changed.

    Raises
    ------
    RulesRefusedError
        Something in the file is wrong; nothing is done then.
    """
    made = rules.set_all(connection, checked(connection, lines), actor.name)
    detail = {name: list(codes) for name, codes in asdict(made).items() if name != "unchanged"}
    audit.record(connection, actor, Action.ALARM_RULES_IMPORT, file, detail=detail)
    return made
