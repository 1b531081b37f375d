"""Reports of views that persons keep: what a view asks becomes a declaration, as files have it of days and weeks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cityops.domain.indicators.declared import BilingualName, BilingualText
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.privacy import is_restricted
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.views import ViewQuestion
from cityops.domain.regions import RegionLevel
from cityops.domain.reports.declared import (
    BELOW,
    Against,
    ReportDeclaration,
    ReportPeriod,
    ReportSection,
    ReportSentence,
    SavedView,
    answerable,
)

KIND = "view_"
"""How the kind of such a report begins; the view's id follows."""

MOST_PERIODS = 400
"""Periods of one curve: of more nobody reads single ones on paper."""

SIGNED = BilingualText(zh="按已存视图生成", en="Made of a saved view")
WHOLE = BilingualName(zh="一、全时段", en="1. The whole period")
COURSE = BilingualName(zh="二、变化过程", en="2. How it went")
OVERALL = BilingualName(zh="全时段数值", en="Values of the whole period")
BY_REGION = BilingualName(zh="各区域数值", en="Values by region")
BY_TIME = BilingualName(zh="逐时段数值", en="Values by period")
_SHORT, _LONG = timedelta(hours=2), timedelta(hours=8)


def grace_of(grain: Grain) -> timedelta:
    """Return how long after its end a period is closed: what comes by the hour or finer comes soon."""
    return _SHORT if grain.is_finer_than(Grain.DAY) else _LONG


@dataclass(frozen=True, slots=True)
class ViewTold:
    """A view that a report is made of, and the level of its region."""

    id: int
    name: str
    question: ViewQuestion
    of: RegionLevel

    def span(self, now: datetime) -> Bucket:
        """Return what the report covers: what goes along with the clock ends with the newest closed period."""
        return self.question.closed(now - grace_of(self.question.interval))


def reported(view: ViewTold, every: Mapping[str, Indicator], now: datetime) -> ReportDeclaration:
    """Return what a report of a view is made of: values of the whole period where there are such, and by its periods.

    Raises
    ------
    RefusedQuestionError
        There is no report of it; the message says why, and what there is one of.
    """
    _check(view, every, now)
    views = _views(view, every, now)
    whole = views.get("whole")
    sections = []
    if whole is not None:
        sentences = tuple(ReportSentence(view="whole", of=code) for code in whole.indicators)
        sections.append(ReportSection(title=WHOLE, sentences=sentences, tables=("whole",)))
    if courses := tuple(name for name in views if name != "whole"):
        title = COURSE if whole else BilingualName(zh=COURSE.zh.replace("二", "一"), en=COURSE.en.replace("2", "1"))
        sections.append(ReportSection(title=title, figures=courses))
    return ReportDeclaration(
        version=1,
        kind="Report",
        report=f"{KIND}{view.id}",
        title=BilingualName(zh=view.name, en=view.name),
        period=ReportPeriod.SPAN,
        grace=grace_of(view.question.interval),
        regions=("city" if view.of is RegionLevel.CITY else "district",),
        signed=SIGNED,
        views=views,
        sections=tuple(sections),
    )


def _check(view: ViewTold, every: Mapping[str, Indicator], now: datetime) -> None:
    question = view.question
    if view.of is RegionLevel.STREET:
        raise RefusedQuestionError("region: reports are of the city or of a district; save the view of a district")
    if question.level not in {view.of, BELOW[view.of]}:
        raise RefusedQuestionError(
            "level: a report of the city is by district; save the view of a district, or by district"
        )
    if question.against is Compared.TO_DATE:
        raise RefusedQuestionError("against: a report has no sums since 1 January; compare with the year before")
    for code in question.indicators:
        if code not in every:
            raise RefusedQuestionError(f"indicators: {code} is declared no more; save the view without it")
        if is_restricted(every[code], every):
            raise RefusedQuestionError(f"indicators: {code} is restricted, and a report has more readers than you")
    if (bins := _bins(view, now)) > MOST_PERIODS:
        told = f"interval: a report shows at most {MOST_PERIODS} periods, and this view has {bins}"
        raise RefusedQuestionError(f"{told}; save it with a coarser interval or a shorter time")


def _bins(view: ViewTold, now: datetime) -> int:
    return sum(1 for _ in view.question.interval.within(*view.span(now)))


def _views(view: ViewTold, every: Mapping[str, Indicator], now: datetime) -> dict[str, SavedView]:
    """Return the views of the report by name: `whole`, and one for each curve or for the curves of each indicator."""
    found = dict(_courses(view, every))
    foldable = tuple(_foldable(view, every))
    if not foldable:
        return found
    is_own = view.question.level is view.of
    compare = Against(view.question.against.value) if view.question.against and is_own else None
    whole = _view(view, foldable, OVERALL if is_own else BY_REGION, compare=compare)
    is_one = _bins(view, now) <= 1 and len(foldable) == len(view.question.indicators)
    return {"whole": whole} if is_one else {"whole": whole} | found


def _courses(view: ViewTold, every: Mapping[str, Indicator]) -> Iterator[tuple[str, SavedView]]:
    question = view.question
    if question.level is view.of:
        yield "course", _view(view, question.indicators, BY_TIME, interval=question.interval)
        return
    for number, code in enumerate(question.indicators, 1):
        title = BilingualName(zh=every[code].name_zh, en=every[code].name_en)
        yield f"course_{number}", _view(view, (code,), title, interval=question.interval)


def _view(
    view: ViewTold,
    indicators: tuple[str, ...],
    title: BilingualName,
    *,
    interval: Grain | None = None,
    compare: Against | None = None,
) -> SavedView:
    return SavedView(
        title=title,
        indicators=indicators,
        level="own" if view.question.level is view.of else "below",
        only=view.question.only,
        interval=interval,
        compare=compare,
    )


def _foldable(view: ViewTold, every: Mapping[str, Indicator]) -> Iterator[str]:
    """Yield the indicators that have one value of the whole period; years are not folded."""
    if view.question.interval is Grain.YEAR:
        return
    for code in view.question.indicators:
        try:
            answerable(ReportPeriod.SPAN, _view(view, (code,), OVERALL), view.question.level, every[code], every)
        except RefusedQuestionError:
            continue
        yield code
