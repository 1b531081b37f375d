"""How a report is laid out: its numbers in, headings, paragraphs, tables and curves out, which no format knows of.

HTML and DOCX are written from the same of these, so that they say the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.declared import ReportPeriod, ReportSection
from cityops.domain.reports.snapshot import Correction, ReportSnapshot, SnapshotIndicator, SnapshotValue, SnapshotView
from cityops.domain.reports.spans import named
from cityops.domain.reports.wording import base_of, figure, measured, moved, place_of, sentence, unit_of

LANGUAGES = ("zh", "en")

_WORDS = {
    "zh": {
        "unfinished": "未完：本期尚未结束，以下为截至 {at} 的数据，仍会变化。",
        "draft": "草稿：本期迟到数据的等候期未过，以下为截至 {at} 的数据。",
        "edition": "第 {n} 版",
        "preview": "预览",
        "correction": "更正：与前一版相比，以下数值有变化。",
        "indicator": "指标",
        "region": "区域",
        "value": "数值",
        "change": "变化",
        "unit": "单位",
        "period": "时段",
        "was": "原值",
        "now": "现值",
        "least": "最低",
        "most": "最高",
        "notes": "说明",
        "left_out": "没有本级区域数据、未列入的指标：{names}。",
        "missing": "“—”表示本期无数据。",
        "definition": "{name}：{words}（口径第 {version} 版）",
        "metric": "{name}：{words}",
        "made": "生成时间：{at}（北京时间）",
        "names": "、",
        "because": "启动事由：{reason}",
    },
    "en": {
        "unfinished": "Unfinished: the period is not over; these are the numbers as of {at}, and they still change.",
        "draft": "Draft: late data are still waited for; these are the numbers as of {at}.",
        "edition": "Edition {n}",
        "preview": "Preview",
        "correction": "Corrected: these values differ from the edition before.",
        "indicator": "Indicator",
        "region": "Region",
        "value": "Value",
        "change": "Change",
        "unit": "Unit",
        "period": "Period",
        "was": "Was",
        "now": "Is",
        "least": "Least",
        "most": "Most",
        "notes": "Notes",
        "left_out": "Left out, as they do not come for such regions: {names}.",
        "missing": "A dash says that there are no data of this period.",
        "definition": "{name}: {words} (definition {version})",
        "metric": "{name}: {words}",
        "made": "Made at {at} (UTC+8)",
        "names": ", ",
        "because": "Started because of: {reason}",
    },
}


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text; `kind` is `body`, `mark` for what must not be overlooked, or `note`."""

    text: str
    kind: str = "body"


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell: as it is shown, and the number unrounded where it is one."""

    shown: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table: all but the first column are numbers, or words about them."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True, slots=True)
class ReportCurve:
    """Values of one indicator over time; None where there is none."""

    name: str
    values: tuple[float | None, ...]
    least: str
    most: str


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """Curves over the same times, each on a scale of its own; `least` and `most` are the words for its ends."""

    title: str
    first: str
    last: str
    least: str
    most: str
    curves: tuple[ReportCurve, ...]


Block = Heading | Paragraph | ReportTable | ReportFigure


@dataclass(frozen=True, slots=True)
class Paper:
    """A report in one language, ready to be written in any format."""

    lang: str
    title: str
    region: str
    period: str
    edition: str
    made: str
    signed: str
    blocks: tuple[Block, ...]
    is_finished: bool


def laid_out(snapshot: ReportSnapshot, lang: str) -> Paper:
    """Return a report in a language, `zh` or `en`."""
    declared, words = snapshot.declared, _WORDS[lang]
    title = declared.title.zh if lang == "zh" else declared.title.en
    if snapshot.mode is not None:
        mode = snapshot.mode.zh if lang == "zh" else snapshot.mode.en
        title = f"{mode}{title}" if lang == "zh" else f"{title}: {mode}"
    return Paper(
        lang,
        title,
        place_of(snapshot.region, lang),
        named(declared.period, (snapshot.start, snapshot.end), lang),
        words["edition" if snapshot.edition else "preview"].format(n=snapshot.edition),
        words["made"].format(at=_at(snapshot)),
        declared.signed.zh if lang == "zh" else declared.signed.en,
        tuple(_blocks(snapshot, lang)),
        snapshot.finished,
    )


def _at(snapshot: ReportSnapshot) -> str:
    return f"{snapshot.made_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def _blocks(snapshot: ReportSnapshot, lang: str) -> Iterator[Block]:
    words = _WORDS[lang]
    if not snapshot.finished:
        key = "unfinished" if snapshot.end > snapshot.made_at else "draft"
        yield Paragraph(words[key].format(at=_at(snapshot)), "mark")
    if snapshot.corrections:
        yield Paragraph(words["correction"], "mark")
        head = tuple(words[one] for one in ("indicator", "region", "period", "was", "now"))
        yield ReportTable("", head, tuple(_corrected(one, lang) for one in snapshot.corrections))
    if snapshot.mode is not None:
        yield Paragraph(words["because"].format(reason=snapshot.mode.reason))
    for section in snapshot.declared.sections:
        yield from _section(snapshot, section, lang)
    yield Heading(words["notes"])
    yield from _notes(snapshot, lang)


def _corrected(one: Correction, lang: str) -> tuple[TableCell, ...]:
    name, decimals = _name(one.indicator, lang), one.indicator.decimals
    start, end = (f"{moment.astimezone(CITY_ZONE):%m-%d %H:%M}" for moment in (one.start, one.end))
    return (
        TableCell(name),
        TableCell(place_of(one.region, lang)),
        TableCell(f"{start} – {end}"),
        TableCell(figure(one.was, decimals), one.was),
        TableCell(figure(one.now, decimals), one.now),
    )


def _name(one: SnapshotIndicator, lang: str) -> str:
    return one.zh if lang == "zh" else one.en


def _section(snapshot: ReportSnapshot, section: ReportSection, lang: str) -> Iterator[Block]:
    yield Heading(section.title.zh if lang == "zh" else section.title.en)
    if section.sentences:
        told = [sentence(snapshot, one, lang) for one in section.sentences]
        yield Paragraph("".join(told) if lang == "zh" else " ".join(told))
    for name in section.tables:
        if snapshot.views[name].indicators:
            yield _table(snapshot, name, lang)
    for name in section.figures:
        if snapshot.views[name].indicators:
            yield _figure(snapshot, name, lang)


def _titled(snapshot: ReportSnapshot, name: str, lang: str) -> str:
    title = snapshot.declared.views[name].title
    return title.zh if lang == "zh" else title.en


def _table(snapshot: ReportSnapshot, name: str, lang: str) -> ReportTable:
    view, declared = snapshot.views[name], snapshot.declared.views[name]
    title, words = _titled(snapshot, name, lang), _WORDS[lang]
    if declared.level == "below":
        head = (words["region"], *(_headed(one, lang) for one in view.indicators))
        return ReportTable(title, head, tuple(_by_region(view, lang)))
    base: tuple[str, ...] = ()
    if declared.compare:
        base = (_capital(base_of(snapshot.declared.period, declared.compare, lang)), words["change"])
    units = {one.code: unit_of(one, lang) for one in view.indicators}
    unit = (words["unit"],) if any(units.values()) else ()  # in English what only counts has none
    rows = []
    for one in view.indicators:
        value = view.of(one.code)[0]
        number = TableCell(figure(value.value, one.decimals), value.value)
        told = (TableCell(units[one.code]),) if unit else ()
        compared = _compared(one, value, lang) if base else ()
        rows.append((TableCell(_name(one, lang)), *told, number, *compared))
    return ReportTable(title, (words["indicator"], *unit, words["value"], *base), tuple(rows))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _compared(one: SnapshotIndicator, value: SnapshotValue, lang: str) -> tuple[TableCell, ...]:
    told = moved(one, value.value, value.before, lang)
    return TableCell(figure(value.before, one.decimals), value.before), TableCell(told)


def _headed(one: SnapshotIndicator, lang: str) -> str:
    unit = unit_of(one, lang)
    if not unit:
        return _name(one, lang)
    return f"{_name(one, lang)}（{unit}）" if lang == "zh" else f"{_name(one, lang)} ({unit})"


def _by_region(view: SnapshotView, lang: str) -> Iterator[tuple[TableCell, ...]]:
    found = {(one.indicator, one.region): one.value for one in view.values}
    for region in view.regions:
        values = ((found[one.code, region.code], one.decimals) for one in view.indicators)
        yield (
            TableCell(place_of(region, lang)),
            *(TableCell(figure(value, decimals), value) for value, decimals in values),
        )


def _figure(snapshot: ReportSnapshot, name: str, lang: str) -> ReportFigure:
    view, words = snapshot.views[name], _WORDS[lang]
    curves = tuple(_curves(view, lang, by_region=snapshot.declared.views[name].level == "below"))
    values, shown = view.values, _time_form(snapshot, name)
    first, last = (one.astimezone(CITY_ZONE).strftime(shown) for one in (values[0].start, values[-1].start))
    return ReportFigure(_titled(snapshot, name, lang), first, last, words["least"], words["most"], curves)


def _time_form(snapshot: ReportSnapshot, name: str) -> str:
    """Return how the ends of a figure's time are written."""
    grain, period = snapshot.declared.views[name].interval, snapshot.declared.period
    if grain is not None and grain.months:
        return "%Y" if grain is Grain.YEAR else "%Y-%m"
    if grain is Grain.DAY:
        return "%Y-%m-%d" if period is ReportPeriod.SPAN else "%m-%d"
    return "%H:%M" if period is ReportPeriod.DAY else "%m-%d %H:%M"


def _curves(view: SnapshotView, lang: str, *, by_region: bool) -> Iterator[ReportCurve]:
    """Yield a curve for each indicator, or of one indicator for each region."""
    for one in view.indicators:
        for region in view.regions:
            values = [each.value for each in view.of(one.code) if each.region == region.code]
            yield _curve(one, place_of(region, lang) if by_region else _name(one, lang), values, lang)


def _curve(one: SnapshotIndicator, name: str, values: list[float | None], lang: str) -> ReportCurve:
    known = [value for value in values if value is not None]
    least, most = (measured(fold(known), one, lang) if known else "—" for fold in (min, max))
    return ReportCurve(name, tuple(values), least, most)


def _notes(snapshot: ReportSnapshot, lang: str) -> Iterator[Paragraph]:
    words = _WORDS[lang]
    yield Paragraph(words["missing"], "note")
    views = snapshot.views.values()
    if out := {one.code: _name(one, lang) for view in views for one in view.left_out}:
        yield Paragraph(words["left_out"].format(names=words["names"].join(out.values())), "note")
    every = {one.code: one for view in views for one in view.indicators}
    for one in every.values():
        meaning = (one.definition_zh if lang == "zh" else one.definition_en).rstrip("。.")
        key = "metric" if one.definition_version is None else "definition"
        yield Paragraph(
            words[key].format(name=_name(one, lang), words=meaning, version=one.definition_version), "note"
        )
