"""What an analyst has chosen on the data page, read from its address and written to it.

Times in an address are the city's wall time, `2026-11-23T08:00`, or a period that goes along with the clock, `30d`;
without either the view is the newest day or month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from cityops import reference
from cityops.domain.indicators.periods import Compared, Grain
from cityops.domain.indicators.views import MOST_INDICATORS, NEWEST, RelativePeriod
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import Region, RegionLevel, district_of, holds
from cityops_dashboards import display
from cityops_dashboards.addresses import DARK, LIGHT, Address, write
from cityops_dashboards.pages.data.fits import Fits, fits_of, places

PATH = "/data"
VIEWS = ("chart", "table", "map")

PRESETS = tuple(one for one in RelativePeriod if one is not RelativePeriod.NEWEST)
"""Periods at a press."""

Kind = TypeVar("Kind", Grain, RegionLevel, Compared)

_DEPTH = {RegionLevel.CITY: 0, RegionLevel.DISTRICT: 1, RegionLevel.STREET: 2}


@dataclass(frozen=True)
class Choice:
    """A question of the data page; `start` and `end` are aware, in the city's zone."""

    indicator: str
    compare: tuple[str, ...]
    region: str
    level: RegionLevel
    interval: Grain
    start: datetime
    end: datetime
    lang: str
    theme: str = DARK
    lines: tuple[str, ...] = ()
    """Regions whose lines stand out in the chart; the answer is the same with and without."""
    view: str = VIEWS[0]
    """How the answer is shown; it is the same in all of them."""
    only: tuple[str, ...] = ()
    """Of the regions of the level these alone; all where none is named."""
    against: Compared | None = None
    """With what each period is compared."""
    period: RelativePeriod | None = None
    """What start and end stand for, and go along with the clock by; None where they are fixed."""

    @property
    def indicators(self) -> tuple[str, ...]:
        """All chosen indicators, the main one first."""
        return (self.indicator, *self.compare)

    @property
    def bins(self) -> int:
        """Number of buckets that the period touches."""
        grain, first = self.interval, self.interval.floor(self.start)
        if grain.months:
            return sum(1 for _ in grain.within(first, self.end))
        return -((first - self.end) // grain.interval.length)

    @property
    def fits(self) -> Fits:
        """What the chosen indicators have in common."""
        return fits_of(self.indicators)

    @property
    def has_band(self) -> bool:
        """Whether the usual range can stand behind the lines: one region by the hour, compared with nothing else."""
        return self.interval is Grain.HOUR and self.against is None and len(regions_of(self)) == 1

    def values(self) -> dict[str, str]:
        """Return the values of the controls, which are also the parameters of the address."""
        return {
            "indicator": self.indicator,
            "compare": ",".join(self.compare),
            "region": self.region,
            "level": self.level.value,
            "only": ",".join(self.only),
            "interval": self.interval.value,
            "start": wall_time(self.start),
            "end": wall_time(self.end),
            "against": self.against.value if self.against else "",
            "period": self.period.value if self.period else "",
        }

    def question(self) -> dict[str, str | None]:
        """Return the parameters of what is asked: a period that goes along with the clock stays one."""
        asked: dict[str, str | None] = {**self.values()}
        if self.period:
            asked |= {"start": None, "end": None}
        if self.period is RelativePeriod.NEWEST:
            asked["period"] = None
        return asked

    def address(self) -> str:
        """Return the address of this view."""
        seen = {"lines": ",".join(self.lines), "lang": None if self.lang == "zh" else self.lang}
        seen |= {
            "theme": self.theme if self.theme == LIGHT else None,
            "view": self.view if self.view != VIEWS[0] else None,
        }
        return write(PATH, self.question() | seen)

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
            "compare": self.against.value if self.against else None,
            "against": None,
            "period": None,
            "only": None,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "lang": self.lang,
            "format": form,
        }
        several = [("also", self.compare), ("only", self.only)]
        listed = "".join(f"&{name}={quote(one)}" for name, codes in several for one in codes)
        return write("/export/series.csv", asked) + listed


def wall_time(at: datetime) -> str:
    """Return a moment as it stands in addresses and controls."""
    return at.astimezone(CITY_ZONE).strftime("%Y-%m-%dT%H:%M")


def regions_of(choice: Choice) -> list[Region]:
    """Return the regions that the answer is by, in order of code; empty where the level is not inside the region."""
    among = offered_regions(choice)
    return [one for one in among if not choice.only or one.code in choice.only]


def offered_regions(choice: Choice) -> list[Region]:
    """Return the regions of the level inside the region, of which some may be chosen."""
    return [one for one in places().values() if one.level is choice.level and holds(choice.region, one.code)]


def levels_in(region: str) -> list[RegionLevel]:
    """Return the levels that a region can be divided by, its own first."""
    known = places().get(region)
    return [level for level in RegionLevel if not known or _DEPTH[level] >= _DEPTH[known.level]]


def read(address: Address, now: datetime) -> Choice:
    """Return what an address asks for; what it does not say, or says in words nobody knows, is the default."""
    query = address.query
    region = query.get("region", reference.CITY_CODE)
    indicator = query.get("indicator", display.DEFAULT_METRIC)
    others = dict.fromkeys(code for code in query.get("compare", "").split(",") if code and code != indicator)
    compare = tuple(others)[: MOST_INDICATORS - 1]
    fits = fits_of((indicator, *compare))
    interval = _one_of(Grain, query.get("interval"), _nearest(Grain.HOUR, fits.grains))
    level = _one_of(RegionLevel, query.get("level"), _nearest(_usual_level(region), fits.levels))
    period = _period(query)
    start, end = period.span(interval, now) if period else (moment(query.get("start")), moment(query.get("end")))
    end = end or interval.shifted(interval.floor(now), 1)
    return Choice(
        indicator=indicator,
        compare=compare,
        region=region,
        level=level,
        interval=interval,
        start=start or interval.shifted(interval.ceiling(end), -NEWEST[interval]),
        end=end,
        lang=address.lang,
        theme=address.theme,
        lines=_codes(query.get("lines")),
        view=next((one for one in VIEWS if one == query.get("view")), VIEWS[0]),
        only=_codes(query.get("only")),
        against=next((one for one in Compared if one.value == query.get("against")), None),
        period=period,
    )


def _period(query: Mapping[str, str]) -> RelativePeriod | None:
    """Return the period that goes along with the clock; None where a time is named, which then counts."""
    if query.get("start") or query.get("end"):
        return None
    return next((one for one in PRESETS if one.value == query.get("period")), RelativePeriod.NEWEST)


def _codes(listed: str | None) -> tuple[str, ...]:
    """Return the regions of a list that there are, each once."""
    return tuple(dict.fromkeys(code for code in (listed or "").split(",") if code in places()))


def _nearest(wanted: Kind, fitting: tuple[Kind, ...]) -> Kind:
    """Return the fitting one that is nearest in length or size; what is wanted where nothing fits."""
    order = list(type(wanted))
    return min(fitting, key=lambda one: abs(order.index(one) - order.index(wanted)), default=wanted)


def fitted(choice: Choice) -> Choice:
    """Return the nearest question that its indicators can answer; other periods have their newest time."""
    fits = choice.fits
    interval = _nearest(choice.interval, fits.grains)
    possible = tuple(level for level in fits.levels if level in levels_in(choice.region))
    region, level = choice.region, _nearest(choice.level, possible or fits.levels)
    if not possible:
        region = reference.CITY_CODE if level is RegionLevel.CITY else district_of(region)
    end = choice.end if interval is choice.interval else interval.ceiling(choice.end)
    start = choice.start if interval is choice.interval else interval.shifted(end, -NEWEST[interval])
    against = None if choice.against is Compared.TO_DATE and not fits.to_date else choice.against
    only = choice.only if (region, level) == (choice.region, choice.level) else ()
    return replace(
        choice, interval=interval, level=level, region=region, start=start, end=end, against=against, only=only
    )


def _usual_level(region: str) -> RegionLevel:
    known = places().get(region)
    return RegionLevel.DISTRICT if not known or known.level is RegionLevel.CITY else known.level


def _one_of(kind: type[Kind], asked: str | None, default: Kind) -> Kind:
    return next((one for one in kind if one.value == asked), default)


def moment(text: str | None) -> datetime | None:
    """Return the moment that a text names, of the city unless it says of where; None for what is none."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(CITY_ZONE) if found.tzinfo else found.replace(tzinfo=CITY_ZONE)
