"""What may be asked of an indicator, by which periods and for which level of regions, and how it is folded.

A question that would add up what does not add up is refused, with the reason and with what can be asked instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import Aggregation, AirQualityIndex, Cumulative, Filled, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel

BULLETINS = (Grain.HOUR, Grain.DAY)
"""By what the standard reports the air: 实时报 and 日报."""

MOST_HOURS = 30_000
"""Hours of regions that air quality is computed from: of a region three years, of 11 districts three months."""

_DEPTH = [RegionLevel.CITY, RegionLevel.DISTRICT, RegionLevel.STREET]


class RefusedQuestionError(ValueError):
    """A question has no right answer; the message says why, `instead` which parameters would have one."""

    def __init__(self, words: str, **instead: str) -> None:
        self.instead = instead
        told = "&".join(f"{name}={value}" for name, value in instead.items())
        super().__init__(f"{words}; ask {told} instead." if told else f"{words}.")


@dataclass(frozen=True, slots=True)
class Folding:
    """How kept values of an indicator become those that are asked for."""

    level: RegionLevel
    """The level of the regions whose values are read."""
    picks: str | None = None
    """Of a stock over a longer time: its first (min) or last (max) period stands for it."""


def check(indicator: Indicator, grain: Grain, level: RegionLevel, every: Mapping[str, Indicator]) -> None:
    """Refuse a question of an indicator, or of one that it is made of.

    Raises
    ------
    RefusedQuestionError
        It has no right answer.
    """
    declared = indicator.declared
    if declared is None or indicator.counts is not None:
        return
    measure = declared.measure
    if isinstance(measure, Pushed | Filled):
        folding(indicator.code, declared, grain, level)
    if isinstance(measure, AirQualityIndex) and grain not in BULLETINS:
        words = f"interval: {indicator.code} is reported by the hour and by the day, and does not add up over time"
        raise RefusedQuestionError(words, interval=BULLETINS[0] if grain.is_finer_than(Grain.HOUR) else BULLETINS[1])
    if isinstance(measure, Cumulative) and Grain(measure.grain_to_date).is_finer_than(grain):
        since = measure.grain_to_date
        words = f"interval: {indicator.code} is summed since the beginning of the {since}, and a {grain} is longer"
        raise RefusedQuestionError(words, interval=since)
    for code in declared.inputs().values():
        check(every[code], grain, level, every)


def folding(code: str, declared: IndicatorDeclaration, grain: Grain, level: RegionLevel) -> Folding:
    """Return how values from outside become those that are asked for.

    Raises
    ------
    RefusedQuestionError
        They would have to be added up though they do not, or are not there so finely.
    """
    return Folding(_level(code, declared, level), _picks(code, declared, grain))


def _picks(code: str, declared: IndicatorDeclaration, grain: Grain) -> str | None:
    period = declared.period
    if grain.is_finer_than(period):
        words = f"interval: {code} comes by the {period}, and a {grain} is shorter"
        raise RefusedQuestionError(words, interval=period)
    if grain is period or _folds(declared, additive=declared.adds_over.over_time):
        return None
    if declared.window_choice:
        return declared.window_choice
    why = f"interval: {code} does not add up over time, so that of a {grain} there is no value"
    raise RefusedQuestionError(why, interval=period)


def _level(code: str, declared: IndicatorDeclaration, level: RegionLevel) -> RegionLevel:
    assert isinstance(declared.measure, Pushed | Filled)
    kept = sorted(declared.measure.levels, key=_DEPTH.index)
    if level in kept:
        return level
    finer = [one for one in kept if _DEPTH.index(one) > _DEPTH.index(level)]
    if not finer:
        raise RefusedQuestionError(
            f"level: {code} comes by {' and '.join(kept)}, and a {level} is smaller", level=kept[-1]
        )
    if not _folds(declared, additive=declared.adds_over.over_regions):
        why = f"level: {code} comes by {' and '.join(kept)}, and does not add up over regions"
        raise RefusedQuestionError(why, level=finer[0])
    return finer[0]


def _folds(declared: IndicatorDeclaration, *, additive: bool) -> bool:
    """Return whether several values become one by their aggregation alone."""
    if declared.folds is Aggregation.SUM:
        return additive
    return declared.folds in {Aggregation.RATIO, Aggregation.MAX, Aggregation.MIN}


def check_to_date(indicator: Indicator, grain: Grain, level: RegionLevel, every: Mapping[str, Indicator]) -> None:
    """Refuse to cumulate since the beginning of the year what does not add up over time.

    Raises
    ------
    RefusedQuestionError
        It does not, or the year cannot be asked for.
    """
    adds = indicator.additive_over.over_time or indicator.aggregate is Aggregation.RATIO
    if not adds or indicator.kind in {"derived", "cumulative"}:
        why = f"compare: {indicator.code} does not add up over time, so that nothing is summed since 1 January"
        raise RefusedQuestionError(why, compare="year")
    check(indicator, grain, level, every)
