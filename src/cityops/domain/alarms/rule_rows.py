"""Rows of a file of alarm rules: cells become a rule, a rule becomes cells, each fault with its column and remedy."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from cityops.domain.alarms.matchers import LABELS, Inhibition, MatcherError, inhibitions
from cityops.domain.alarms.misfits import misfits
from cityops.domain.alarms.rules import (
    GROUP_INTERVAL,
    GROUP_WAIT,
    PRIORITIES,
    REPEAT_INTERVAL,
    AlarmRule,
    Applies,
    BasisMark,
    ConditionKind,
    Grouping,
    LevelLimit,
    ModeLimits,
    Rationale,
    RuleClass,
    RuleSubject,
    Wording,
)
from cityops.domain.metrics import Direction, Metric, WarningLevel
from cityops.domain.modes.modes import ModeKind
from cityops.domain.registration.cells import BadRow, number, shown

LEVELS = tuple(level for level in WarningLevel if level is not WarningLevel.NONE)
IN_MODES = {f"limits_{kind}": kind for kind in ModeKind if kind is not ModeKind.NORMAL}
"""Columns of the limits that judge while a mode of the rule's matter holds."""
RATIONALE = ("cause", "consequence", "response", "priority_reason")

COLUMNS = (
    *("code", "version", "name_zh", "name_en", "class", "subject", "metric", "share_of"),
    *("kinds", "regions", "sources", "devices", "condition", "direction", "limits_of"),
    *(level.name.lower() for level in LEVELS),
    *("hysteresis", "priority", "window_s", "from_value", "on_delay_s", "off_delay_s", "latched_from", "realarm_s"),
    *("group_by", "group_wait_s", "group_interval_s", "repeat_interval_s", "inhibits"),
    *(f"{name}_{language}" for name in RATIONALE for language in ("zh", "en")),
    *("basis_zh", "basis_en", "basis_mark"),
    *IN_MODES,
    *("modes_basis_zh", "modes_basis_en", "modes_basis_mark"),
)
REQUIRED = ("code", "name_zh", "name_en", "class", "subject", "condition", "priority", "basis_mark")

LONGEST_DELAY_S = 86_400
LONGEST_WINDOW_S = 7_200
LONGEST_TEXT = 500

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a rule may name."""

    metrics: Mapping[str, Metric]
    kinds: frozenset[str]
    regions: frozenset[str]
    sources: frozenset[str]


@dataclass
class Cells:
    """The cells of a row while it is read: what is wrong with each is kept, and the others are read all the same."""

    row: Mapping[str, str | None]
    faults: list[BadRow] = field(default_factory=list)

    def text(self, column: str) -> str:
        """Return a cell without surrounding blanks."""
        return (self.row.get(column) or "").strip()

    def take(self, column: str, read: Callable[[str], Value], default: Value) -> Value:
        """Return what a cell holds; the default where it is empty, or wrong, which is noted."""
        text = self.text(column)
        try:
            return read(text) if text else default
        except BadRow as bad:
            self.faults.append(bad)
            return default

    def fault(self, column: str, reason: str, remedy: str) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(BadRow(column, reason, remedy))

    def word(self, column: str, words: type[Word], default: Word) -> Word:
        """Return one of the declared words."""

        def read(text: str) -> Word:
            if text not in set(words):
                raise BadRow(column, f"{shown(text)} is none of its words", f"write one of {', '.join(words)}")
            return words(text)

        return self.take(column, read, default)

    def number(self, column: str, least: float, greatest: float) -> float | None:
        """Return a number, None where the cell is empty."""
        return self.take(column, lambda text: number(column, text, least, greatest), None)

    def seconds(self, column: str, greatest: float, default: timedelta = timedelta(0)) -> timedelta:
        """Return a length of time."""
        return self.take(column, lambda text: timedelta(seconds=number(column, text, 0, greatest)), default)

    def names(self, column: str, known: frozenset[str] | None = None, what: str = "") -> tuple[str, ...]:
        """Return words parted by blanks, each of which is known."""
        found = tuple(self.text(column).split())
        for name in found if known is not None else ():
            if name not in (known or ()):
                self.fault(column, f"{shown(name)} is not {what}", "correct it, or take it out")
        return found

    def prose(self, column: str) -> str:
        """Return a text that screens can hold."""

        def read(text: str) -> str:
            if _CONTROL.search(text) or len(text) > LONGEST_TEXT:
                reason = f"{shown(text)} has control characters or more than {LONGEST_TEXT} characters"
                raise BadRow(column, reason, "take out what is not seen, or shorten it")
            return text

        return self.take(column, read, "")

    def said(self, name: str) -> Wording:
        """Return a text in both languages."""
        return Wording(self.prose(f"{name}_zh"), self.prose(f"{name}_en"))


def read_rule(row: Mapping[str, str | None], declared: Declared) -> tuple[AlarmRule, list[BadRow]]:
    """Make a rule of a row of text by column name; the rule is worth nothing where there are faults."""
    cells = Cells(row)
    for column in REQUIRED:
        if not cells.text(column):
            cells.fault(column, "empty or missing", "fill it in")
    if (code := cells.text("code")) and not _CODE.fullmatch(code):
        cells.fault(
            "code", f"{shown(code)} cannot be a rule's code", "use up to 64 of a-z, 0-9 and _, a letter first"
        )
    subject = cells.word("subject", RuleSubject, RuleSubject.METRIC)
    condition = cells.word("condition", ConditionKind, ConditionKind.THRESHOLD)
    metric = _metric(cells, subject, declared)
    direction = cells.word("direction", Direction, metric.direction if metric else Direction.HIGH)
    rule = AlarmRule(
        code,
        cells.said("name"),
        cells.word("class", RuleClass, RuleClass.HEALTH),
        subject,
        condition,
        direction,
        _limits(cells),
        cells.seconds("on_delay_s", LONGEST_DELAY_S),
        cells.seconds("off_delay_s", LONGEST_DELAY_S),
        cells.text("metric"),
        cells.text("share_of"),
        cells.seconds("window_s", LONGEST_WINDOW_S),
        cells.number("from_value", -1e12, 1e12),
        cells.text("limits_of") == "metric",
        _applies(cells, declared),
        _level(cells, "latched_from"),
        cells.seconds("realarm_s", LONGEST_DELAY_S) or None,
        _grouping(cells),
        _inhibits(cells),
        Rationale(*(cells.said(name) for name in RATIONALE)),
        cells.said("basis"),
        cells.word("basis_mark", BasisMark, BasisMark.DEFAULT),
        tuple(_in_modes(cells)),
        cells.said("modes_basis"),
        cells.word("modes_basis_mark", BasisMark, BasisMark.DEFAULT),
        round(cells.number("version", 1, 32_767) or 0),
    )
    if not cells.faults:
        cells.faults += misfits(rule, metric)
    if cells.text("limits_of") not in {"", "metric"}:
        cells.fault(
            "limits_of", f"{shown(cells.text('limits_of'))} has no limits to take", "write metric, or nothing"
        )
    return rule, cells.faults


def _metric(cells: Cells, subject: RuleSubject, declared: Declared) -> Metric | None:
    code = cells.text("metric")
    if subject not in {RuleSubject.METRIC, RuleSubject.INDICATOR}:
        if code:
            cells.fault("metric", f"a rule on {subject} has none", "take it out, or write subject metric")
        return None
    if not code:
        cells.fault("metric", "empty or missing", "fill it in")
    elif code not in declared.metrics:
        cells.fault("metric", f"{shown(code)} is no declared metric", "write one of docs/reference/metrics.md")
    return declared.metrics.get(code)


def _applies(cells: Cells, declared: Declared) -> Applies:
    regions = cells.names("regions")
    for prefix in regions:
        if not any(code.startswith(prefix) for code in declared.regions):
            cells.fault(
                "regions", f"no region begins with {shown(prefix)}", "write a district's 6 digits or a street's 9"
            )
    return Applies(
        frozenset(cells.names("kinds", declared.kinds, "a declared kind of device")),
        regions,
        frozenset(cells.names("sources", declared.sources, "a declared source system")),
        cells.prose("devices"),
    )


def _level(cells: Cells, column: str) -> WarningLevel:
    words = {level.name.lower(): level for level in LEVELS}

    def read(text: str) -> WarningLevel:
        if text not in words:
            raise BadRow(column, f"{shown(text)} is no level", f"write one of {', '.join(words)}")
        return words[text]

    return cells.take(column, read, WarningLevel.NONE)


def _limits(cells: Cells) -> tuple[LevelLimit, ...]:
    values = {level: cells.number(level.name.lower(), -1e12, 1e12) for level in LEVELS}
    used = [(level, value) for level, value in values.items() if value is not None]
    if not used:
        cells.fault("blue, yellow, orange, red", "no level has a limit", "fill in one at least")
    hysteresis = _of_each(cells, "hysteresis", len(used), 0.0, (0, 1e12))
    priority = _of_each(cells, "priority", len(used), 3.0, (PRIORITIES[0], PRIORITIES[-1]))
    if any(one != round(one) for one in priority):
        cells.fault("priority", "a priority is no whole number", "write 1, 2 or 3")
    return tuple(
        LevelLimit(level, value, width, round(urgency))
        for (level, value), width, urgency in zip(used, hysteresis, priority, strict=True)
    )


def _of_each(cells: Cells, column: str, levels: int, default: float, bounds: tuple[float, float]) -> list[float]:
    """Return a number for each level with a limit, from as many numbers or one for all."""

    def read(text: str) -> list[float]:
        found = [number(column, word, *bounds) for word in text.split()]
        if len(found) not in {1, levels}:
            raise BadRow(column, f"{len(found)} numbers for {levels} levels", "write one, or one for each level used")
        return found * levels if len(found) == 1 else found

    return cells.take(column, read, [default] * levels)


def _in_modes(cells: Cells) -> Iterator[ModeLimits]:
    """Yield the limits of each kind of mode that has some, written as `orange=20 red=30`."""
    for column, kind in IN_MODES.items():
        named = dict(word.partition("=")[::2] for word in cells.text(column).split())
        known = {level.name.lower(): level for level in LEVELS}
        if unknown := named.keys() - known.keys():
            reason = f"{shown(min(unknown))} is no level"
            cells.fault(column, reason, f"write level=value, with {', '.join(known)}")
        elif named:
            row = Cells({level: named.get(level) for level in known})
            values = [(level, row.number(name, -1e12, 1e12)) for name, level in known.items()]
            cells.faults += [BadRow(column, f"{bad.column}: {bad.reason}", bad.remedy) for bad in row.faults]
            if empty := [name for name, value in named.items() if not value]:
                cells.fault(column, f"{empty[0]} has no value", "write it after the =")
            yield ModeLimits(kind, tuple((level, value) for level, value in values if value is not None))


def _grouping(cells: Cells) -> Grouping:
    by = cells.names("group_by", frozenset(LABELS), f"one of the labels {', '.join(LABELS)}")
    return Grouping(
        by or Grouping().by,
        cells.seconds("group_wait_s", LONGEST_DELAY_S, GROUP_WAIT),
        cells.seconds("group_interval_s", LONGEST_DELAY_S, GROUP_INTERVAL),
        cells.seconds("repeat_interval_s", 7 * LONGEST_DELAY_S, REPEAT_INTERVAL),
    )


def _inhibits(cells: Cells) -> tuple[Inhibition, ...]:
    def read(text: str) -> tuple[Inhibition, ...]:
        try:
            return inhibitions(text)
        except MatcherError as error:
            raise BadRow("inhibits", error.reason, error.remedy) from None

    return cells.take("inhibits", read, ())


def to_row(rule: AlarmRule) -> dict[str, str]:
    """Return the cells that a rule is made of again, by column; what says nothing is left out, and its version."""
    row = {
        "code": rule.code,
        "class": rule.rule_class.value,
        "subject": rule.subject.value,
        "metric": rule.metric,
        "share_of": rule.share_of,
        "condition": rule.condition.value,
        "direction": rule.direction.value,
        "limits_of": "metric" if rule.as_metric else "",
        "window_s": _seconds(rule.window),
        "from_value": "" if rule.from_value is None else _digits(rule.from_value),
        "on_delay_s": _seconds(rule.on_delay),
        "off_delay_s": _seconds(rule.off_delay),
        "latched_from": rule.latched_from.name.lower() if rule.latched_from else "",
        "realarm_s": "" if rule.realarm is None else _seconds(rule.realarm),
        "inhibits": "; ".join(map(str, rule.inhibits)),
        "basis_mark": rule.basis_mark.value,
    }
    row |= {limit.level.name.lower(): _digits(limit.value) for limit in rule.limits}
    row |= {column: _cell_of_mode(rule, kind) for column, kind in IN_MODES.items()}
    row |= {"modes_basis_mark": rule.modes_basis_mark.value} if rule.in_modes else {}
    row |= _cells_of_each(rule) | _cells_of_applies(rule.applies) | _cells_of_grouping(rule.grouping)
    texts = {"name": rule.name, "basis": rule.basis, "modes_basis": rule.modes_basis}
    texts |= {name: getattr(rule.rationale, name) for name in RATIONALE}
    for name, said in texts.items():
        row |= {f"{name}_zh": said.zh, f"{name}_en": said.en}
    return {column: row[column] for column in COLUMNS if row.get(column)}


def _cell_of_mode(rule: AlarmRule, kind: ModeKind) -> str:
    values = (one.values for one in rule.in_modes if one.kind is kind)
    return " ".join(f"{level.name.lower()}={_digits(value)}" for some in values for level, value in some)


def _cells_of_each(rule: AlarmRule) -> dict[str, str]:
    widths = [_digits(limit.hysteresis) for limit in rule.limits]
    urgencies = [str(limit.priority) for limit in rule.limits]
    folded = {"hysteresis": widths, "priority": urgencies}
    row = {column: " ".join(cells if len(set(cells)) > 1 else cells[:1]) for column, cells in folded.items()}
    return row | ({"hysteresis": ""} if row["hysteresis"] == "0" else {})


def _cells_of_applies(applies: Applies) -> dict[str, str]:
    return {
        "kinds": " ".join(sorted(applies.kinds)),
        "regions": " ".join(applies.regions),
        "sources": " ".join(sorted(applies.sources)),
        "devices": applies.devices,
    }


def _cells_of_grouping(grouping: Grouping) -> dict[str, str]:
    usual = Grouping()
    row = {"group_by": " ".join(grouping.by) if grouping.by != usual.by else ""}
    for column, name in (("group_wait_s", "wait"), ("group_interval_s", "interval"), ("repeat_interval_s", "repeat")):
        length: timedelta = getattr(grouping, name)
        row[column] = "" if length == getattr(usual, name) else _digits(length.total_seconds())
    return row


def _seconds(length: timedelta) -> str:
    return _digits(length.total_seconds()) if length else ""


def _digits(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
