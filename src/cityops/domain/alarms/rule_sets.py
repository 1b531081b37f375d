"""A file of alarm rules judged as a whole: one fault refuses it whole, and the rules before stay in force.

Lines of text go in; rules, or faults with line, column, reason and remedy come out.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cityops.domain.alarms.matchers import Inhibition, Matcher, loop
from cityops.domain.alarms.rule_rows import COLUMNS, REQUIRED, Declared, read_rule
from cityops.domain.alarms.rules import SILENT, AlarmRule, RuleSubject
from cityops.domain.metrics import WarningLevel
from cityops.domain.registration.cells import BadRow, shown


@dataclass(frozen=True, slots=True)
class RuleFault:
    """What is wrong with a file of rules, where, and what to do about it."""

    line: int
    code: str
    column: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"line {self.line}, {self.code or '?'}: {self.column}: {self.reason}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules in the order of their file, and all that is wrong with it; with faults it is refused as a whole."""

    rules: tuple[AlarmRule, ...]
    faults: tuple[RuleFault, ...]
    lines: tuple[int, ...] = ()
    """Of each rule."""


def read_set(lines: Iterable[str], declared: Declared) -> RuleSet:
    """Read a CSV file of rules, whose first line names the columns in any order, and judge it as a whole."""
    reader = csv.reader(lines, strict=True)
    faults: list[RuleFault] = []
    numbered: list[tuple[int, AlarmRule]] = []
    last = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        faults += _header(header)
        for cells in reader if not faults else ():
            last = reader.line_num
            if cells:
                rule, some = _row(cells, header, declared)
                code = rule.code if rule else ""
                faults += [RuleFault(last, code, bad.column, bad.reason, bad.remedy) for bad in some]
                numbered += [(last, rule)] if rule else []
    except csv.Error as error:
        remedy = "close the quotes, and double those inside"
        faults.append(RuleFault(last + 1, "", "file", f"it is no CSV from here on: {error}", remedy))
    if not numbered and not faults:
        faults.append(RuleFault(1, "", "file", "no rule stands in it", "write one in each line after the first"))
    faults += _as_a_whole(numbered)
    told = tuple(sorted(faults, key=lambda fault: fault.line))
    return RuleSet(tuple(rule for _, rule in numbered), told, tuple(line for line, _ in numbered))


def _header(header: Sequence[str]) -> Iterator[RuleFault]:
    for name in (name for name in REQUIRED if name not in header):
        yield RuleFault(1, "", name, "the first line must name the columns, and does not name it", "add the column")
    for name in (name for name in header if name not in COLUMNS):
        yield RuleFault(1, "", shown(name)[1:-1], "no such column", f"write one of {', '.join(COLUMNS)}")
    for name, count in Counter(header).items():
        if count > 1:
            yield RuleFault(1, "", shown(name)[1:-1], "named twice", "take one out")


def _row(
    cells: Sequence[str], header: Sequence[str], declared: Declared
) -> tuple[AlarmRule | None, Sequence[BadRow]]:
    if len(cells) != len(header):
        reason = f"it has {len(cells)} cells, the first line has {len(header)}"
        return None, [BadRow("row", reason, "quote cells that hold a comma")]
    return read_rule(dict(zip(header, cells, strict=True)), declared)


def _as_a_whole(numbered: Sequence[tuple[int, AlarmRule]]) -> Iterator[RuleFault]:
    lines: dict[str, int] = {}
    for line, rule in numbered:
        if rule.code in lines:
            yield RuleFault(
                line, rule.code, "code", f"it stands in line {lines[rule.code]} already", "keep one of them"
            )
        lines.setdefault(rule.code, line)
    rules = {rule.code: rule for _, rule in numbered}
    for line, rule in numbered:
        for bad in (*_shares(rule, rules), *_targets(rule, rules)):
            yield RuleFault(line, rule.code, bad.column, bad.reason, bad.remedy)
    if around := loop(edges(list(rules.values()))):
        told = " > ".join(f"{code} {level}" for code, _, level in (node.partition(":") for node in around))
        code = around[0].partition(":")[0]
        remedy = "take one of them out: each would wait for the other to end"
        yield RuleFault(lines[code], code, "inhibits", f"a loop: {told}", remedy)


def _shares(rule: AlarmRule, rules: Mapping[str, AlarmRule]) -> Iterator[BadRow]:
    if rule.subject is not RuleSubject.SHARE or rule.share_of in {"", SILENT}:
        return
    of = rules.get(rule.share_of)
    if of is None:
        yield BadRow("share_of", f"there is no rule {shown(rule.share_of)}", "write silent or a rule of this file")
    elif of.subject is RuleSubject.SHARE:
        yield BadRow("share_of", f"{rule.share_of} is of a share itself", "name a rule on devices")


def _targets(rule: AlarmRule, rules: Mapping[str, AlarmRule]) -> Iterator[BadRow]:
    for one in rule.inhibits:
        for matcher in (*one.source, *one.target):
            unknown = sorted(matcher.values - rules.keys()) if matcher.label == "rule" else []
            if unknown:
                yield BadRow("inhibits", f"there is no rule {shown(unknown[0])}", "name a rule of this file")
                break
        else:
            if not any(_may(one.target, other, level) for other in rules.values() for level in levels_of(other)):
                yield BadRow("inhibits", f"`{one}` meets no rule of this file", "correct the target")
            if not any(_may(one.source, rule, level) for level in levels_of(rule)):
                yield BadRow("inhibits", f"`{one}` never holds for this rule", "correct what stands before the >")


def levels_of(rule: AlarmRule) -> Sequence[WarningLevel]:
    """Return the levels that a rule's alarms may have."""
    return [limit.level for limit in rule.limits]


def edges(rules: Sequence[AlarmRule]) -> dict[str, list[str]]:
    """Return which alarms may keep which quiet, each as `rule:level`; a label that devices have may be any."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for level in levels_of(rule):
            for one in rule.inhibits:
                if _may(one.source, rule, level):
                    found.setdefault(_node(rule, level), []).extend(_met(one, rules))
    return found


def _met(one: Inhibition, rules: Sequence[AlarmRule]) -> list[str]:
    return [_node(other, level) for other in rules for level in levels_of(other) if _may(one.target, other, level)]


def _node(rule: AlarmRule, level: WarningLevel) -> str:
    return f"{rule.code}:{level.name.lower()}"


def _may(matchers: Sequence[Matcher], rule: AlarmRule, level: WarningLevel) -> bool:
    """Tell whether some alarm of this rule and level may match."""
    labels = {
        "rule": rule.code,
        "class": rule.rule_class.value,
        "subject": rule.subject.value,
        "metric": rule.metric,
        "level": level.name.lower(),
        "priority": str(rule.priority_at(level)),
    }
    return all(one.matches(labels) for one in matchers if one.label in labels)
