"""What an analyst has chosen on the data page, read from its address and written to it; and what cannot be answered.

Times in an address are the city's wall time, `2026-11-23T08:00`; without them the view is the newest day or month.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote

from cityops import reference
from cityops.domain.access import Permission
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.regions import Region, RegionLevel, district_of, holds
from cityops.indicators import in_force
from cityops_dashboards import display
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import DARK, LIGHT, Address, write

PATH = "/data"
VIEWS = ("chart", "table", "map")
MOST_INDICATORS = 4
MOST_POINTS = 60_000
"""Points that one page shows; the file has no such limit."""

QUICK = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
NEWEST = {
    Interval.FIVE_MINUTES: timedelta(hours=24),
    Interval.HOUR: timedelta(hours=24),
    Interval.DAY: timedelta(days=30),
}
"""Length of the view when the address names no time."""

Kind = TypeVar("Kind", Interval, RegionLevel)

_EARLIEST = datetime(2000, 1, 1, tzinfo=CITY_ZONE)
_LATEST = datetime(2100, 1, 1, tzinfo=CITY_ZONE)
_DEPTH = {RegionLevel.CITY: 0, RegionLevel.DISTRICT: 1, RegionLevel.STREET: 2}


@dataclass(frozen=True)
class Choice:
    """A question of the data page; `start` and `end` are aware, in the city's zone."""

    indicator: str
    compare: tuple[str, ...]
    region: str
    level: RegionLevel
    interval: Interval
    start: datetime
    end: datetime
    lang: str
    theme: str = DARK
    lines: tuple[str, ...] = ()
    """Regions whose lines stand out in the chart; the answer is the same with and without."""
    view: str = VIEWS[0]
    """How the answer is shown; it is the same in all of them."""

    @property
    def indicators(self) -> tuple[str, ...]:
        """All chosen indicators, the main one first."""
        return (self.indicator, *self.compare)

    @property
    def bins(self) -> int:
        """Number of buckets that the period touches."""
        return -((self.interval.floor(self.start) - self.end) // self.interval.length)

    def values(self) -> dict[str, str]:
        """Return the values of the controls, which are also the parameters of the address."""
        return {
            "indicator": self.indicator,
            "compare": ",".join(self.compare),
            "region": self.region,
            "level": self.level.value,
            "interval": self.interval.value,
            "start": wall_time(self.start),
            "end": wall_time(self.end),
        }

    def address(self) -> str:
        """Return the address of this view."""
        seen = {"lines": ",".join(self.lines), "lang": None if self.lang == "zh" else self.lang}
        seen |= {
            "theme": self.theme if self.theme == LIGHT else None,
            "view": self.view if self.view != VIEWS[0] else None,
        }
        return write(PATH, self.values() | seen)

    @property
    def rows(self) -> int:
        """Number of rows of the file."""
        return len(regions_of(self)) * self.bins * len(self.indicators)

    def export(self, form: str | None = None) -> str:
        """Return the address of the file of all indicators, CSV unless another format is asked for.

        The same address gives the same file.
        """
        asked: dict[str, str | None] = {
            **self.values(),
            "compare": None,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "lang": self.lang,
            "format": form,
        }
        return write("/export/series.csv", asked) + "".join(f"&also={quote(one)}" for one in self.compare)


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


def wall_time(moment: datetime) -> str:
    """Return a moment as it stands in addresses and controls."""
    return moment.astimezone(CITY_ZONE).strftime("%Y-%m-%dT%H:%M")


@lru_cache
def declared() -> dict[str, Indicator]:
    """Return all indicators by code, in their order of display."""
    return indicators(reference.metrics(), {}, in_force().themes)


@lru_cache
def catalogue() -> dict[str, Indicator]:
    """Return what can be chosen, by code, in its order of display: what can be had at all of the intervals."""
    return {code: one for code, one in declared().items() if one.is_binned}


@lru_cache
def places() -> dict[str, Region]:
    """Return all regions by code."""
    return {one.code: one for one in reference.regions()}


def regions_of(choice: Choice) -> list[Region]:
    """Return the regions that the answer is by, in order of code; empty where the level is not inside the region."""
    return [one for one in places().values() if one.level is choice.level and holds(choice.region, one.code)]


def levels_in(region: str) -> list[RegionLevel]:
    """Return the levels that a region can be divided by, its own first."""
    known = places().get(region)
    return [level for level in RegionLevel if not known or _DEPTH[level] >= _DEPTH[known.level]]


def read(address: Address, now: datetime) -> Choice:
    """Return what an address asks for; what it does not say, or says in words nobody knows, is the default."""
    query = address.query
    region = query.get("region", reference.CITY_CODE)
    interval = _one_of(Interval, query.get("interval"), Interval.HOUR)
    indicator = query.get("indicator", display.DEFAULT_METRIC)
    others = dict.fromkeys(code for code in query.get("compare", "").split(",") if code and code != indicator)
    end = _moment(query.get("end")) or interval.floor(now) + interval.length
    return Choice(
        indicator=indicator,
        compare=tuple(others)[: MOST_INDICATORS - 1],
        region=region,
        level=_one_of(RegionLevel, query.get("level"), _usual_level(region)),
        interval=interval,
        start=_moment(query.get("start")) or end - NEWEST[interval],
        end=end,
        lang=address.lang,
        theme=address.theme,
        lines=tuple(dict.fromkeys(code for code in query.get("lines", "").split(",") if code in places())),
        view=next((one for one in VIEWS if one == query.get("view")), VIEWS[0]),
    )


def _usual_level(region: str) -> RegionLevel:
    known = places().get(region)
    return RegionLevel.DISTRICT if not known or known.level is RegionLevel.CITY else known.level


def _one_of(kind: type[Kind], asked: str | None, default: Kind) -> Kind:
    return next((one for one in kind if one.value == asked), default)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.astimezone(CITY_ZONE) if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


def trouble(address: Address, choice: Choice) -> ChoiceTrouble | None:
    """Return why this is not asked for; None for what the API should answer."""
    return _unknown(address, choice) or _period(choice) or _too_fine(choice) or _too_much(choice)


def _unknown(address: Address, choice: Choice) -> ChoiceTrouble | None:
    for code in choice.indicators:
        if code in declared() and code not in catalogue():
            return _not_binned(choice, declared()[code])
        if code not in catalogue():
            others = tuple(one for one in choice.indicators if one in catalogue()) or (display.DEFAULT_METRIC,)
            fit = replace(choice, indicator=others[0], compare=others[1:])
            return ChoiceTrouble("data.no_indicator", {"code": code}, (("data.use_other", {}, fit),))
    if choice.region not in places():
        fit = replace(choice, region=reference.CITY_CODE, level=RegionLevel.DISTRICT)
        return ChoiceTrouble("data.no_region", {"code": choice.region}, (("data.use_city", {}, fit),))
    for end in ("start", "end"):
        asked = address.query.get(end)
        if asked and _moment(asked) is None:
            return ChoiceTrouble("data.no_time", {"text": asked}, (("data.use_newest", {}, choice),))
    return None


def _not_binned(choice: Choice, one: Indicator) -> ChoiceTrouble:
    """Return why an indicator that has no hours cannot be shown, and what near it can: its parts, its theme."""
    parts = [*one.declared.inputs().values()] if one.declared else []
    theme = [code for code, other in catalogue().items() if other.theme == one.theme]
    near = [code for code in dict.fromkeys([*parts, *theme, display.DEFAULT_METRIC]) if code in catalogue()][:3]
    fits = (("data.use_indicator", {"indicator": code}, replace(choice, indicator=code, compare=())) for code in near)
    return ChoiceTrouble("data.not_binned", {"indicator": one.code}, tuple(fits))


def _period(choice: Choice) -> ChoiceTrouble | None:
    newest = replace(choice, start=choice.end - NEWEST[choice.interval])
    if choice.start >= choice.end:
        return ChoiceTrouble("data.backwards", {}, (("data.day_before_end", {}, newest),))
    if choice.start < _EARLIEST or choice.end > _LATEST:
        return ChoiceTrouble("data.out_of_time", {})
    if choice.level not in levels_in(choice.region):
        fit = replace(choice, level=places()[choice.region].level)
        return ChoiceTrouble("data.no_level", {"level": choice.level.value}, (("data.use_own_level", {}, fit),))
    return None


def _too_fine(choice: Choice) -> ChoiceTrouble | None:
    longest = choice.interval.longest_range
    span = choice.end - choice.start
    if span <= longest:
        return None
    shorter = replace(choice, start=choice.end - longest)
    remedies: list[Remedy] = [("data.use_shorter", {"days": longest.days}, shorter)]
    if coarser := Interval.finest_for(span):
        remedies.insert(0, ("data.use_interval", {"interval": coarser.value}, replace(choice, interval=coarser)))
    told = {"interval": choice.interval.value, "most": longest.days, "asked": f"{span / timedelta(days=1):.1f}"}
    return ChoiceTrouble("data.too_fine", told, tuple(remedies))


def _too_much(choice: Choice) -> ChoiceTrouble | None:
    if choice.rows <= MOST_POINTS:
        return None
    key = "data.too_much" if viewer.may(Permission.EXPORT_READ) else "data.too_much.no_file"
    told = {"points": f"{choice.rows:,}", "most": f"{MOST_POINTS:,}"}
    return ChoiceTrouble(key, told, tuple(_less(choice)), file=True)


def _less(choice: Choice) -> Iterator[Remedy]:
    """Yield what would fit: coarser, shorter, by larger regions."""
    coarser = (replace(choice, interval=one) for one in Interval if one.length > choice.interval.length)
    if fit := next((one for one in coarser if one.rows <= MOST_POINTS), None):
        yield "data.use_interval", {"interval": fit.interval.value}, fit
    a_day = len(regions_of(choice)) * len(choice.indicators) * (timedelta(days=1) // choice.interval.length)
    if days := (MOST_POINTS - a_day) // a_day:  # a bucket more at each end where the period begins within one
        yield "data.use_shorter", {"days": days}, replace(choice, start=choice.end - timedelta(days=days))
    larger = by_larger(choice)
    if larger and larger.rows <= MOST_POINTS:
        yield "data.use_level", {"level": larger.level.value}, larger


def by_larger(choice: Choice) -> Choice | None:
    """Return the question by districts in place of streets, within the same region; None where there are none."""
    if choice.level is not RegionLevel.STREET:
        return None
    return replace(choice, region=district_of(choice.region), level=RegionLevel.DISTRICT)
