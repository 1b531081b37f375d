"""What a file may declare of a form (在线填报): who fills it in, by when, and which indicators it asks for.

Name, unit and valid range of a field are those of its indicator, and are never said twice.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from cityops.declarations import AtError, Strict
from cityops.domain.events.deadlines import Limit, LimitKind
from cityops.domain.indicators.declared import BilingualName, IndicatorDeclaration
from cityops.domain.indicators.measures import Aggregation, Code, Day, Department
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel


class CellPart(StrEnum):
    """What one cell of a form holds: the value, or one of the two parts of a ratio."""

    VALUE = "value"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


class Blank(NamedTuple):
    """One cell to be filled in."""

    indicator: str
    part: CellPart


class FromEarlier(Strict):
    """The value of the period before; `back` 7 of a daily form is that of the same day of the week before."""

    kind: Literal["last_period"]
    back: Annotated[int, Field(ge=1, le=60)] = 1


class FromIndicator(Strict):
    """What another indicator that we hold comes to in the same region and period."""

    kind: Literal["indicator"]
    indicator: Code


class FromRegistry(Strict):
    """How many devices of a kind are registered in the region."""

    kind: Literal["registry"]
    devices: Code


Prefill = Annotated[FromEarlier | FromIndicator | FromRegistry, Field(discriminator="kind")]


class FormField(Strict):
    """An indicator that is asked for: what is usual of one region, and where what we know already stands."""

    usual: tuple[float, float] | None = None
    """Outside of these a reason is demanded; of a ratio its value, as it is told."""
    prefill: Prefill | None = None
    """Of the value; of a ratio of its numerator."""
    prefill_denominator: Prefill | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "FormField":
        if self.usual is not None and self.usual[0] >= self.usual[1]:
            low, high = self.usual
            raise AtError(("usual",), f"the first is less than the second, unlike {low:g} and {high:g}")
        return self

    def prefilled(self, part: CellPart) -> FromEarlier | FromIndicator | FromRegistry | None:
        """Return where a cell's prefilled figure comes from."""
        return self.prefill_denominator if part is CellPart.DENOMINATOR else self.prefill


class DueLimit(Strict):
    """How long after the period's end it is due, in the city's working time; one of the two is given."""

    work_days: Annotated[int, Field(ge=1, le=60)] | None = None
    work_hours: Annotated[int, Field(ge=1, le=200)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "DueLimit":
        if (self.work_days is None) == (self.work_hours is None):
            raise AtError((), "is one of work_days and work_hours")
        return self

    @property
    def limit(self) -> Limit:
        """The same as a limit of the working calendar."""
        if self.work_days is not None:
            return Limit(LimitKind.WORK_DAYS, self.work_days)
        assert self.work_hours is not None
        return Limit(LimitKind.WORK_HOURS, self.work_hours)


class FillingForm(Strict):
    """A file: a form that regions of one level fill in for each period."""

    version: Literal[1]
    kind: Literal["Form"]
    form: Code
    title: BilingualName
    owner: Department
    """The department that asks, and whose data steward reviews."""
    level: RegionLevel
    """Whose data liaisons fill it in: those of streets, of districts, or of the city."""
    period: Grain
    since: Day = Field(alias="from")
    """The first period that is asked for holds this day."""
    due: DueLimit
    fields: Annotated[dict[Code, FormField], Field(min_length=1, max_length=40)]


def parts_of(declared: IndicatorDeclaration) -> tuple[CellPart, ...]:
    """Return the cells that an indicator has in a form: of a ratio both parts, so that ratios of regions add up."""
    is_ratio = declared.folds is Aggregation.RATIO
    return (CellPart.NUMERATOR, CellPart.DENOMINATOR) if is_ratio else (CellPart.VALUE,)


def form_schema(departments: list[str]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a form, with the departments that there are."""
    made = FillingForm.model_json_schema()
    made["properties"]["owner"] = {"type": "string", "enum": sorted(departments)}
    return made
