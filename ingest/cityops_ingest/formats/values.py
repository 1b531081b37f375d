"""From a sender's value to a number in a metric's unit: numbers as text, units that are told, the route's formula."""

import math
import re
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeGuard

from cityops import reference
from cityops.domain import units
from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import as_float
from cityops_ingest.formats.routing import Measure

_AS_TEXT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\D.{0,20})?", re.ASCII | re.DOTALL)
"""A number as text, with a point and no comma (58,2 may be 58.2, and 1,234 may be 1234), and what follows it."""

_NOT_FINITE = re.compile(r"\s*[+-]?(?:nan|inf|infinity)\s*", re.ASCII | re.IGNORECASE)

_LONGEST = 40
"""Characters of a text that may be a number; digits beyond it are none of a sensor's."""


class UnusableError(Exception):
    """A value that cannot be stored, with the reason; the text names field and value."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def is_number(raw: Any) -> TypeGuard[int | float]:
    """Return whether a value is a number of JSON, which true and false are not."""
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def measured(name: str, raw: object, unit: str | None, measure: Measure, route: str) -> float:
    """Return a field's value in the metric's unit; `unit` is the one that the sender tells, if any.

    Raises
    ------
    UnusableError
        It is no number, or its unit is not the one that the route takes and cannot be converted to it.
    """
    value, written = _number(name, raw)
    told = written or unit or measure.unit
    if not math.isfinite(value) or told is None:
        return value * measure.factor + measure.offset if measure.has_formula else value
    own = _units()[measure.metric]
    wanted = measure.unit or (told if measure.has_formula else own)  # a formula without a unit is trusted
    try:
        value = units.converted(value, told, wanted)
    except ValueError:
        detail = f"{name} is in {told!r}, route {route!r} takes {wanted!r}"
        raise UnusableError(Reason.ANOTHER_UNIT, detail) from None
    if measure.has_formula:
        return value * measure.factor + measure.offset
    with suppress(ValueError):  # a unit that cannot be converted was declared to be as good as the metric's
        value = units.converted(value, wanted, own)
    return value


def _number(name: str, raw: object) -> tuple[float, str | None]:
    """Return the number, and the unit that is written behind it."""
    if isinstance(raw, bool) or is_number(raw):
        return as_float(raw), None
    if isinstance(raw, str) and len(raw) <= _LONGEST:
        found = _AS_TEXT.fullmatch(raw)
        unit = (found[2] or "").strip() if found else ""
        if found and (not unit or units.is_known(unit)):
            return float(found[1]), unit or None
        if _NOT_FINITE.fullmatch(raw):
            raise UnusableError(Reason.NOT_FINITE, f"{name} is {raw!r}")
    raise UnusableError(Reason.WRONG_TYPE, f"{name} is {str(raw)!r}, not a number")


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    return {metric.code: metric.unit for metric in reference.metrics()}
