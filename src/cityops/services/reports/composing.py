"""Puts the numbers of a report together, each by the same way as `/api/v1/series` tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.indicators.folding import EMPTY, Bucket
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import Region, RegionLevel, holds
from cityops.domain.reports.declared import ReportDeclaration, SavedView, answerable, folded
from cityops.domain.reports.snapshot import (
    ModeTold,
    ReportSnapshot,
    SnapshotIndicator,
    SnapshotRegion,
    SnapshotValue,
    SnapshotView,
)
from cityops.domain.reports.spans import earlier_span
from cityops.indicators import in_force
from cityops.services.indicators.answering import AskedPeriods, Cells, Evaluation
from cityops.store import regions as region_store
from cityops.store.metrics import metrics


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """A report of a region over a period."""

    declared: ReportDeclaration
    region_code: str
    start: datetime
    end: datetime
    mode: ModeTold | None = None


class Composer:
    """Puts reports together out of one reading of the store, as of `now`."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        day = now.astimezone(CITY_ZONE).date()
        self._now = now
        self._every: Mapping[str, Indicator] = indicators(metrics(connection).values(), {}, in_force().themes, day)
        self._regions: Mapping[str, Region] = {one.code: one for one in region_store.regions(connection)}
        self._evaluation = Evaluation(connection, self._every, self._regions, now)

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """All indicators that there are, by code."""
        return self._every

    @property
    def regions(self) -> Mapping[str, Region]:
        """All regions by code."""
        return self._regions

    def regions_of(self, levels: Sequence[RegionLevel]) -> list[str]:
        """Return the codes of all regions of some levels."""
        return [one.code for one in self._regions.values() if one.level in levels]

    def compose(self, asked: ReportAsked) -> ReportSnapshot:
        """Return the numbers of a report."""
        declared = asked.declared
        return ReportSnapshot(
            declared=declared,
            region=_told(self._regions[asked.region_code]),
            start=asked.start,
            end=asked.end,
            made_at=self._now,
            finished=self._now >= asked.end + declared.grace,
            mode=asked.mode,
            views={name: self._view(asked, view) for name, view in declared.views.items()},
        )

    def _view(self, asked: ReportAsked, view: SavedView) -> SnapshotView:
        own = self._regions[asked.region_code]
        level = view.level_for(own.level)
        among = [one for one in self._regions.values() if one.level is level and holds(own.code, one.code)]
        regions = [one for one in among if not view.only or one.code in view.only]
        of = AskedPeriods(tuple(one.code for one in regions), level, folded(asked.declared.period, view))
        told: list[SnapshotIndicator] = []
        out: list[SnapshotIndicator] = []
        values: list[SnapshotValue] = []
        for code in view.indicators:
            if (one := self._every.get(code)) is None:  # it was declared no more since the report's file was read
                out.append(_undeclared(code))
                continue
            try:
                answerable(asked.declared.period, view, level, one, self._every)
            except RefusedQuestionError:
                out.append(_described(one, asked.start))
                continue
            told.append(_described(one, asked.start))
            values += self._values(asked, view, one, of)
        return SnapshotView(
            regions=tuple(map(_told, regions)), indicators=tuple(told), values=tuple(values), left_out=tuple(out)
        )

    def _values(
        self, asked: ReportAsked, view: SavedView, one: Indicator, of: AskedPeriods
    ) -> Sequence[SnapshotValue]:
        period, buckets = asked.declared.period, _buckets(asked, view)
        begun = [bucket for bucket in buckets if bucket[0] <= self._now]
        cells = self._evaluation.cells(one, of, begun)
        bases: dict[Bucket, Bucket] = {}
        before: Cells = {}
        if view.compare:
            bases = {bucket: earlier_span(period, bucket, view.compare, self._now) for bucket in begun}
            before = self._evaluation.cells(one, of, [*bases.values()])
        return [
            _value(one.code, (code, bucket), cells, bases.get(bucket), before)
            for code in of.regions
            for bucket in buckets
        ]


def _value(
    indicator: str, key: tuple[str, Bucket], cells: Cells, base: Bucket | None, before: Cells
) -> SnapshotValue:
    region, (start, end) = key
    cell = cells.get(key, EMPTY)
    return SnapshotValue(
        indicator=indicator,
        region=region,
        start=start,
        end=end,
        value=cell.value,
        coverage=cell.coverage,
        before=before[region, base].value if base else None,
        before_start=base[0] if base else None,
        before_end=base[1] if base else None,
    )


def _buckets(asked: ReportAsked, view: SavedView) -> list[Bucket]:
    if view.interval is None:
        return [(asked.start, asked.end)]
    first = asked.start - view.back * (asked.end - asked.start)
    return [*view.interval.within(first, asked.end)]


def _described(one: Indicator, start: datetime) -> SnapshotIndicator:
    defined = one.declared.defined(start.astimezone(CITY_ZONE).date()) if one.declared else None
    return SnapshotIndicator(
        code=one.code,
        zh=one.name_zh,
        en=one.name_en,
        unit=one.unit,
        decimals=one.decimals,
        definition_version=defined.version if defined else None,
        definition_zh=defined.zh if defined else one.definition_zh,
        definition_en=defined.en if defined else one.definition_en,
    )


def _undeclared(code: str) -> SnapshotIndicator:
    words = dict.fromkeys(("zh", "en"), code) | dict.fromkeys(("definition_zh", "definition_en", "unit"), "")
    return SnapshotIndicator(code=code, decimals=0, definition_version=None, **words)


def _told(region: Region) -> SnapshotRegion:
    return SnapshotRegion(code=region.code, zh=region.name_zh, en=region.name_en)
