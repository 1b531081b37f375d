"""Declared indicators in the state of a region: the newest value of each, what it was before, whether it is late.

Read by the same evaluation that answers the series, which takes some tenths of a second. So they are kept for some
seconds and made anew beside the ticks: a value moves each five minutes at the most often.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from cityops.api.schemas.indicators import IndicatorState, IndicatorTarget
from cityops.api.state.kept import Kept, Renewed
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.indicators import questions
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Bucket, Cell, change, earlier
from cityops.domain.indicators.lateness import NewestPeriod, is_from_outside, lateness
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.privacy import is_restricted
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.targets import PolicyTarget, progress
from cityops.domain.indicators.vital_signs import scores
from cityops.domain.regions import Region, RegionLevel
from cityops.indicators import in_force
from cityops.services.indicators.answering import AskedPeriods, Evaluation, read_ahead
from cityops.services.indicators.targets import reached
from cityops.store.engine import reading
from cityops.store.indicators import freshness

KEPT_S = 20.0
PERIODS = 12
"""Periods that are over among which the newest value is looked for, and which are drawn."""
DRAWN_DECIMALS = 2
"""Digits of what is drawn beyond those that are shown."""
OF_CALENDAR = frozenset({Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR})
"""Periods that are held against the same of a year before; an hour of a year ago tells nobody anything."""

Every = Mapping[str, Indicator]
Regions = Mapping[str, Region]


class ReportedIndicators:
    """Keeps what is told of indicators, by region; of streets nothing: counts there may be of single persons."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[str, Renewed[list[IndicatorState]]] = {}
        self._newest: Kept[dict[str, NewestPeriod]] = Kept(KEPT_S)

    def of(self, region: Region, regions: Regions, every: Every) -> list[IndicatorState]:
        """Return what is told in the city or a district, in the order of the files that declare it."""
        if region.level is RegionLevel.STREET:
            return []
        kept = self._kept.setdefault(region.code, Renewed(KEPT_S))
        return kept.get(lambda: self._read(region, regions, every))

    def _read(self, region: Region, regions: Regions, every: Every) -> list[IndicatorState]:
        now = utc_now()
        outside = [one for one in every.values() if is_from_outside(one)]
        with reading(self._engine, WHOLE_CITY) as connection:
            came = self._newest.get(lambda: freshness.newest(connection, outside, regions.values()))
            return [*RegionReading(connection, region, regions, every, now).told(came)]


@dataclass(frozen=True, slots=True)
class NewestCell:
    """The newest period of an indicator that has a value, None of one without; `cells` are those of all periods."""

    bucket: Bucket | None
    finished: Sequence[Bucket]
    cells: Mapping[Bucket, Cell]


class RegionReading:
    """Reads the indicators of one region at one moment: values of what is new and of a year ago at once each."""

    def __init__(self, connection: Connection, region: Region, regions: Regions, every: Every, now: datetime) -> None:
        self._connection, self._region, self._regions = connection, region, regions
        self._every, self._now = every, now
        self._spans = {grain: _spans(grain, now) for grain in Grain}

    def told(self, came: Mapping[str, NewestPeriod]) -> Iterator[IndicatorState]:
        """Yield each indicator; `came` says of what comes from outside when something came last."""
        declared = {code: one.declared for code, one in self._every.items() if one.declared and self._is_told(one)}
        spans = {code: self._spans[one.period] for code, one in declared.items()}
        recent = self._ahead(declared, spans)
        newest = {code: self._newest(recent, code, one, spans[code]) for code, one in declared.items()}
        back = {
            code: [self._earlier(one.bucket, declared[code].period, Grain.YEAR)]
            for code, one in newest.items()
            if one.bucket is not None and declared[code].period in OF_CALENDAR
        }
        then = self._ahead(declared, back)
        targets = {one.indicator: one for one in in_force().targets if one.region == self._region.code}
        for code, one in newest.items():
            period = declared[code].period
            year_ago = self._cells(then, code, period, back[code])[back[code][0]].value if code in back else None
            before = self._before(recent, code, period, one)
            target = self._target(recent, targets[code]) if code in targets else None
            yield _state(self._every[code], declared[code], one, (before, year_ago), target, self._late(code, came))

    def _is_told(self, one: Indicator) -> bool:
        """Return whether all may see it, and may ask for it by regions of this level."""
        if one.declared is None or is_restricted(one, self._every):
            return False
        try:
            questions.check(one, one.declared.period, self._region.level, self._every)
        except RefusedQuestionError:
            return False
        return True

    def _ahead(
        self, declared: Mapping[str, IndicatorDeclaration], spans: Mapping[str, Sequence[Bucket]]
    ) -> Evaluation:
        """Return an evaluation that has read the values of these spans, of the region and the districts in it."""
        codes = [one.code for one in self._regions.values() if self._region.code in {one.code, one.parent_code}]
        ahead = read_ahead(self._connection, declared, spans, codes)
        return Evaluation(self._connection, self._every, self._regions, self._now, ahead)

    def _newest(
        self, evaluation: Evaluation, code: str, one: IndicatorDeclaration, spans: Sequence[Bucket]
    ) -> NewestCell:
        cells = self._cells(evaluation, code, one.period, spans)
        *finished, running = spans
        bucket = next((span for span in (*reversed(finished), running) if cells[span].value is not None), None)
        return NewestCell(bucket, finished, cells)

    def _before(self, evaluation: Evaluation, code: str, period: Grain, one: NewestCell) -> float | None:
        if one.bucket is None:
            return None
        span = self._earlier(one.bucket, period, period)
        cells = one.cells if span in one.cells else self._cells(evaluation, code, period, [span])
        return cells[span].value

    def _earlier(self, bucket: Bucket, period: Grain, back: Grain) -> Bucket:
        return earlier(bucket, period, self._now, back)

    def _cells(
        self, evaluation: Evaluation, code: str, period: Grain, spans: Sequence[Bucket]
    ) -> Mapping[Bucket, Cell]:
        region = self._region
        told = evaluation.cells(self._every[code], AskedPeriods((region.code,), region.level, period), spans)
        return {span: told[region.code, span] for span in spans}

    def _target(self, evaluation: Evaluation, target: PolicyTarget) -> IndicatorTarget:
        _, cell = reached(evaluation, self._every, target, self._now)
        come = None if cell.value is None else progress(target, cell.value)
        return IndicatorTarget(
            value=target.value,
            reached=target.reached,
            by=target.by.isoformat(),
            interval=target.interval,
            share=come and come.share,
            is_reached=come and come.is_reached,
            example=target.document.example,
        )

    def _late(self, code: str, came: Mapping[str, NewestPeriod]) -> tuple[datetime | None, datetime | None]:
        stands = lateness(self._every[code], self._every, came, self._now)
        return stands.newest_end, stands.late_since


def _spans(grain: Grain, now: datetime) -> list[Bucket]:
    """Return the last periods that are over, the oldest first, and then the one that runs."""
    end = grain.floor(now)
    return [*grain.within(grain.shifted(end, -PERIODS), grain.shifted(end, 1))]


def _state(
    indicator: Indicator,
    declared: IndicatorDeclaration,
    one: NewestCell,
    before: tuple[float | None, float | None],
    target: IndicatorTarget | None,
    late: tuple[datetime | None, datetime | None],
) -> IndicatorState:
    cell = one.cells[one.bucket] if one.bucket else Cell()
    start, end = one.bucket or (None, None)
    digits = indicator.decimals + DRAWN_DECIMALS
    drawn = (one.cells[span].value for span in one.finished)
    previous, year_ago = before
    return IndicatorState(
        code=indicator.code,
        period=declared.period,
        value=cell.value,
        start=start,
        end=end,
        finished=None if end is None else end <= one.finished[-1][1],
        previous=previous,
        change_percent=_percent(cell.value, previous),
        year_ago=year_ago,
        year_change_percent=_percent(cell.value, year_ago),
        history=[None if value is None else round(value, digits) + 0.0 for value in drawn],
        warning=scores.warning(indicator, cell.value),
        quality=cell.mark,
        newest_end=late[0],
        late_since=late[1],
        target=target,
    )


def _percent(value: float | None, before: float | None) -> float | None:
    changed = change(value, before)
    return None if changed is None else round(changed, 4)
