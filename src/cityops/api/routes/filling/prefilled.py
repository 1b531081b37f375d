"""Figures that stand in a form before anybody fills it in: of earlier periods, other indicators, the registry."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cityops.api.state.city import City
from cityops.clock import utc_now
from cityops.domain.filling.forms import (
    Blank,
    CellPart,
    FillingForm,
    FromEarlier,
    FromIndicator,
    FromRegistry,
    parts_of,
)
from cityops.domain.indicators import questions
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.revisions import KeptValue
from cityops.reference.forms import Forms
from cityops.services.indicators.answering import AskedPeriods, Evaluation
from cityops.services.indicators.filling import OfferedFigure
from cityops.store.indicators import filling as store
from cityops.store.indicators import recorded

TRIED = 6
"""So many earlier periods are looked at, one after the other, for a value of the period before."""

_Kept = Mapping[datetime, KeptValue]


@dataclass(frozen=True)
class KnownFigures:
    """What is known of a form's regions for a period: figures that are offered, and those of the period before."""

    offers: Mapping[str, Mapping[Blank, OfferedFigure]]
    previous: Mapping[str, Mapping[Blank, float]]


class Prefilling:
    """Finds what is known for sheets of one form and period, out of one reading of the store that sees all."""

    def __init__(self, connection: Connection, city: City, forms: Forms, form: FillingForm, start: datetime) -> None:
        self._connection, self._city, self._form, self._start = connection, city, form, start
        self._indicators = forms.indicators
        self._end = form.period.shifted(start, 1)

    def known(self, regions: Sequence[str]) -> KnownFigures:
        """Return what is known of these regions, all of the form's level."""
        offers: dict[str, dict[Blank, OfferedFigure]] = {code: {} for code in regions}
        previous: dict[str, dict[Blank, float]] = {code: {} for code in regions}
        before = self._form.period.shifted(self._start, -1)
        for code, field in self._form.fields.items():
            kept = self._earlier(code, regions)
            for part in parts_of(self._indicators[code]):
                blank, source = Blank(code, part), field.prefilled(part)
                for region, value in self._offered(blank, source, regions, kept):
                    offers[region][blank] = OfferedFigure(value, source.kind if source else "")
                for region in regions:
                    last = _of(kept[region].get(before), part)
                    if last is not None:
                        previous[region][blank] = last
        return KnownFigures(offers, previous)

    def _earlier(self, code: str, regions: Sequence[str]) -> Mapping[str, _Kept]:
        source = self._form.fields[code].prefill
        back = source.back if isinstance(source, FromEarlier) else 1
        first = self._form.period.shifted(self._start, -TRIED * back)
        found: defaultdict[str, dict[datetime, KeptValue]] = defaultdict(dict)
        for one in recorded.values(self._connection, code, regions, first, self._start):
            found[one.region_code][one.start] = one
        return found

    def _offered(
        self,
        blank: Blank,
        source: FromEarlier | FromIndicator | FromRegistry | None,
        regions: Sequence[str],
        kept: Mapping[str, _Kept],
    ) -> Iterator[tuple[str, float]]:
        if isinstance(source, FromEarlier):
            starts = [self._form.period.shifted(self._start, -number * source.back) for number in range(1, TRIED + 1)]
            for region in regions:
                told = (_of(kept[region].get(start), blank.part) for start in starts)
                value = next((one for one in told if one is not None), None)
                if value is not None:
                    yield region, value
        elif isinstance(source, FromRegistry):
            counted = store.registered(self._connection, source.devices, regions)
            yield from ((region, float(counted.get(region, 0))) for region in regions)
        elif isinstance(source, FromIndicator):
            yield from self._of_indicator(source.indicator, regions)

    def _of_indicator(self, code: str, regions: Sequence[str]) -> Iterator[tuple[str, float]]:
        every = self._city.indicators()
        indicator, form = every.get(code), self._form
        if indicator is None:
            return
        try:
            questions.check(indicator, form.period, form.level, every)
        except RefusedQuestionError:  # declared otherwise since: the cell stays empty, and is asked for
            return
        evaluation = Evaluation(self._connection, every, self._city.regions(), utc_now())
        bucket = self._start, self._end
        asked = AskedPeriods(tuple(regions), form.level, form.period)
        for (region, _), cell in evaluation.cells(indicator, asked, [bucket]).items():
            if cell.value is not None:
                yield region, cell.value


def _of(kept: KeptValue | None, part: CellPart) -> float | None:
    value: float | None = None if kept is None else getattr(kept, part.value)
    return value
