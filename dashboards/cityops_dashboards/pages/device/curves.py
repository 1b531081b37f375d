"""What a device measured within a day: the curve of each metric, with the limits of its rules and its alarms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cityops import reference
from cityops.domain.alarms.rule_rows import Declared, read_rule
from cityops.domain.alarms.rules import AlarmRule, ConditionKind, RuleSubject
from cityops.domain.metrics import Direction, WarningLevel
from cityops_dashboards import display
from cityops_dashboards.figures.curve import GAP, CurveDrawing, CurveFrame, CurveSpell, curve, spell
from cityops_dashboards.figures.plan import NAMES
from cityops_dashboards.pages.case.progress import span
from cityops_dashboards.pages.desk.alarms import metric_name, metric_of, metric_unit, number
from cityops_dashboards.texts import text

FRAMES = {2: CurveFrame(460, 210, left=44, right=88), 99: CurveFrame(460, 118, left=44, right=88)}
"""How large curves are drawn where there are at most so many."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MetricCard:
    """One metric of a device: its newest value and how old that is, how many readings came, its curve, its rules."""

    code: str
    name: str
    unit: str
    value: str
    newest_ts: str | None
    coverage: str
    frame: CurveFrame
    drawing: CurveDrawing | None
    spells: Sequence[CurveSpell]
    rules: Sequence[str]


def in_force(rows: Sequence[Body], device: Body) -> list[AlarmRule]:
    """Return the rules of the API that are about a device."""
    declared = Declared(
        {one.code: one for one in reference.metrics()},
        frozenset(one.code for one in reference.device_kinds()),
        frozenset(one.code for one in reference.regions()),
        frozenset(row["code"] for row in reference.rows("source_systems")),
    )
    rules = (read_rule(row["definition"] | {"version": str(row["version"])}, declared)[0] for row in rows)
    of = (device["kind"], device["region_code"], device["source"], device["code"])
    return [rule for rule in rules if rule.applies.covers(*of)]


@dataclass(frozen=True, slots=True)
class _Day:
    """What the curves of a device are drawn of, and how large."""

    curves: Body
    interval_s: int
    frame: CurveFrame
    now: datetime

    @property
    def start(self) -> datetime:
        return _at(self.curves["start"])

    @property
    def end(self) -> datetime:
        return _at(self.curves["end"])

    @property
    def gap(self) -> timedelta:
        """What is longer is a gap: the curve has two readings of a piece, wherever these lie in it."""
        return timedelta(seconds=max(GAP * self.interval_s, 2 * self.curves["piece_s"]))


def cards(
    curves: Body, device: Body, rules: Sequence[AlarmRule], alarms: Sequence[Body], now: datetime, lang: str
) -> list[MetricCard]:
    """Return a card for each metric of a device, those in alarm first."""
    open_ = {row["metric"]: row["level"] for row in alarms if row["cleared_at"] is None}
    order = [one.code for one in reference.metrics()]
    rows = sorted(curves["items"], key=lambda row: (-open_.get(row["metric"], 0), order.index(row["metric"])))
    frame = next(one for most, one in FRAMES.items() if len(rows) <= most)
    day = _Day(curves, device["expected_interval_s"], frame, now)
    return [_card(row, day, _of_metric(row["metric"], rules), alarms, lang) for row in rows]


def _of_metric(code: str, rules: Sequence[AlarmRule]) -> list[AlarmRule]:
    return [rule for rule in rules if rule.subject is RuleSubject.METRIC and rule.metric == code]


def _card(row: Body, day: _Day, rules: Sequence[AlarmRule], alarms: Sequence[Body], lang: str) -> MetricCard:
    code, newest = row["metric"], row["newest"]
    return MetricCard(
        code=code,
        name=metric_name(code, lang),
        unit=metric_unit(code, lang),
        value=number(code, newest["value"]) if newest else "",
        newest_ts=newest["ts"] if newest else None,
        coverage=coverage(row["n"], day.curves["expected"], lang),
        frame=day.frame,
        drawing=_drawn(row, day, rules) if newest else None,
        spells=[*_spells([one for one in alarms if one["metric"] == code], day)],
        rules=[*_told(rules, lang)],
    )


def coverage(n: int, expected: int, lang: str) -> str:
    """Return how many readings came of those that were owed; late ones and those sent twice make no more than all."""
    if not expected:
        return text(lang, "device.owed_none", n=f"{n:,}")
    share = min(100, int(100 * n / expected))  # 99.9 % are not all
    return text(lang, "device.coverage", share=share, n=f"{n:,}", expected=f"{expected:,}")


def _drawn(row: Body, day: _Day, rules: Sequence[AlarmRule]) -> CurveDrawing:
    points = [(_at(one["ts"]), one["value"]) for one in row["points"]]
    known = metric_of(row["metric"])
    usual = display.span(known) if known else None
    near = within_reach(limits(rules), [value for _, value in points])
    return curve(day.frame, points, near, day.start, day.end, base=max(0.0, usual[0]) if usual else 0.0, gap=day.gap)


def limits(rules: Sequence[AlarmRule]) -> dict[WarningLevel, float]:
    """Return the limit of each level that rules hold values against, the least grave first.

    Of several rules it is that which is reached first.
    """
    found: dict[WarningLevel, float] = {}
    for rule in rules:
        first = min if rule.direction is Direction.HIGH else max
        for one in rule.limits if rule.condition is ConditionKind.THRESHOLD else ():
            found[one.level] = first(found.get(one.level, one.value), one.value)
    return dict(sorted(found.items()))


def within_reach(found: Mapping[WarningLevel, float], values: Sequence[float]) -> dict[WarningLevel, float]:
    """Return the limits that values have reached, and the next: beside those far off nothing else could be read."""
    near: dict[WarningLevel, float] = {}
    falls = len(found) > 1 and [*found.values()] == sorted(found.values(), reverse=True)
    for level, limit in found.items():
        near[level] = limit
        if min(values) > limit if falls else max(values) < limit:
            break
    return near


def _spells(alarms: Sequence[Body], day: _Day) -> Iterator[CurveSpell]:
    """Yield when alarms stood, the gravest last, so that it lies on top."""
    for row in sorted(alarms, key=lambda row: row["worst_level"]):
        until = row["gone_at"] or row["cleared_at"]
        lasted = _at(row["onset"]), _at(until) if until else day.now
        if found := spell(day.frame, lasted, day.start, day.end, WarningLevel(row["worst_level"])):
            yield found


def _told(rules: Sequence[AlarmRule], lang: str) -> Iterator[str]:
    """Yield the rules in a sentence each, with all their limits."""
    for rule in rules:
        said = {"name": getattr(rule.name, lang), "version": rule.version, "limits": levels(rule, lang)}
        said |= {"unit": metric_unit(rule.metric, lang)}
        lasting = text(lang, "device.rule_delay", span=span(rule.on_delay, lang)) if rule.on_delay else ""
        if rule.condition is ConditionKind.RATE:
            key = "device.rule_rises" if rule.direction is Direction.HIGH else "device.rule_falls"
            yield text(lang, key, **said, span=span(rule.window, lang)) + lasting
        else:
            yield text(lang, "device.rule", **said).rstrip() + lasting


def levels(rule: AlarmRule, lang: str) -> str:
    """Return the limits of a rule with the names of their levels."""
    return " ".join(f"{text(lang, f'level.{NAMES[one.level]}')} {one.value:g}" for one in rule.limits)


def of_silence(rules: Sequence[AlarmRule], lang: str) -> list[str]:
    """Return the rules that warn of a device of which nothing comes."""
    found = (rule for rule in rules if rule.condition is ConditionKind.NO_DATA)
    return [
        text(
            lang,
            "device.rule_silence",
            name=getattr(rule.name, lang),
            version=rule.version,
            limits=levels(rule, lang),
        )
        for rule in found
    ]


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
