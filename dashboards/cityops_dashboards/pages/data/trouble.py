"""Which choices of the data page cannot be answered, why, and what near each of them can: a link for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cityops import reference
from cityops.domain.access import Permission
from cityops.domain.indicators.measures import AirQualityIndex
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.questions import MOST_HOURS
from cityops.domain.indicators.views import NEWEST
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel, district_of, is_city
from cityops_dashboards import display
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.data.choice import Choice, fitted, levels_in, moment, regions_of
from cityops_dashboards.pages.data.fits import catalogue, fits_of, places

MOST_POINTS = 60_000
"""Points that one page shows; the file has no such limit."""

_EARLIEST = datetime(2000, 1, 1, tzinfo=CITY_ZONE)
_LATEST = datetime(2100, 1, 1, tzinfo=CITY_ZONE)

Remedy = tuple[str, Mapping[str, object], Choice]
"""A text's key and values, and a choice that would work."""


@dataclass(frozen=True)
class ChoiceTrouble:
    """Why a choice is not asked for: a text's key and values, and choices that would work, each with its own text."""

    key: str
    values: Mapping[str, object]
    remedies: tuple[Remedy, ...] = ()
    file: bool = False
    """The file can be had all the same."""


def trouble(address: Address, choice: Choice) -> ChoiceTrouble | None:
    """Return why this is not asked for; None for what the API should answer."""
    choice = replace(choice, period=None)  # what would work has the times that were looked at
    checks = (_unfit, _period, _too_fine, _too_much, _too_many_hours)
    return _unknown(address, choice) or next((found for check in checks if (found := check(choice))), None)


def _unknown(address: Address, choice: Choice) -> ChoiceTrouble | None:
    for code in choice.indicators:
        if code not in catalogue():
            others = tuple(one for one in choice.indicators if one in catalogue()) or (display.DEFAULT_METRIC,)
            fit = replace(choice, indicator=others[0], compare=others[1:])
            return ChoiceTrouble("data.no_indicator", {"code": code}, (("data.use_other", {}, fit),))
    if choice.region not in places():
        fit = replace(choice, region=reference.CITY_CODE, level=RegionLevel.DISTRICT)
        return ChoiceTrouble("data.no_region", {"code": choice.region}, (("data.use_city", {}, fit),))
    for end in ("start", "end"):
        asked = address.query.get(end)
        if asked and moment(asked) is None:
            return ChoiceTrouble("data.no_time", {"text": asked}, (("data.use_newest", {}, choice),))
    return None


def _unfit(choice: Choice) -> ChoiceTrouble | None:
    """Return why indicators have no answer by this period or level, and the nearest question that has one."""
    fits, near = choice.fits, fitted(choice)
    if not fits.grains or not fits.levels:
        alone = (fitted(replace(choice, indicator=code, compare=())) for code in choice.indicators)
        fixes = tuple(("data.use_indicator", {"indicator": one.indicator}, one) for one in alone)
        return ChoiceTrouble("data.apart", {}, fixes)
    if choice.interval not in fits.grains:
        code = next(one for one in choice.indicators if choice.interval not in fits_of([one]).grains)
        finest = fits_of([code]).grains[0]
        is_finer = choice.interval.is_finer_than(finest)
        told = {"indicator": code, "interval": (finest if is_finer else choice.interval).value}
        key = "data.no_interval.finer" if is_finer else "data.no_interval.sum"
        return ChoiceTrouble(key, told, (("data.use_interval", {"interval": near.interval.value}, near),))
    if choice.level not in fits.levels:
        code = next(one for one in choice.indicators if choice.level not in fits_of([one]).levels)
        told = {"indicator": code, "level": choice.level.value}
        way = ("data.use_level", {"level": near.level.value}, near)
        return ChoiceTrouble("data.no_level.of", told, (way,))
    if choice.against is Compared.TO_DATE and not fits.to_date:
        code = next(one for one in choice.indicators if not fits_of([one]).to_date)
        plain: Remedy = ("data.use_uncompared", {}, near)
        return ChoiceTrouble("data.no_to_date", {"indicator": code}, (plain,))
    return None


def _period(choice: Choice) -> ChoiceTrouble | None:
    grain = choice.interval
    newest = replace(choice, start=grain.shifted(grain.ceiling(choice.end), -NEWEST[grain]))
    if choice.start >= choice.end:
        return ChoiceTrouble("data.backwards", {}, (("data.day_before_end", {}, newest),))
    if choice.start < _EARLIEST or choice.end > _LATEST:
        return ChoiceTrouble("data.out_of_time", {})
    if choice.level not in levels_in(choice.region):
        fit = replace(choice, level=places()[choice.region].level)
        return ChoiceTrouble("data.no_level", {"level": choice.level.value}, (("data.use_own_level", {}, fit),))
    if not regions_of(choice):
        all_of_them: Remedy = ("data.use_all_regions", {}, replace(choice, only=()))
        return ChoiceTrouble("data.no_such_regions", {"level": choice.level.value}, (all_of_them,))
    return None


def _too_fine(choice: Choice) -> ChoiceTrouble | None:
    longest = choice.interval.longest_range
    span = choice.end - choice.start
    if span <= longest:
        return None
    shorter = replace(choice, start=choice.end - longest)
    remedies: list[Remedy] = [("data.use_shorter", {"days": longest.days}, shorter)]
    if coarser := _finest(choice, span):
        remedies.insert(0, ("data.use_interval", {"interval": coarser.value}, replace(choice, interval=coarser)))
    told = {"interval": choice.interval.value, "most": longest.days, "asked": f"{span / timedelta(days=1):.1f}"}
    return ChoiceTrouble("data.too_fine", told, tuple(remedies))


def _finest(choice: Choice, span: timedelta) -> Grain | None:
    return next((one for one in choice.fits.grains if span <= one.longest_range), None)


def _too_many_hours(choice: Choice) -> ChoiceTrouble | None:
    """Return why air quality is not computed for so many regions and hours at once."""
    every = [one.declared for code in choice.indicators if (one := catalogue()[code])]
    hours = (choice.end - choice.start) // timedelta(hours=1)
    regions = len(regions_of(choice))
    if regions * hours <= MOST_HOURS or not any(one and isinstance(one.measure, AirQualityIndex) for one in every):
        return None
    days = MOST_HOURS // regions // 24 - 2  # hours before the first, and a bucket that the period begins within
    fixes: list[Remedy] = [("data.use_shorter", {"days": days}, replace(choice, start=choice.end - timedelta(days)))]
    if is_city(choice.region) and choice.level is not RegionLevel.CITY:
        city = replace(choice, level=RegionLevel.CITY, only=())
        fixes.append(("data.use_level", {"level": city.level.value}, city))
    return ChoiceTrouble(
        "data.too_many_hours", {"n": f"{regions * hours:,}", "most": f"{MOST_HOURS:,}"}, tuple(fixes)
    )


def _too_much(choice: Choice) -> ChoiceTrouble | None:
    if choice.rows <= MOST_POINTS:
        return None
    key = "data.too_much" if viewer.may(Permission.EXPORT_READ) else "data.too_much.no_file"
    told = {"points": f"{choice.rows:,}", "most": f"{MOST_POINTS:,}"}
    return ChoiceTrouble(key, told, tuple(_less(choice)), file=True)


def _less(choice: Choice) -> Iterator[Remedy]:
    """Yield what would fit: coarser, shorter, by larger regions."""
    coarser = (replace(choice, interval=one) for one in choice.fits.grains if choice.interval.is_finer_than(one))
    if fit := next((one for one in coarser if one.rows <= MOST_POINTS), None):
        yield "data.use_interval", {"interval": fit.interval.value}, fit
    a_day = (
        len(regions_of(choice))
        * len(choice.indicators)
        * max(timedelta(days=1) // choice.interval.interval.length, 1)
    )
    if days := (MOST_POINTS - a_day) // a_day:  # a bucket more at each end where the period begins within one
        yield "data.use_shorter", {"days": days}, replace(choice, start=choice.end - timedelta(days=days))
    larger = by_larger(choice)
    if larger and larger.rows <= MOST_POINTS:
        yield "data.use_level", {"level": larger.level.value}, larger


def by_larger(choice: Choice) -> Choice | None:
    """Return the question by districts in place of streets, within the same region; None where there are none."""
    if choice.level is not RegionLevel.STREET:
        return None
    return replace(choice, region=district_of(choice.region), level=RegionLevel.DISTRICT, only=())
