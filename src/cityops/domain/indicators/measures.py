"""How an indicator comes about: the kinds of measure a file may declare, and the words that stand in their fields.

The words are those of dbt's semantic layer: measure, ratio, derived, cumulative, offset, grain to date.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from cityops.declarations import Strict, meant
from cityops.domain.events.status import Status
from cityops.domain.indicators.expressions import ExpressionError, names
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel

_DURATION = re.compile(r"(\d+)(min|h|d)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
ROUNDING = 0.01
"""Of an amount that each source rounds to three digits, two differ by 1 % at most: more is not their rounding."""
CODE = r"^[a-z][a-z0-9_]{0,31}$"


class Aggregation(StrEnum):
    """How values of several regions or periods become one; `ratio` from the sums of its two parts."""

    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    RATIO = "ratio"
    NONE = "none"


class Additive(StrEnum):
    """Over what a sum means something; a stock, such as a population, adds up over regions alone."""

    BOTH = "both"
    TIME = "time"
    REGION = "region"
    NONE = "none"

    @property
    def over_time(self) -> bool:
        """Whether values of several periods add up."""
        return self in {Additive.BOTH, Additive.TIME}

    @property
    def over_regions(self) -> bool:
        """Whether values of several regions add up."""
        return self in {Additive.BOTH, Additive.REGION}


class Privacy(StrEnum):
    """Who may see a value: everybody, those who are signed in, or its owner and the centre."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


class Collected(StrEnum):
    """How a value comes about."""

    SENSOR = "sensor"
    SYSTEM = "system"
    FILLED = "filled"
    VISIT = "visit"
    QUESTIONNAIRE = "questionnaire"


@dataclass(frozen=True, slots=True)
class KnownWords:
    """Codes that a declaration may name, by what they are codes of."""

    departments: Collection[str] = field(default=())
    metrics: Collection[str] = field(default=())
    sources: Collection[str] = field(default=())
    case_sources: Collection[str] = field(default=())
    event_classes: Collection[str] = field(default=())


def _known(what: str) -> AfterValidator:
    def check(code: str, info: ValidationInfo) -> str:
        words = sorted(getattr(info.context, what)) if info.context else [code]
        if code not in words:
            raise ValueError(f"unknown '{code}'{meant(code, words)}")
        return code

    return AfterValidator(check)


def _coded(what: str) -> Any:
    """Return the mark by which `schema` finds where codes of this kind stand."""
    return Field(json_schema_extra={"x-codes": what})


def _duration(given: Any) -> Any:
    """Return a duration such as `5min`, `6h` or `30d`."""
    if isinstance(given, timedelta):
        return given
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError(f"'{given}' is no duration; write it like 5min, 6h or 30d")
    return int(found[1]) * _UNITS[found[2]]


def _day(given: Any) -> Any:
    """Return a day such as `2026-03-01`."""
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(f"'{given}' is no day; write it like 2026-03-01") from None


def _expression(given: str) -> str:
    try:
        names(given)
    except ExpressionError as error:
        raise ValueError(str(error)) from None
    return given


Code = Annotated[str, Field(pattern=CODE)]
Department = Annotated[str, _known("departments"), _coded("departments")]
Metric = Annotated[str, _known("metrics"), _coded("metrics")]
Source = Annotated[str, _known("sources"), _coded("sources")]
CaseSource = Annotated[str, _known("case_sources"), _coded("case_sources")]
EventClass = Annotated[str, _known("event_classes"), _coded("event_classes")]
_SPAN = Annotated[str, Field(pattern=f"^{_DURATION.pattern}$")]
Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=_SPAN)]
_DATE = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=_DATE)]
Word = Annotated[str, Field(min_length=1, max_length=40)]
Sentence = Annotated[str, Field(min_length=1, max_length=400)]
Levels = Annotated[tuple[RegionLevel, ...], Field(min_length=1, max_length=3)]


class FromCases(Strict):
    """A count of cases: at which of their times, and of which."""

    kind: Literal["cases"]
    at: Literal["occurred_at", "status_at"]
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)] | None = None
    source: CaseSource | None = None
    classes: Annotated[tuple[EventClass, ...], Field(min_length=1)] | None = None


class FromAlarms(Strict):
    """A count of alarms by the time at which they were raised; `level` is the least (1 blue to 4 red)."""

    kind: Literal["alarms"]
    level: Annotated[int, Field(ge=1, le=4)] = 1


class Ratio(Strict):
    """Of two other indicators, from their sums: `scale` 100 makes a percentage."""

    kind: Literal["ratio"]
    numerator: Code
    denominator: Code
    scale: Annotated[float, Field(gt=0)] = 1


class OffsetInput(Strict):
    """Another indicator as the input of an expression, `offset` periods of `grain` earlier (dbt: offset window)."""

    of: Code
    offset: Annotated[int, Field(ge=0, le=400)] = 0
    grain: Grain | None = None


class Derived(Strict):
    """An expression over other indicators."""

    kind: Literal["derived"]
    expression: Annotated[str, AfterValidator(_expression)]
    inputs: Annotated[dict[Code, OffsetInput], Field(min_length=1, max_length=8)]


class Cumulative(Strict):
    """The sum of another indicator since the beginning of the day, month, quarter or year."""

    kind: Literal["cumulative"]
    of: Code
    grain_to_date: Literal["day", "month", "quarter", "year"]


class AirQualityIndex(Strict):
    """The air quality index of readings of six pollutants, by the edition of HJ 633 of the day."""

    kind: Literal["air_quality"]


class Pushed(Strict):
    """Sent by source systems, by regions of these levels; of several the first that has a value is right."""

    kind: Literal["pushed"]
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=4)]
    levels: Levels
    scale: Annotated[float, Field(gt=0)] = 1
    """Of a ratio: by which numerator / denominator is multiplied."""
    tolerance_relative: Annotated[float, Field(ge=0, le=1)] = ROUNDING
    """By how much of the greatest amount sources may differ before they are a conflict (数据打架)."""


class Filled(Strict):
    """Filled in by hand by the owner's data liaison, by regions of these levels."""

    kind: Literal["filled"]
    levels: Levels
    scale: Annotated[float, Field(gt=0)] = 1


Measure = Annotated[
    FromCases | FromAlarms | Ratio | Derived | Cumulative | AirQualityIndex | Pushed | Filled,
    Field(discriminator="kind"),
]
