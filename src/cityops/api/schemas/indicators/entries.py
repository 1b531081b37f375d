"""Shape of an entry of the catalogue of indicators: what is declared, how it comes about, how it is now, its uses."""

from datetime import date, datetime

from pydantic import Field

from cityops.api.schemas.metrics import Indicator
from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.indicators.vital_signs.indices import WhyMissing


class FormulaInput(Shape):
    """Another indicator that one is made of."""

    name: str = Field(description="as the expression calls it; `numerator`, `denominator` or `of` of other kinds")
    indicator: str
    name_zh: str
    name_en: str
    offset: int = Field(description="so many periods of `grain` earlier")
    grain: str | None


class FormulaOut(Shape):
    """How an indicator comes about."""

    expression: str = Field(description="over the names of its inputs; empty where it is not computed from others")
    scale: float | None = Field(description="by which a ratio of its parts is multiplied")
    since: str | None = Field(description="since the beginning of which period it is summed")
    inputs: list[FormulaInput]
    sources: list[str] = Field(description="source systems; of several the first that has a value is right")
    counted: str = Field(description="what is counted of cases or alarms, as the file says it; empty of others")


class NewestOut(Shape):
    """The newest finished value in a region."""

    region_code: RegionCode
    value: float | None
    as_of: datetime | None
    why: WhyMissing | None = Field(description="why it is late or not there")


class RuleUse(Shape):
    """An alarm rule on it."""

    code: str
    name_zh: str
    name_en: str


class SignUse(Shape):
    """A sign of the tree that it is a leaf of, from the theme to the subject."""

    code: str
    name_zh: str
    name_en: str
    weight: float


class FormUse(Shape):
    """A form that asks for it."""

    code: str
    title_zh: str
    title_en: str


class TargetUse(Shape):
    """A target of policy that it is to reach."""

    region_code: RegionCode
    reached_zh: str
    reached_en: str
    target: float
    by: date
    example: bool = Field(description="nobody has published it; it shows how one is declared")


class ReportUse(Shape):
    """A report with a view in which it stands."""

    code: str
    title_zh: str
    title_en: str


class IndicatorUses(Shape):
    """What makes use of an indicator."""

    indicators: list[FormulaInput] = Field(description="indicators that are made of it")
    alarm_rules: list[RuleUse]
    vital_signs: list[SignUse] = Field(description="theme, subject, and itself with the weight as a leaf")
    forms: list[FormUse]
    targets: list[TargetUse]
    reports: list[ReportUse]


class IndicatorEntry(Shape):
    """An entry of the catalogue of indicators."""

    declared: Indicator
    owner_zh: str
    owner_en: str
    formula: FormulaOut
    newest: list[NewestOut] = Field(description="of the city; of its districts where it comes by no larger region")
    withheld: bool = Field(description="it is restricted, and whoever asks is told no values")
    uses: IndicatorUses
