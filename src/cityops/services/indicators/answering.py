"""Answers questions of all kinds of indicators: reads what is kept, folds it to cells, makes indicators of others."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog
from sqlalchemy import Connection

from cityops.domain.indicators.conflicts import chosen
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.expressions import evaluate
from cityops.domain.indicators.folding import EMPTY, Bucket, Cell, KeptCell, earlier, fold, marks_of, ratio, within
from cityops.domain.indicators.measures import AirQualityIndex, Cumulative, Derived, Filled, Pushed, Ratio
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import folding
from cityops.domain.indicators.revisions import KeptValue
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops.domain.metrics import Aggregate
from cityops.domain.regions import Region, RegionLevel, holds
from cityops.domain.rollups import combine
from cityops.services.indicators import bulletins
from cityops.store.indicators import corrections as corrected_values
from cityops.store.indicators import recorded as value_store
from cityops.store.indicators import series as store

log = structlog.get_logger()

Cells = dict[tuple[str, Bucket], Cell]
"""By region and bucket."""


@dataclass(frozen=True)
class AskedPeriods:
    """Of which regions, all of one level, and by which periods something is asked."""

    regions: tuple[str, ...]
    level: RegionLevel
    grain: Grain


@dataclass(frozen=True)
class ReadAhead:
    """Values from outside as they are shown, read at once, by indicator: each from a moment on, of some regions."""

    since: Mapping[str, datetime]
    regions: frozenset[str]
    values: Mapping[str, Sequence[KeptValue]]


NOTHING_AHEAD = ReadAhead({}, frozenset(), {})


def read_ahead(
    connection: Connection,
    declared: Mapping[str, IndicatorDeclaration],
    spans: Mapping[str, Sequence[Bucket]],
    regions: Iterable[str],
) -> ReadAhead:
    """Read at once what sources and forms say of these indicators, each in its `spans`, of these regions."""
    measures = ((code, declared[code].measure) for code in spans)
    scales = {code: measure.scale for code, measure in measures if isinstance(measure, Pushed | Filled)}
    if not scales:
        return NOTHING_AHEAD
    since = {code: min(start for start, _ in spans[code]) for code in scales}
    until = max(end for code in scales for _, end in spans[code])
    codes = frozenset(regions)
    kept = corrected_values.shown_since(connection, since, scales, [*codes], until)
    return ReadAhead(since, codes, kept)


class Evaluation:
    """Answers questions out of one reading of the store, as of `now`; each must have passed `questions.check`.

    With `raw` values are what their sources say, and no correction is looked at. What was read `ahead` is not asked
    for again.
    """

    def __init__(
        self,
        connection: Connection,
        every: Mapping[str, Indicator],
        regions: Mapping[str, Region],
        now: datetime,
        ahead: ReadAhead = NOTHING_AHEAD,
        *,
        raw: bool = False,
    ) -> None:
        self._connection, self._every, self._regions, self._now = connection, every, regions, now
        self._ahead, self._raw = ahead, raw

    def cells(self, indicator: Indicator, asked: AskedPeriods, buckets: Sequence[Bucket]) -> Cells:
        """Return a cell for each region and bucket; buckets may overlap."""
        if not buckets:
            return {}
        if indicator.is_binned or indicator.declared is None:
            return self._binned(indicator, asked, buckets)
        return self._made(indicator.code, indicator.declared, asked, buckets)

    def _made(
        self, code: str, declared: IndicatorDeclaration, asked: AskedPeriods, buckets: Sequence[Bucket]
    ) -> Cells:
        measure = declared.measure
        if isinstance(measure, Ratio):
            parts = (self.cells(self._every[one], asked, buckets) for one in (measure.numerator, measure.denominator))
            above, below = parts
            return {key: ratio(above[key], below[key], measure.scale) for key in above}
        if isinstance(measure, Derived):
            return self._derived(measure, asked, buckets)
        if isinstance(measure, Cumulative):
            return self.to_date(self._every[measure.of], asked, buckets, Grain(measure.grain_to_date))
        if isinstance(measure, AirQualityIndex):
            return self._air(declared, asked, buckets)
        return self._kept(code, declared, asked, buckets)

    def to_date(self, indicator: Indicator, asked: AskedPeriods, buckets: Sequence[Bucket], since: Grain) -> Cells:
        """Return for each bucket what an indicator comes to from the beginning of its `since` to its end."""
        spans = {bucket: (since.floor(bucket[0]), bucket[1]) for bucket in buckets}
        told = self.cells(indicator, asked, sorted(set(spans.values())))
        return {(code, bucket): told[code, span] for code in asked.regions for bucket, span in spans.items()}

    def _derived(self, measure: Derived, asked: AskedPeriods, buckets: Sequence[Bucket]) -> Cells:
        inputs: dict[str, Cells] = {}
        for name, one in measure.inputs.items():
            moved = {bucket: bucket for bucket in buckets}
            if one.offset:
                back = one.grain or asked.grain
                moved = {bucket: earlier(bucket, asked.grain, self._now, back, one.offset) for bucket in buckets}
            told = self.cells(self._every[one.of], asked, sorted(set(moved.values())))
            inputs[name] = {(code, bucket): told[code, moved[bucket]] for code in asked.regions for bucket in buckets}
        found: Cells = {}
        for key in ((code, bucket) for code in asked.regions for bucket in buckets):
            parts = {name: cells[key] for name, cells in inputs.items()}
            value = evaluate(measure.expression, {name: cell.value for name, cell in parts.items()})
            coverages = [one.coverage for one in parts.values() if one.coverage is not None]
            n = sum(one.n for one in parts.values())
            marks = marks_of(parts.values())
            found[key] = Cell(value, n=n, coverage=min(coverages, default=None), **marks)
        return found

    def _air(self, declared: IndicatorDeclaration, asked: AskedPeriods, buckets: Sequence[Bucket]) -> Cells:
        """Return the index of each hour or day; of a part of one there is none."""
        grain = asked.grain
        first, last = min(one[0] for one in buckets), max(one[1] for one in buckets)
        span = grain.floor(first), grain.ceiling(last)
        found: Cells = {(code, bucket): EMPTY for code in asked.regions for bucket in buckets}
        every = bulletins.told(self._connection, self._every, asked.regions, grain, *span, self._now)
        for code, told in every.items():
            for one in told:
                index, start = one.bulletin.quality.aqi, one.bulletin.start
                version = declared.defined(start.astimezone(CITY_ZONE).date()).version
                value = None if index is None else float(index)
                if (code, (start, one.end)) in found:
                    found[code, (start, one.end)] = Cell(value, None, None, one.n, one.coverage, version)
        return found

    def _binned(self, indicator: Indicator, asked: AskedPeriods, buckets: Sequence[Bucket]) -> Cells:
        interval = _interval(buckets)
        first, last = min(one[0] for one in buckets), max(one[1] for one in buckets)
        if first >= last:
            return {(code, bucket): EMPTY for code in asked.regions for bucket in buckets}
        span = store.Span(asked.regions, interval, first, last)
        metric = indicator.metric
        expected = store.expected(self._connection, metric.code, asked.regions) if metric else {}
        found: Cells = {}
        for code, of_region in groupby(store.bins(self._connection, span, indicator), key=attrgetter("region_code")):
            bins = [*of_region]
            starts = [one.start for one in bins]
            owed = expected.get(code, store.Expected(0, 0.0))
            for bucket in buckets:
                inside = bins[bisect_left(starts, bucket[0]) : bisect_left(starts, bucket[1])]
                found[code, bucket] = self._of_bins(indicator, inside, owed, bucket)
        return found

    def _of_bins(self, indicator: Indicator, bins: Sequence[store.Bin], owed: store.Expected, bucket: Bucket) -> Cell:
        n = sum(one.n for one in bins)
        if indicator.metric is None:
            return Cell(None if bucket[0] > self._now else float(n), n=n)
        heard = [one for one in bins if one.sum is not None and one.min is not None and one.max is not None]
        if not n or not heard:
            return EMPTY
        total = sum(one.sum or 0.0 for one in heard)
        low, high = min(one.min or 0.0 for one in heard), max(one.max or 0.0 for one in heard)
        value = combine(indicator.metric.aggregate, n, total, low, high, owed.devices)
        is_mean = indicator.metric.aggregate is Aggregate.MEAN
        elapsed = (min(bucket[1], self._now) - bucket[0]).total_seconds()
        due = owed.readings_per_s * elapsed
        coverage = round(min(1.0, n / due), 4) if due > 0 else None
        return Cell(value, total if is_mean else None, float(n) if is_mean else None, n, coverage)

    def _kept(
        self, code: str, declared: IndicatorDeclaration, asked: AskedPeriods, buckets: Sequence[Bucket]
    ) -> Cells:
        measure = declared.measure
        assert isinstance(measure, Pushed | Filled)
        how = folding(code, declared, asked.grain, asked.level)
        inside = self._inside(asked, how.level)
        first, last = min(one[0] for one in buckets), max(one[1] for one in buckets)
        wanted = [one for codes in inside.values() for one in codes]
        kept = self._in_force(code, measure, wanted, first, last)
        found: Cells = {}
        for region, codes in inside.items():
            rows = sorted((one for each in codes for one in kept[each]), key=lambda one: one.start)
            starts = [one.start for one in rows]
            for bucket in buckets:
                due = len(codes) * (1 if how.picks else self._due(declared.period, bucket))
                cell = fold(within(rows, starts, bucket), declared.folds, measure.scale, how.picks, due)
                found[region, bucket] = cell
        return found

    def _due(self, period: Grain, bucket: Bucket) -> int:
        """Return of how many periods there should be values by now."""
        return sum(1 for start, _ in period.within(bucket[0], min(bucket[1], self._now)))

    def _inside(self, asked: AskedPeriods, level: RegionLevel) -> dict[str, list[str]]:
        if level is asked.level:
            return {code: [code] for code in asked.regions}
        of_level = [one.code for one in self._regions.values() if one.level is level]
        return {code: [one for one in of_level if holds(code, one)] for code in asked.regions}

    def _in_force(
        self, code: str, measure: Pushed | Filled, regions: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, list[KeptCell]]:
        """Return the values by region: of several sources that of the first that has one."""
        sources = getattr(measure, "sources", ())
        rows = self._shown(code, regions, start, end, measure.scale)
        found: defaultdict[str, list[KeptCell]] = defaultdict(list)
        for (region, _), same in groupby(rows, key=lambda one: (one.region_code, one.start)):
            if (cell := chosen([*same], sources)) is not None:
                found[region].append(cell)
        if stale := sorted({each for cells in found.values() for one in cells for each in one.stale}):
            log.warning("corrections do not apply: their source says something else now", indicator=code, stale=stale)
        return found

    def _shown(
        self, code: str, regions: Sequence[str], start: datetime, end: datetime, scale: float
    ) -> Sequence[KeptValue]:
        ahead = self._ahead
        if code in ahead.since and ahead.since[code] <= start and ahead.regions.issuperset(regions):
            wanted = set(regions)
            found = (one for one in ahead.values[code] if one.region_code in wanted)
            return [one for one in found if start <= one.start and one.end <= end]
        if self._raw:
            return value_store.values(self._connection, code, regions, start, end)
        return corrected_values.shown(self._connection, code, regions, start, end, scale)


def _interval(buckets: Sequence[Bucket]) -> Interval:
    """Return the longest interval whose borders all buckets begin and end at."""
    borders = {border for bucket in buckets for border in bucket}
    fitting = (one for one in (Interval.DAY, Interval.HOUR) if all(one.floor(border) == border for border in borders))
    return next(fitting, Interval.FIVE_MINUTES)
