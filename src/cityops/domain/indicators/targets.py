"""Targets of policy (政策目标): what is to be reached by when, after which document, how far it has come."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from cityops.declarations import AtError, Strict
from cityops.domain.indicators.measures import Code, Day
from cityops.domain.indicators.periods import Grain


class TargetDirection(StrEnum):
    """On which side of its value a target is reached."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"

    @property
    def words(self) -> tuple[str, str]:
        """What stands before a target's value, in Chinese and English."""
        return ("不低于", "at least") if self is TargetDirection.AT_LEAST else ("不高于", "at most")


class TargetDocument(Strict):
    """What a target stands in: title and date; `example` where nobody has published it, and screens say so."""

    zh: Annotated[str, Field(min_length=1, max_length=120)]
    en: Annotated[str, Field(min_length=1, max_length=120)]
    published: Day | None = None
    example: bool = False

    @model_validator(mode="after")
    def _is_dated(self) -> "TargetDocument":
        if (self.published is None) is not self.example:
            raise AtError(("published",), "is missing: a document has a date, unless it is an example")
        return self


class PolicyTarget(Strict):
    """A target: the value that an indicator of the theme is to have by a day, over periods of `interval`."""

    indicator: Code
    value: float
    reached: TargetDirection
    by: Day
    interval: Grain
    region: Annotated[str, Field(pattern=r"^\d{6}$")]
    base: float | None = None
    """From where the way is counted; without one from 0."""
    document: TargetDocument


class TargetProgress(NamedTuple):
    """How far an indicator has come: `gap` is what is missing yet (0 or less: reached), `share` of the way 0 to 1."""

    gap: float
    share: float
    is_reached: bool


def progress(target: PolicyTarget, value: float) -> TargetProgress:
    """Return how far a value has come on its way to a target.

    With a base the share is of the way from there. Without one it is value over target; where less is better, target
    over value, for there is no way from 0.
    """
    sign = 1 if target.reached is TargetDirection.AT_LEAST else -1
    gap = (target.value - value) * sign
    if gap <= 0:
        return TargetProgress(gap, 1.0, is_reached=True)
    if target.base is not None and target.base != target.value:
        share = (value - target.base) / (target.value - target.base)
    else:
        above, below = (value, target.value) if sign > 0 else (target.value, value)
        share = above / below if below else 0.0
    return TargetProgress(gap, min(1.0, max(0.0, share)), is_reached=False)
