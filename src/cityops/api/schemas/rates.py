"""Shapes of the API's answers on how cases are handled: rates with what they were made of, and what each means."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.events.rates import CaseMeasure


class CaseRate(Shape):
    """One rate: `value` is numerator ÷ denominator, null where the denominator is 0."""

    measure: CaseMeasure
    numerator: int
    denominator: int
    value: float | None = Field(description="from 0 to 1, unrounded; null where no case could have counted")
    excused: int = Field(
        description="of done_in_time: late cases whose appeal was granted; they are in the denominator"
    )


class GroupRates(Shape):
    """All rates of one group of cases."""

    group: str
    rates: list[CaseRate]


class MeasureDefinition(Shape):
    """What a rate is called, how it is counted, and on whose practice it rests."""

    measure: CaseMeasure
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    source: str
    source_en: str
    better: Literal["high", "low"]


class CaseRates(Shape):
    """Rates of the cases that are handled here, by group; a group without a case is not among them."""

    by: str
    as_of: datetime
    items: list[GroupRates]
    definitions: list[MeasureDefinition]
