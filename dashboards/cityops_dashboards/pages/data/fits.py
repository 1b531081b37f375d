"""What can be chosen on the data page: the indicators in force, and by which periods and levels each is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cityops import reference
from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import in_force
from cityops.reference.themes import Themes


@dataclass(frozen=True)
class Fits:
    """By which periods and for which levels there is an answer, and whether one since 1 January."""

    grains: tuple[Grain, ...]
    levels: tuple[RegionLevel, ...]
    to_date: bool

    def both(self, other: "Fits") -> "Fits":
        """Return what this and another have in common."""
        grains = tuple(one for one in self.grains if one in other.grains)
        levels = tuple(one for one in self.levels if one in other.levels)
        return Fits(grains, levels, self.to_date and other.to_date)

    def plain(self) -> dict[str, Any]:
        """Return it as the scripts read it."""
        return {"intervals": [*self.grains], "levels": [*self.levels], "toDate": self.to_date}


ANY = Fits(tuple(Grain), tuple(RegionLevel), to_date=True)


@dataclass(frozen=True)
class Offered:
    """All indicators by code, theme after theme, and what each fits."""

    themes: Themes
    indicators: dict[str, Indicator]
    fits: dict[str, Fits]


_kept: list[Offered] = []


def offered() -> Offered:
    """Return what is in force; it is made anew when the files that declare indicators have changed."""
    themes = in_force()
    newest = next((one for one in _kept if one.themes is themes), None)
    if newest is None:
        newest = _made(themes)
        _kept[:] = [newest]
    return newest


def _made(themes: Themes) -> Offered:
    every = indicators(reference.metrics(), {}, themes.themes)
    order = {theme.theme: place for place, theme in enumerate(themes.themes)}
    last = len(order)
    codes = sorted(every, key=lambda code: order.get(one.theme, last) if (one := every[code].theme) else last)
    known = {code: every[code] for code in codes}
    return Offered(themes, known, {code: _fits(one, known) for code, one in known.items()})


def _fits(one: Indicator, every: dict[str, Indicator]) -> Fits:
    """Return what an indicator fits: periods and levels are refused apart from one another."""
    grains = tuple(grain for grain in Grain if any(_has_answer(one, grain, level, every) for level in RegionLevel))
    levels = tuple(level for level in RegionLevel if any(_has_answer(one, grain, level, every) for grain in Grain))
    try:
        questions.check_to_date(one, grains[-1], levels[0], every)
    except RefusedQuestionError:
        return Fits(grains, levels, to_date=False)
    return Fits(grains, levels, to_date=True)


def _has_answer(one: Indicator, grain: Grain, level: RegionLevel, every: dict[str, Indicator]) -> bool:
    try:
        questions.check(one, grain, level, every)
    except RefusedQuestionError:
        return False
    return True


def catalogue() -> dict[str, Indicator]:
    """Return what can be chosen, by code, theme after theme."""
    return offered().indicators


def fits_of(codes: Iterable[str]) -> Fits:
    """Return what several indicators have in common; of those that nobody knows anything."""
    found = ANY
    for code in codes:
        found = found.both(offered().fits.get(code, ANY))
    return found


@lru_cache
def places() -> dict[str, Region]:
    """Return all regions by code."""
    return {one.code: one for one in reference.regions()}
