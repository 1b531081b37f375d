"""What is asked of an indicator over time: which one, where, how finely and when, checked against what there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import check_touches, outside
from cityops.api.parameters import Code, Moment, period
from cityops.api.state.city import City
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.domain.access import Subject
from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import AirQualityIndex
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.privacy import check_may_see
from cityops.domain.indicators.questions import MOST_HOURS, RefusedQuestionError
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import Region, RegionLevel, holds
from cityops.reference import CITY_CODE
from cityops.services.indicators.bulletins import hours_of


class SeriesQuery(schemas.Query):
    """Which indicator, where, how finely and when."""

    indicator: Annotated[Code, Field(examples=["pm25"])]
    region: schemas.RegionAsked = CITY_CODE
    level: RegionLevel | None = None
    only: list[schemas.RegionAsked] = Field([], max_length=200, description="of these regions of the level alone")
    interval: Grain = Grain.HOUR
    start: Moment | None = None
    end: Moment | None = None
    compare: Annotated[
        Compared | None,
        Field(
            description="year: with the same period a year before (同比); previous: with the one before (环比); "
            "to_date: since 1 January, with the same of last year (本年累计). A period that is not over is compared "
            "with the same part of the earlier one."
        ),
    ] = None
    raw: Annotated[bool, Field(description="true: what the sources say, before any correction")] = False


@dataclass(frozen=True)
class PeriodSpan:
    """What is asked for: periods of `grain` from `start` to `end` (both on borders), for regions of one level."""

    regions: tuple[str, ...]
    grain: Grain
    start: datetime
    end: datetime

    @property
    def buckets(self) -> list[tuple[datetime, datetime]]:
        """Beginning and end of each period."""
        return [*self.grain.within(self.start, self.end)]

    @property
    def bins(self) -> int:
        """How many periods there are."""
        return len(self.buckets) if self.grain.months else (self.end - self.start) // self.grain.interval.length


@dataclass(frozen=True)
class AskedSeries:
    """A query that can be answered."""

    indicator: Indicator
    region: Region
    level: RegionLevel
    span: PeriodSpan
    compare: Compared | None = None
    raw: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the store's bins are the answer: readings and counts by an interval, compared with nothing."""
        return self.indicator.is_binned and not self.span.grain.months and self.compare is None


def remarks(span: PeriodSpan, now: datetime) -> dict[str, str | None]:
    """Return in both languages what is unfinished about a period; None where all of it is over."""
    if span.start > now:
        return {
            "remark_zh": "所选时段尚未开始，还没有数据。",
            "remark_en": "This period lies ahead: there are no data yet.",
        }
    if span.end <= now:
        return {"remark_zh": None, "remark_en": None}
    running = span.grain.floor(now)
    over = span.grain.shifted(running, 1)
    shown = "%Y-%m-%d" if span.grain.months else "%m-%d %H:%M"
    from_, until = (moment.astimezone(CITY_ZONE).strftime(shown) for moment in (running, over))
    ahead = span.end > over
    return {
        "remark_zh": f"{from_} 至 {until} 尚未结束，数值还会变化" + ("；之后的时段尚未开始。" if ahead else "。"),
        "remark_en": f"{from_} to {until} is not over, and its value still changes"
        + ("; what follows lies ahead." if ahead else "."),
    }


def resolve(city: City, query: SeriesQuery, subject: Subject) -> AskedSeries:
    """Find out what a query asks for: sums of the city and its districts for all, those of streets within the scope.

    Raises
    ------
    problems.ProblemError
        It names what is not there, or more than is served.
    RestrictedError
        The subject may not see values of the indicator.
    """
    indicator = city.indicators().get(query.indicator)
    if indicator is None:
        raise problems.not_found("indicator", query.indicator, "The codes stand in /api/v1/indicators.")
    region, level, wanted = regions_asked(city, query.region, query.level, subject)
    check_may_see(indicator, city.indicators(), subject)
    _check(indicator, query.interval, level, city.indicators(), query.compare)
    start, end = period(query.start, query.end, utc_now(), query.interval.usual_range)
    span = span_of(_among(wanted, query.only, level), query.interval, start, end)
    if _is_of_bulletins(indicator, city.indicators()):
        check_hours(span.regions, span.grain, span.start, span.end)
    return AskedSeries(indicator, region, level, span, query.compare, query.raw)


def check_hours(regions: Sequence[str], grain: Grain, start: datetime, end: datetime) -> None:
    """Refuse what would be computed from too many hours.

    Raises
    ------
    problems.ProblemError
        It would; the text says what would work.
    """
    hours = hours_of(regions, grain, start, end)
    if len(regions) * hours.bins > MOST_HOURS:
        raise problems.ProblemError(
            422,
            f"{len(regions)} regions × {hours.bins} hours are over the limit of {MOST_HOURS}. Ask for one "
            f"region, or for a period of {MOST_HOURS // len(regions) // 24} days at most.",
        )


def _among(wanted: tuple[str, ...], only: Sequence[str], level: RegionLevel) -> tuple[str, ...]:
    """Return those of the regions that are asked for by name, all where none is."""
    strange = sorted(set(only) - set(wanted))
    if strange:
        raise problems.ProblemError(
            422, f"only: {', '.join(strange)} is no {level} of those asked for; leave it out, or ask for its region."
        )
    return tuple(code for code in wanted if not only or code in only)


def _is_of_bulletins(indicator: Indicator, every: Mapping[str, Indicator]) -> bool:
    if indicator.declared is None:
        return False
    inputs = indicator.declared.inputs().values()
    is_itself = isinstance(indicator.declared.measure, AirQualityIndex)
    return is_itself or any(_is_of_bulletins(every[code], every) for code in inputs)


class RegionsAsked(NamedTuple):
    """A region, and the codes of those of a level in it."""

    region: Region
    level: RegionLevel
    codes: tuple[str, ...]


def regions_asked(city: City, code: str, asked_level: RegionLevel | None, subject: Subject) -> RegionsAsked:
    """Find out which regions a query is about, as `resolve` does.

    Raises
    ------
    problems.ProblemError
        There is no such region or level in it, or streets of it lie outside the subject's area.
    """
    regions = city.regions()
    region = region_of(regions, code)
    level = asked_level or region.level
    wanted = tuple(one.code for one in regions.values() if one.level is level and holds(region.code, one.code))
    if not wanted:
        raise problems.ProblemError(
            422, f"level: no {level} lies inside {region.level} {region.code}; ask for its own level or a finer one."
        )
    if level is RegionLevel.STREET:
        check_touches(subject, region.code)
        wanted = tuple(code for code in wanted if subject.scope.covers(code))
        if not wanted:  # a department's rows lie all over the city: no street is its own
            raise outside(subject, region.code)
    return RegionsAsked(region, level, wanted)


def _check(
    indicator: Indicator, grain: Grain, level: RegionLevel, every: Mapping[str, Indicator], compare: Compared | None
) -> None:
    try:
        questions.check(indicator, grain, level, every)
        if compare is Compared.TO_DATE:
            questions.check_to_date(indicator, grain, level, every)
    except RefusedQuestionError as error:
        raise problems.ProblemError(422, str(error)) from error


def span_of(regions: tuple[str, ...], interval: Grain, start: datetime, end: datetime) -> PeriodSpan:
    """Return a period in whole buckets.

    Raises
    ------
    problems.ProblemError
        It is longer than the interval serves; the text says what would work.
    """
    if end - start > interval.longest_range:
        fitting = Grain.finest_for(end - start)
        remedy = f"take interval={fitting}" if fitting else f"no interval serves more than {_days(Grain.YEAR)}"
        raise problems.ProblemError(
            422,
            f"interval: {interval} serves at most {_days(interval)}, but {(end - start) / timedelta(days=1):.1f} "
            f"days are asked for; {remedy}, or shorten the period to {_days(interval)}.",
        )
    return PeriodSpan(regions, interval, interval.floor(start), interval.ceiling(end))


def _days(interval: Grain) -> str:
    return f"{interval.longest_range.days} days"
