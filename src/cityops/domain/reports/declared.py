"""What a file may declare of a report: period, regions, saved views, sections made of these, and who signs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, field_serializer, model_validator

from cityops.declarations import AtError, Strict, meant
from cityops.domain.indicators.declared import BilingualName, BilingualText
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import Code, Cumulative, Derived, Duration, Sentence
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError, check
from cityops.domain.modes.modes import Matter
from cityops.domain.regions import RegionLevel


class ReportPeriod(StrEnum):
    """What a report covers: a day, a week from Monday on, the time from the start of a mode to its end, or any other.

    The last is of views that persons keep; files declare none.
    """

    DAY = "day"
    WEEK = "week"
    MODE = "mode"
    SPAN = "span"

    @property
    def grain(self) -> Grain:
        """The longest period of an indicator that it can be made of."""
        return {ReportPeriod.MODE: Grain.HOUR, ReportPeriod.SPAN: Grain.YEAR}.get(self, Grain.DAY)

    @property
    def folds_as(self) -> Grain:
        """As what period of the calendar one number of all of it is folded."""
        return {ReportPeriod.DAY: Grain.DAY, ReportPeriod.SPAN: Grain.YEAR}.get(self, Grain.MONTH)


class Against(StrEnum):
    """With what a number is compared: the period before (环比), or the same a year before (同比)."""

    PREVIOUS = "previous"
    YEAR = "year"


class SavedView(Strict):
    """A question under a name: which indicators, of the report's own region or those below it, how finely."""

    title: BilingualName
    indicators: Annotated[tuple[Code, ...], Field(min_length=1, max_length=8)]
    level: Literal["own", "below"] = "own"
    only: tuple[str, ...] = ()
    """Of the regions below these alone; all where none is named."""
    interval: Grain | None = None
    """None: one number for all of the period."""
    compare: Against | None = None
    back: Annotated[int, Field(ge=0, le=30)] = 0
    """So many periods before the report's stand before it."""

    def level_for(self, region: RegionLevel) -> RegionLevel:
        """Return the level of the regions that it is about, in a report of a region of this level."""
        return region if self.level == "own" else BELOW[region]


BELOW = {RegionLevel.CITY: RegionLevel.DISTRICT, RegionLevel.DISTRICT: RegionLevel.STREET}

FIELDS = ("name", "value", "change", "highest", "lowest")
"""What a template may put in: name, value with unit, how it has changed, the region with the most and the least."""


class ReportSentence(Strict):
    """A sentence on an indicator of a view; without templates of its own it tells the value, and what it was."""

    view: Code
    of: Code
    zh: Sentence | None = None
    en: Sentence | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ReportSentence":
        if (self.zh is None) != (self.en is None):
            raise AtError(("en" if self.en is None else "zh",), "is missing: a template stands in both languages")
        for language in ("zh", "en"):
            for name in _fields(language, getattr(self, language) or ""):
                if name not in FIELDS:
                    told = f"puts in '{name}', which is none of {', '.join(FIELDS)}{meant(name, FIELDS)}"
                    raise AtError((language,), told)
        return self


def _fields(language: str, template: str) -> Iterator[str]:
    try:
        parsed = [*Formatter().parse(template)]
    except ValueError as error:
        raise AtError((language,), f"is no template: {error}") from None
    yield from (name for _, name, _, _ in parsed if name is not None)


class ReportSection(Strict):
    """A part under a heading: sentences, then tables, then curves."""

    title: BilingualName
    sentences: tuple[ReportSentence, ...] = ()
    tables: tuple[Code, ...] = ()
    figures: tuple[Code, ...] = ()


class ReportDeclaration(Strict):
    """A file: a report with its saved views."""

    version: Literal[1]
    kind: Literal["Report"]
    report: Code
    title: BilingualName
    period: ReportPeriod
    grace: Duration
    """How long after the period's end it is closed: what comes later is a correction."""
    regions: Annotated[tuple[Literal["city", "district"], ...], Field(min_length=1, max_length=2)]
    matters: tuple[Matter, ...] = ()
    """Of which modes a report of a mode is; empty: of all."""
    signed: BilingualText
    views: dict[Code, SavedView]
    sections: Annotated[tuple[ReportSection, ...], Field(min_length=1)]

    @field_serializer("grace")
    def _written(self, grace: timedelta) -> str:
        """Return the grace as files have it, so that what is kept can be read again."""
        return f"{grace // timedelta(minutes=1)}min"

    @property
    def levels(self) -> tuple[RegionLevel, ...]:
        """Of which regions it is made."""
        return tuple(RegionLevel(one) for one in self.regions)

    @model_validator(mode="after")
    def _names_its_views(self) -> "ReportDeclaration":
        used = set()
        for path, named, of in self._named():
            used.add(named)
            if named not in self.views:
                raise AtError(path, f"unknown view '{named}'{meant(named, [*self.views])}")
            if of and of not in (found := self.views[named].indicators):
                raise AtError((*path[:-1], "of"), f"'{of}' is not in the view '{named}'{meant(of, found)}")
        for name, view in self.views.items():
            if name not in used:
                raise AtError(("views", name), "stands in no section")
            if view.interval is None and view.back:
                raise AtError(("views", name, "back"), "is for views by hour or day")
            self._check_course(name, view)
        if self.matters and self.period is not ReportPeriod.MODE:
            raise AtError(("matters",), "is for reports of a mode")
        if not timedelta(0) < self.grace <= timedelta(days=7):
            raise AtError(("grace",), "is more than nothing and at most 7d")
        return self

    def _check_course(self, name: str, view: SavedView) -> None:
        """Refuse by how fine periods a view of a day, a week or a mode cannot be told."""
        is_of_view = self.period is ReportPeriod.SPAN
        if view.only and not is_of_view:
            raise AtError(("views", name, "only"), "is for reports of views that persons keep")
        if view.interval is None:
            return
        if view.interval not in {Grain.HOUR, Grain.DAY} and not is_of_view:
            raise AtError(("views", name, "interval"), "is 'hour' or 'day'")
        if view.compare or (view.level != "own" and not is_of_view):
            raise AtError(("views", name, "interval"), "is for views of the own region, compared with nothing")

    def _named(self) -> Iterator[tuple[tuple[str, ...], str, str]]:
        for number, section in enumerate(self.sections):
            here = ("sections", str(number))
            for place, one in enumerate(section.sentences):
                yield (*here, "sentences", str(place), "view"), one.view, one.of
            for name in ("tables", "figures"):
                for place, view in enumerate(getattr(section, name)):
                    yield (*here, name, str(place)), view, ""
                    if view in self.views and (self.views[view].interval is None) != (name == "tables"):
                        told = "one number each" if name == "tables" else "numbers by hour or day"
                        raise AtError((*here, name, str(place)), f"takes a view of {told}, unlike '{view}'")


def answerable(
    report: ReportPeriod, view: SavedView, level: RegionLevel, one: Indicator, every: Mapping[str, Indicator]
) -> None:
    """Refuse an indicator in a view of a report where it has no right answer.

    A span that is no period of the calendar is folded as one: a week and the time of a mode as a month is, that of a
    view as a year is.

    Raises
    ------
    RefusedQuestionError
        It comes too rarely, does not add up over time or over regions, or not in so small a region.
    """
    check(one, view.interval or report.grain, level, every)
    if view.interval is None and report is not ReportPeriod.DAY:
        if one.declared is not None and isinstance(one.declared.measure, Derived):
            raise RefusedQuestionError(f"interval: {one.code} is a change, and has none over a {report}")
        if report is ReportPeriod.SPAN and one.declared is not None and isinstance(one.declared.measure, Cumulative):
            raise RefusedQuestionError(f"interval: {one.code} is summed since a day of its own, not over a {report}")
        check(one, report.folds_as, level, every)


def folded(report: ReportPeriod, view: SavedView) -> Grain:
    """Return by which grain the numbers of a view are asked for."""
    return view.interval or report.folds_as
