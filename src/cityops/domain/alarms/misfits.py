"""What does not fit together in one alarm rule whose cells can all be read: each with its column and remedy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from cityops.domain.alarms.rules import UPWARDS, AlarmRule, ConditionKind, RuleSubject, Wording
from cityops.domain.metrics import Direction, Metric
from cityops.domain.registration.cells import BadRow

_CONDITIONS = {
    RuleSubject.METRIC: (ConditionKind.THRESHOLD, ConditionKind.RATE, ConditionKind.NO_DATA),
    RuleSubject.DEVICE_STATE: (ConditionKind.NO_DATA,),
    RuleSubject.SHARE: (ConditionKind.SHARE,),
    RuleSubject.INDICATOR: (ConditionKind.DEVIATION,),
}
_LEVELS = "blue, yellow, orange, red"
_EARLIEST_AGAIN = timedelta(minutes=1)


def misfits(rule: AlarmRule, metric: Metric | None) -> list[BadRow]:
    """Return what does not fit; `metric` is the declared one that the rule is on, if any."""
    return [
        *_subject(rule),
        *_order(rule),
        *_hysteresis(rule, metric),
        *_range(rule, metric),
        *_as_metric(rule, metric),
        *_times(rule),
        *_texts(rule),
        *_in_modes(rule, metric),
    ]


def _subject(rule: AlarmRule) -> Iterator[BadRow]:
    fitting = _CONDITIONS[rule.subject]
    if rule.condition not in fitting:
        article = "an" if rule.subject is RuleSubject.INDICATOR else "a"
        reason = f"{rule.condition} says nothing of {article} {rule.subject}"
        yield BadRow("condition", reason, f"write {' or '.join(fitting)}")
    if (rule.subject is RuleSubject.SHARE) != bool(rule.share_of):
        yield BadRow(
            "share_of", "of a share, and only of one, it is said which", "write silent or a rule's code, or nothing"
        )
    if rule.subject is RuleSubject.INDICATOR:
        yield from _indicator(rule)
    if (rule.condition is ConditionKind.RATE) != bool(rule.window):
        yield BadRow("window_s", "a rate, and only a rate, has a window", "fill it in, or take it out")
    if rule.from_value is not None and rule.condition is not ConditionKind.RATE:
        yield BadRow("from_value", "only a rate is judged from a value on", "take it out")
    if rule.direction is Direction.NONE:
        yield BadRow("direction", "the metric has no direction to become worse in", "write high or low")
    if rule.direction is Direction.LOW and rule.condition in {ConditionKind.NO_DATA, ConditionKind.SHARE}:
        yield BadRow("direction", f"{rule.condition} becomes worse upwards", "write high, or nothing")


def _indicator(rule: AlarmRule) -> Iterator[BadRow]:
    applies = rule.applies
    for column, said in (("kinds", applies.kinds), ("sources", applies.sources), ("devices", applies.devices)):
        if said:
            yield BadRow(column, "an indicator is of a region, whatever measures it", "take it out")


def _sign(rule: AlarmRule) -> int:
    return -1 if rule.direction is Direction.LOW and rule.condition not in UPWARDS else 1


def _order(rule: AlarmRule) -> Iterator[BadRow]:
    sign = _sign(rule)
    for less, more in zip(rule.limits, rule.limits[1:], strict=False):
        if sign * more.value <= sign * less.value:
            side = "above" if sign > 0 else "below"
            reason = f"{more.value:g} is not {side} {less.level.name.lower()}, {less.value:g}"
            yield BadRow(more.level.name.lower(), reason, "put the levels in order")
        if more.priority > less.priority:
            reason = f"{more.level.name.lower()} is less urgent than {less.level.name.lower()}"
            yield BadRow("priority", reason, "a graver level has the same number or a lower one")


def _hysteresis(rule: AlarmRule, metric: Metric | None) -> Iterator[BadRow]:
    sign = _sign(rule)
    for less, more in zip(rule.limits, rule.limits[1:], strict=False):
        gap = sign * (more.value - less.value)
        if 0 < gap <= more.hysteresis:
            reason = f"{more.hysteresis:g} is not smaller than the {gap:g} between {less.level.name.lower()} and "
            yield BadRow("hysteresis", reason + more.level.name.lower(), "make it smaller, or widen the gap")
    first = rule.limits[0]
    if rule.condition is ConditionKind.NO_DATA and any(limit.hysteresis for limit in rule.limits):
        yield BadRow("hysteresis", "no data is over with the first reading", "take it out; off_delay_s puts it off")
    elif rule.condition is not ConditionKind.NO_DATA and first.hysteresis and not _can_end(rule, metric):
        reason = (
            f"{first.level.name.lower()} could never end: {first.value:g} less {first.hysteresis:g} is out of range"
        )
        yield BadRow("hysteresis", reason, "make it smaller")
    if (
        rule.subject is RuleSubject.METRIC
        and rule.condition is not ConditionKind.NO_DATA
        and not any(limit.hysteresis for limit in rule.limits)
        and not rule.off_delay
    ):
        yield BadRow("hysteresis, off_delay_s", "a value at the limit would chatter", "fill in one of them at least")


def _can_end(rule: AlarmRule, metric: Metric | None) -> bool:
    first = rule.limits[0]
    if rule.condition is not ConditionKind.THRESHOLD or metric is None:
        return first.value - first.hysteresis > 0
    if rule.direction is Direction.HIGH:
        return first.value - first.hysteresis > metric.valid_min
    return first.value + first.hysteresis < metric.valid_max


def _range(rule: AlarmRule, metric: Metric | None) -> Iterator[BadRow]:
    least, greatest = 0.0, 100.0
    if rule.condition is ConditionKind.DEVIATION:
        metric, least = None, 1.0
    if rule.condition is ConditionKind.NO_DATA:
        least, greatest = 1.0, 1e6
    elif metric is not None:
        least, greatest = metric.valid_min, metric.valid_max
        if rule.condition is ConditionKind.RATE:
            least, greatest = 0.0, greatest - least
    for limit in rule.limits:
        column = limit.level.name.lower()
        if not least <= limit.value <= greatest or (rule.condition is ConditionKind.RATE and not limit.value):
            yield BadRow(column, f"{limit.value:g} is not from {least:g} to {greatest:g}", "correct it")
        elif metric is not None and rule.condition is not ConditionKind.NO_DATA:
            for name, value in ((column, limit.value), ("hysteresis", limit.hysteresis)):
                if abs(round(value, metric.decimals) - value) > 1e-9:
                    reason = f"{value:g} is finer than {metric.code} is judged, with {metric.decimals} decimals"
                    yield BadRow(name, reason, "round it")


def _as_metric(rule: AlarmRule, metric: Metric | None) -> Iterator[BadRow]:
    if not rule.as_metric:
        return
    if metric is None or rule.condition is not ConditionKind.THRESHOLD:
        yield BadRow("limits_of", "only a threshold of a metric can have its limits", "take it out")
        return
    if rule.direction is not metric.direction:
        yield BadRow("direction", f"{metric.code} becomes worse towards {metric.direction}", "write that")
    own = {limit.level.name.lower(): limit.value for limit in rule.limits}
    for name in _LEVELS.split(", "):
        value = getattr(metric, name)
        if own.get(name) != value:
            has = "no limit" if value is None else f"{value:g}"
            yield BadRow(name, f"limits_of says metric, and {metric.code} has {has}", "take that, or clear limits_of")


def _times(rule: AlarmRule) -> Iterator[BadRow]:
    if rule.realarm is not None and rule.realarm < _EARLIEST_AGAIN:
        yield BadRow("realarm_s", "shorter than a minute", "write 60 or more, or nothing")
    if rule.latched_from and rule.latched_from not in {limit.level for limit in rule.limits}:
        name = rule.latched_from.name.lower()
        yield BadRow("latched_from", f"{name} has no limit", "name a level that has one, or nothing")


def _texts(rule: AlarmRule) -> Iterator[BadRow]:
    if rule.priority > 1:
        return
    texts = rule.rationale
    named: dict[str, Wording] = {
        "cause": texts.cause,
        "consequence": texts.consequence,
        "response": texts.response,
        "priority_reason": texts.priority_reason,
    }
    for name, said in named.items():
        for language in ("zh", "en"):
            if not getattr(said, language):
                reason = "empty, and the rule has a limit of priority 1"
                yield BadRow(f"{name}_{language}", reason, "write it, or give the limit priority 2")


def _in_modes(rule: AlarmRule, metric: Metric | None) -> Iterator[BadRow]:
    """Yield what does not fit of the limits in modes, each held to what the rule's own are held to."""
    has = {limit.level for limit in rule.limits}
    for one in rule.in_modes:
        column = f"limits_{one.kind}"
        if rule.subject is not RuleSubject.METRIC or rule.condition is ConditionKind.NO_DATA:
            yield BadRow(column, "only limits of a metric's values can be others in a mode", "take it out")
            continue
        for level, _ in one.values:
            if level not in has:
                yield BadRow(column, f"{level.name.lower()} has no limit of its own", "give it one, or take it out")
        moved = replace(rule, limits=rule.limits_in(one.kind), in_modes=())
        for bad in (*_order(moved), *_hysteresis(moved, metric), *_range(moved, metric)):
            yield BadRow(column, f"{bad.column}: {bad.reason}", bad.remedy)
