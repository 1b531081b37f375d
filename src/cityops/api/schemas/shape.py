"""What all shapes of answers and questions share: fields, pages, codes of regions, text that is masked.

Times are RFC 3339 in UTC; ages are for the reader to compute from them. A value that is not known is null, never 0.
"""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from cityops.domain.masking import masked, masked_code
from cityops.domain.regions import region_code

Item = TypeVar("Item")
RegionCode = Annotated[str, Field(pattern=r"^\d{6}(\d{3})?$", examples=["440106"])]

RegionAsked = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}([0-9]{3}(000)?)?$", examples=["440106"]),
    BeforeValidator(lambda given: region_code(given) if isinstance(given, str) else given),
]
"""A region as it is asked for: also by the statistics' 12 digits (440106000000, 440106013000)."""

UNMASKED = {"persons": "unmasked"}
"""Context in which a shape is filled for somebody who handles the case; without it personal data is masked."""


def _unless_unmasked(mask: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text, info: text if info.context is UNMASKED else mask(text))


FreeText = Annotated[str, _unless_unmasked(masked)]
SenderCode = Annotated[str, _unless_unmasked(masked_code)]


class Shape(BaseModel):
    """Base of all answers: unknown fields are a mistake of ours, not a guest's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(BaseModel):
    """Base of all queries: an unknown parameter is refused, so that a typing error never widens a filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape, Generic[Item]):
    """One page of a list; `next` is the cursor of the following page, null on the last."""

    items: list[Item]
    next: str | None


def _written(value: object) -> object:
    """Refuse a number for a time: what it counts, and from when, nobody has said."""
    if isinstance(value, int | float):
        raise ValueError("write the time in ISO 8601 with its zone, as 2026-11-27T16:00:00+08:00")
    return value


WrittenTime = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A time with its zone, as text."""

NO_NUL: JsonDict = {"pattern": r"^[^\x00]*$"}
"""What the document says of text that nothing else bounds: with what PostgreSQL cannot hold it is a 422."""
