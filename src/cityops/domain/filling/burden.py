"""What filling in costs those who do it: cells that are asked for by region and month, and how many are prefilled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cityops.domain.filling.forms import FillingForm, parts_of
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel

PER_MONTH = {Grain.HOUR: 730.5, Grain.DAY: 30.44, Grain.MONTH: 1.0, Grain.QUARTER: 1 / 3, Grain.YEAR: 1 / 12}
"""Periods of a month, of a year of 365.25 days."""


@dataclass(frozen=True, slots=True)
class FormBurden:
    """Of one form: how many cells a sheet has, how many of them have a prefilled figure, how many sheets a month."""

    form: str
    level: RegionLevel
    cells: int
    prefilled: int
    sheets_per_month: float

    @property
    def per_month(self) -> float:
        """Cells that one region is asked for in a month."""
        return self.cells * self.sheets_per_month


def burden_of(form: FillingForm, indicators: Mapping[str, IndicatorDeclaration]) -> FormBurden:
    """Return what a form declares to cost."""
    blanks = [(one, part) for code, one in form.fields.items() for part in parts_of(indicators[code])]
    prefilled = sum(one.prefilled(part) is not None for one, part in blanks)
    return FormBurden(form.form, form.level, len(blanks), prefilled, PER_MONTH[form.period])


def share_prefilled(burdens: Iterable[FormBurden]) -> float | None:
    """Return which share of all cells that are asked for in a month is prefilled; None without any."""
    every = [*burdens]
    asked = sum(one.per_month for one in every)
    return sum(one.prefilled * one.sheets_per_month for one in every) / asked if asked else None


def asked_by_level(burdens: Iterable[FormBurden]) -> dict[RegionLevel, float]:
    """Return how many cells one region of each level is asked for in a month."""
    found: dict[RegionLevel, float] = {}
    for one in burdens:
        found[one.level] = found.get(one.level, 0.0) + one.per_month
    return found
