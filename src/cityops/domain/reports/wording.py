"""Sentences of a report: made from its numbers by templates and rules, in both languages; what is missing is said.

Words on a change are chosen from numbers as they are shown: what rounds to the same has not changed.
"""

from collections.abc import Sequence

from cityops.domain.reports.declared import Against, ReportPeriod, ReportSentence
from cityops.domain.reports.snapshot import (
    ReportSnapshot,
    SnapshotIndicator,
    SnapshotRegion,
    SnapshotValue,
    SnapshotView,
)

SPARSE = 0.8
"""Below this share of the readings that were due, a number says so."""

PLAIN = {"zh": "{name}为{value}，{change}。", "en": "{name}: {value}, {change}."}
UNCOMPARED = {"zh": "{name}为{value}。", "en": "{name}: {value}."}
EXTREMES = {
    "zh": "{name}最高为{highest}，最低为{lowest}。",
    "en": "{name} is highest in {highest} and lowest in {lowest}.",
}
ALONE = {"zh": "{name}仅{highest}有数据。", "en": "{name}: {highest} alone has data."}
LEVEL = {"zh": "各区域{name}均为{value}。", "en": "{name} is {value} in every region."}
UNKNOWN = {"zh": "（{n}个区域无数据）", "en": " (no data of {n} region{s})"}
MISSING = {"zh": "{name}：本期无数据。", "en": "{name}: no data in this period."}
LEFT_OUT = {"zh": "{name}：没有本区域的数据。", "en": "{name}: does not come for this region."}
NO_BASE = {"zh": "{base}无可比数据", "en": "nothing to compare with {base}"}
SAME = {"zh": "与{base}持平", "en": "unchanged from {base}"}
UP = {"zh": "较{base}上升{by}", "en": "up {by} from {base}"}
DOWN = {"zh": "较{base}下降{by}", "en": "down {by} from {base}"}
_BASES = {
    (ReportPeriod.DAY, Against.PREVIOUS): {"zh": "前一日", "en": "the day before"},
    (ReportPeriod.WEEK, Against.PREVIOUS): {"zh": "前一周", "en": "the week before"},
    (ReportPeriod.MODE, Against.PREVIOUS): {"zh": "此前同样时长", "en": "as long a time before"},
    (ReportPeriod.DAY, Against.YEAR): {"zh": "上年同日", "en": "the same day of last year"},
    (ReportPeriod.WEEK, Against.YEAR): {"zh": "上年同周", "en": "the same week of last year"},
    (ReportPeriod.MODE, Against.YEAR): {"zh": "上年同期", "en": "the same time of last year"},
    (ReportPeriod.SPAN, Against.PREVIOUS): {"zh": "上一时段", "en": "the period before"},
    (ReportPeriod.SPAN, Against.YEAR): {"zh": "上年同期", "en": "the same time of last year"},
}


def base_of(period: ReportPeriod, against: Against, lang: str) -> str:
    """Return what is compared with, in words."""
    return _BASES[period, against][lang]


def figure(value: float | None, decimals: int) -> str:
    """Return a value as it is shown; nothing known is a dash, and no zero is negative."""
    if value is None:
        return "—"
    shown = f"{value:,.{decimals}f}"
    return shown.removeprefix("-") if not shown.strip("-0.,") else shown


def measured(value: float | None, one: SnapshotIndicator, lang: str) -> str:
    """Return a value with its unit."""
    shown, unit = figure(value, one.decimals), unit_of(one, lang)
    if not unit or value is None:
        return shown
    return f"{shown}{unit}" if lang == "zh" or unit == "%" else f"{shown} {unit}"


_ENGLISH = {
    "万": "10⁴ ",
    "亿": "10⁸ ",
    "人次": "trips",
    "人": "persons",
    "天": "days",
    "元": "yuan",
    "架次": "flights",
}
"""Parts of units in English, longest first where one holds another; words that only count have none there."""


def unit_of(one: SnapshotIndicator, lang: str) -> str:
    """Return an indicator's unit; in English tens of thousands are powers, and what only counts is not said."""
    unit = one.unit
    if lang == "zh":
        return unit
    for part, words in _ENGLISH.items():
        unit = unit.replace(part, words)
    return "".join(sign for sign in unit if not "一" <= sign <= "鿿").strip()


def moved(one: SnapshotIndicator, value: float | None, before: float | None, lang: str) -> str:
    """Return how a value has changed, beside which the base stands: the words of `changed` without it."""
    if value is None or before is None:
        return "—"
    if figure(value, one.decimals) == figure(before, one.decimals):
        return _STILL[lang]
    return (_RISEN if value > before else _FALLEN)[lang].format(by=_by(one, value, before, lang))


_STILL = {"zh": "持平", "en": "unchanged"}
_RISEN = {"zh": "上升{by}", "en": "up {by}"}
_FALLEN = {"zh": "下降{by}", "en": "down {by}"}


def changed(one: SnapshotIndicator, value: float | None, before: float | None, base: str, lang: str) -> str:
    """Return how a value has changed: shares by points, what has no ratios in its unit, all others by percent."""
    if value is None or before is None:
        return NO_BASE[lang].format(base=base)
    if figure(value, one.decimals) == figure(before, one.decimals):
        return SAME[lang].format(base=base)
    return (UP if value > before else DOWN)[lang].format(base=base, by=_by(one, value, before, lang))


_NO_RATIOS = frozenset({"℃", "dB(A)"})
"""Units whose zero is a convention: 20 ℃ is not twice 10 ℃."""


def _by(one: SnapshotIndicator, value: float, before: float, lang: str) -> str:
    if one.unit == "%":
        points = figure(abs(value - before), one.decimals)
        return f"{points}个百分点" if lang == "zh" else f"{points} percentage points"
    if before <= 0 or one.unit in _NO_RATIOS:
        return measured(abs(value - before), one, lang)
    return f"{abs(value - before) / abs(before) * 100:.1f}%"


def sentence(snapshot: ReportSnapshot, asked: ReportSentence, lang: str) -> str:
    """Return a sentence on an indicator of a view."""
    view = snapshot.views[asked.view]
    one = view.indicator(asked.of)
    if one is None:
        out = next(each for each in view.left_out if each.code == asked.of)
        return LEFT_OUT[lang].format(name=_name(out, lang))
    values = view.of(one.code)
    if all(each.value is None for each in values):
        return MISSING[lang].format(name=_name(one, lang))
    compare = snapshot.declared.views[asked.view].compare
    template = (asked.zh if lang == "zh" else asked.en) or _template(values, compare, lang)
    known = [each for each in values if each.value is not None]
    first = known[0]
    if len(values) > 1 and not asked.zh:
        template = _levelled(one, values, known, template, lang)
    base = base_of(snapshot.declared.period, compare, lang) if compare else ""
    told = template.format(
        name=_name(one, lang),
        value=measured(first.value, one, lang),
        change=changed(one, first.value, first.before, base, lang) if compare else "",
        highest=_place(view, one, max(known, key=_size), lang),
        lowest=_place(view, one, min(known, key=_size), lang),
    )
    unknown = len(values) - len(known)
    return (
        told
        + _sparse(known, lang)
        + (UNKNOWN[lang].format(n=unknown, s="" if unknown == 1 else "s") if unknown else "")
    )


def _template(values: Sequence[SnapshotValue], compare: Against | None, lang: str) -> str:
    if len({one.region for one in values}) > 1:
        return EXTREMES[lang]
    return (PLAIN if compare else UNCOMPARED)[lang]


def _levelled(
    one: SnapshotIndicator, values: Sequence[SnapshotValue], known: Sequence[SnapshotValue], template: str, lang: str
) -> str:
    """Return another template where no region stands out: one alone is known, or all are the same."""
    if len(known) == 1:
        return ALONE[lang]
    is_level = len({figure(each.value, one.decimals) for each in known}) == 1
    return LEVEL[lang] if is_level and len(known) == len(values) else template


def _name(one: SnapshotIndicator, lang: str) -> str:
    return one.zh if lang == "zh" else one.en


def _size(one: SnapshotValue) -> float:
    assert one.value is not None
    return one.value


def _place(view: SnapshotView, one: SnapshotIndicator, value: SnapshotValue, lang: str) -> str:
    region = next(each for each in view.regions if each.code == value.region)
    shown = measured(value.value, one, lang)
    return f"{region.zh}（{shown}）" if lang == "zh" else f"{region.en} ({shown})"


def _sparse(known: Sequence[SnapshotValue], lang: str) -> str:
    least = min((one.coverage for one in known if one.coverage is not None), default=1.0)
    if least >= SPARSE:
        return ""
    return f"（数据覆盖率{least:.0%}）" if lang == "zh" else f" (coverage {least:.0%})"


def place_of(region: SnapshotRegion, lang: str) -> str:
    """Return a region's name."""
    return region.zh if lang == "zh" else region.en
