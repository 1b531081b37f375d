"""The vital signs of city and districts at this moment: what each leaf says, what it is worth, and what is missing.

Readings are those of the state's tick; values from outside are read for all leaves and regions at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Connection

from cityops.api.state.city import City, Moment
from cityops.api.state.metrics import instant
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.freshness import Freshness
from cityops.domain.indicators import questions
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket
from cityops.domain.indicators.lateness import NewestPeriod, lateness
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.vital_signs import scores
from cityops.domain.indicators.vital_signs.indices import SignIndices, WhyMissing, indices
from cityops.domain.indicators.vital_signs.scores import ScoreLine
from cityops.domain.indicators.vital_signs.tree import VitalSignTree
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import in_force
from cityops.services.indicators.answering import AskedPeriods, Evaluation, read_ahead
from cityops.store.engine import reading
from cityops.store.indicators import corrections

TICK_S = 5.0
"""The values move by five minutes at the most often, and readings are told each half second by the state."""

PERIODS_BACK = {
    Grain.FIVE_MINUTES: 12,
    Grain.HOUR: 24,
    Grain.DAY: 7,
    Grain.MONTH: 3,
    Grain.QUARTER: 3,
    Grain.YEAR: 2,
}
"""Of how many finished periods the newest value is looked for; one before that is told as none."""


AT_FIRST = 2
"""So many of these periods are folded at first: the newest that is over, and the one before it, for the newest may be
on its way. The others cost five times as much, and are folded for the regions that are silent still."""


class LeafState(NamedTuple):
    """What a leaf says in a region: its newest finished value, of when, what it is worth, or why it takes no part."""

    indicator: Indicator
    value: float | None
    as_of: datetime | None
    warning: WarningLevel
    score: float | None
    why: WhyMissing | None


@dataclass(frozen=True)
class RegionSigns:
    """The tree of one region."""

    region: Region
    leaves: Mapping[str, LeafState]
    indices: SignIndices


@dataclass(frozen=True)
class VitalSigns:
    """The trees of the city and of its districts at one moment."""

    at: datetime
    tree: VitalSignTree
    regions: Mapping[str, RegionSigns]


class NewestValue(NamedTuple):
    """The newest finished value of an indicator in a region, and the end of its period; or why there is none."""

    value: float | None
    as_of: datetime | None
    why: WhyMissing | None = None


def changed(city: City) -> int:
    """Return a number that grows with each correction: what was computed before tells the old values."""
    with reading(city.engine, WHOLE_CITY) as connection:
        return corrections.newest_step(connection)


def looked_at(city: City) -> tuple[float, VitalSigns | None]:
    """Return when the store was read (monotonic clock), and the vital signs; None where no tree is declared."""
    tree, began = in_force().signs, monotonic()
    if tree is None:
        return began, None
    every, moment, now = city.indicators(), city.moment(), utc_now()
    regions = [one for one in city.regions().values() if one.level is not RegionLevel.STREET]
    lines = {code: _line(every, tree, code) for code in tree.leaves}
    with reading(city.engine, WHOLE_CITY) as connection:
        newest = newest_values(connection, city, [every[code] for code in lines if code in every], regions, now)
    told = {}
    for region in regions:
        readings = present_values(moment, region)
        values = {code: readings.get(code) or newest[code, region.code] for code in lines if code in every}
        leaves = {code: _leaf(every[code], one, lines[code]) for code, one in values.items()}
        worth = {code: one.score for code, one in leaves.items() if one.score is not None}
        told[region.code] = RegionSigns(region, leaves, indices(tree, worth))
    return began, VitalSigns(now, tree, told)


def _line(every: Mapping[str, Indicator], tree: VitalSignTree, code: str) -> ScoreLine | None:
    """Return what the values of a leaf are worth: as the tree says, or else as the thresholds of today do."""
    scale = tree.leaves[code].scale
    if scale:
        return ScoreLine(scale)
    return scores.line(scores.limits(every[code])) if code in every else None


def _leaf(indicator: Indicator, newest: NewestValue, line: ScoreLine | None) -> LeafState:
    value, as_of, why = newest
    level = scores.warning(indicator, value)
    if why is None and line is None:
        why = WhyMissing.NO_SCALE
    score = line.score(value) if line is not None and why is None and value is not None else None
    return LeafState(indicator, value, as_of, level, score, why)


def present_values(moment: Moment, region: Region) -> dict[str, NewestValue]:
    """Return the present value of each metric in a region; one of late readings alone is told, and takes no part."""
    found = {}
    totals = moment.snapshot.totals(region.code)
    for metric, total in zip(moment.snapshot.registry.metrics, totals, strict=True):
        why = None
        if not total.expected:
            why = WhyMissing.NO_DEVICES
        elif total.value is None:
            why = WhyMissing.NO_VALUE
        elif total.freshness is not Freshness.FRESH:
            why = WhyMissing.LATE
        found[metric.code] = NewestValue(total.value, instant(total.newest), why)
    return found


def newest_values(
    connection: Connection, city: City, wanted: Sequence[Indicator], regions: Sequence[Region], now: datetime
) -> dict[tuple[str, str], NewestValue]:
    """Return the newest finished value of declared indicators in city and districts, by indicator and region."""
    declared = {one.code: one.declared for one in wanted if one.declared}
    spans = {code: _finished(one.period, now) for code, one in declared.items()}
    every, ahead = city.indicators(), read_ahead(connection, declared, spans, [one.code for one in regions])
    evaluation = Evaluation(connection, every, city.regions(), now, ahead)
    found: dict[tuple[str, str], NewestValue] = {}
    for level in RegionLevel:
        of_level = tuple(one.code for one in regions if one.level is level)
        if of_level:
            for code, one in declared.items():
                asked = AskedPeriods(of_level, level, one.period)
                found |= _newest(evaluation, every, code, asked, spans[code], now)
    return found


def _finished(period: Grain, now: datetime) -> list[Bucket]:
    """Return the last periods that are over, the oldest first."""
    end = period.floor(now)
    return [*period.within(period.shifted(end, -PERIODS_BACK[period]), end)]


def _newest(
    evaluation: Evaluation,
    every: Mapping[str, Indicator],
    code: str,
    asked: AskedPeriods,
    spans: Sequence[Bucket],
    now: datetime,
) -> Iterator[tuple[tuple[str, str], NewestValue]]:
    try:
        questions.check(every[code], asked.grain, asked.level, every)
    except RefusedQuestionError:
        yield from (((code, region), NewestValue(None, None, WhyMissing.NO_LEVEL)) for region in asked.regions)
        return
    left = asked
    for part in (spans[-AT_FIRST:], spans[:-AT_FIRST]):
        if not left.regions or not part:
            break
        cells = evaluation.cells(every[code], left, part)
        silent = []
        for region in left.regions:
            told = ((span, cells[region, span].value) for span in reversed(part))
            newest = next(((span[1], value) for span, value in told if value is not None), None)
            if newest is None:
                silent.append(region)
            else:
                yield (code, region), _judged(every, code, *newest, now)
        left = replace(left, regions=tuple(silent))
    yield from (((code, region), NewestValue(None, None, WhyMissing.NO_VALUE)) for region in left.regions)


def _judged(every: Mapping[str, Indicator], code: str, end: datetime, value: float, now: datetime) -> NewestValue:
    """Return the newest value with what keeps it from taking part: that the next should be there by now."""
    stands = lateness(every[code], every, {code: NewestPeriod(end, end)}, now, finished=True)
    return NewestValue(value, end, WhyMissing.LATE if stands.is_too_old(now) else None)
