"""Rates of handling as a table: a row for each group, the worst of each measure marked, rates of few cases too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cityops import reference
from cityops.domain.events.rates import SMALL, CaseMeasure
from cityops_dashboards.pages.case.offers import region_name, unit_name
from cityops_dashboards.texts import text

GROUP = "group"
"""What a table is sorted by beside its measures."""

DEFAULT_SORT = CaseMeasure.DONE_IN_TIME.value

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RateCell:
    """One rate: in percent, with what it was made of; empty where nothing could count."""

    measure: str
    value: float | None
    percent: str
    numerator: int
    denominator: int
    excused: int
    is_small: bool
    is_worst: bool = False


@dataclass(frozen=True, slots=True)
class RateRow:
    """All rates of one group, in the order of `CaseMeasure`."""

    group: str
    name: str
    cells: Sequence[RateCell]

    def value(self, measure: str) -> float | None:
        """Return one of its rates, from 0 to 1."""
        return next(one.value for one in self.cells if one.measure == measure)


def rows(told: Body, sort: str, lang: str) -> list[RateRow]:
    """Return the rows of an answer of the API in the order asked for."""
    better = {one["measure"]: one["better"] for one in told["definitions"]}
    found = [
        RateRow(one["group"], group_name(told["by"], one["group"], lang), [_cell(rate) for rate in one["rates"]])
        for one in told["items"]
    ]
    worst = {measure: _worst(found, measure, better[measure]) for measure in better}
    marked = [
        replace(row, cells=[replace(one, is_worst=_is_worst(one, worst[one.measure])) for one in row.cells])
        for row in found
    ]
    return _sorted(marked, sort, better)


def _cell(rate: Body) -> RateCell:
    n, of, value = rate["numerator"], rate["denominator"], rate["value"]
    return RateCell(rate["measure"], value, percent(n, of), n, of, rate["excused"], 0 < of < SMALL)


def percent(numerator: int, denominator: int) -> str:
    """Return a share in percent; only all of them are 100, and only none of them 0."""
    if not denominator:
        return ""
    tenths = round(1000 * numerator / denominator)
    tenths = min(max(tenths, numerator > 0), 1000 - (numerator < denominator))
    return f"{tenths / 10:.1f}%" if tenths not in {0, 1000} else f"{tenths // 10}%"


def _worst(found: Sequence[RateRow], measure: str, better: str) -> float | None:
    """Return the worst rate of those of enough cases; None where fewer than two such differ."""
    values = {
        one.value
        for row in found
        for one in row.cells
        if one.measure == measure and one.value is not None and not one.is_small
    }
    if len(values) < 2:
        return None
    return min(values) if better == "high" else max(values)


def _is_worst(cell: RateCell, worst: float | None) -> bool:
    return worst is not None and cell.value == worst and not cell.is_small


def _sorted(found: Sequence[RateRow], sort: str, better: Mapping[str, str]) -> list[RateRow]:
    """Return rows the worst first, or with a minus the best; those without a rate come last in either."""
    measure, is_turned = sort.removeprefix("-"), sort.startswith("-")
    by_name = sorted(found, key=lambda row: (row.group == "-", row.group), reverse=is_turned and measure == GROUP)
    if measure not in better:
        return by_name
    known = [row for row in by_name if row.value(measure) is not None]
    downwards = (better[measure] == "high") == is_turned
    known.sort(key=lambda row: row.value(measure) or 0.0, reverse=downwards)
    return known + [row for row in by_name if row.value(measure) is None]


def group_name(by: str, group: str, lang: str) -> str:
    """Return what a group of cases is called."""
    if by == "all":
        return text(lang, "statistics.all")
    if by == "district":
        return region_name(lang, group)
    if by == "unit":
        kind, _, code = group.partition(":")
        return unit_name(lang, {"kind": kind, "code": code} if code else None)
    file: Any = "event_classes" if by == "class" else "source_systems"
    return next((row[f"name_{lang}"] for row in reference.rows(file) if row["code"] == group), group)
