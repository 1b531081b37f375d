"""Shapes of the API's answer on vital signs: the tree of a region with its leaves, and indices of its districts."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.indicators.vital_signs.indices import WhyMissing
from cityops.domain.metrics import WarningLevel


class SignOut(Shape):
    """A sign of the tree: the whole city, a theme or a subject."""

    code: str
    parent: str = Field(description="code of the sign above it; empty of the whole city's")
    level: int = Field(description="0 the whole (综合), 1 a theme (主题), 2 a subject (专题)", ge=0, le=2)
    name_zh: str
    name_en: str
    weight: float = Field(description="of the parent's index, declared; those of its parts sum to 1")
    alarm_below: float
    index: float | None = Field(description="0 (worst) to 10; null where less than half of its weight is known")
    covered: float = Field(description="share of the weights of its leaves that the index is made of, 0 to 1")
    present: int = Field(description="leaves that take part")
    leaves: int = Field(description="leaves in use")
    alarms: bool | None = Field(description="whether the index is below `alarm_below`")


class SignLeafOut(Shape):
    """A leaf: an indicator with its newest finished value, and what that is worth."""

    indicator: str
    parent: str = Field(description="code of the subject that it is part of")
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    weight: float = Field(description="of its subject's index, declared")
    value: float | None = Field(description="unrounded; told also where it takes no part because it is late")
    as_of: datetime | None = Field(description="end of the period, or time of the newest reading")
    warning: WarningLevel = Field(description="gravest threshold reached: 0 none, 1 blue to 4 red")
    score: float | None = Field(description="0 (worst) to 10; null where it takes no part")
    why: WhyMissing | None = Field(description="why it takes no part")
    share: float | None = Field(description="of the whole index, among the leaves that take part")
    lever: float | None = Field(description="by how much the whole index would rise were this leaf worth 10")


class DistrictSign(Shape):
    """The index of a sign in a district."""

    region_code: RegionCode
    code: str
    index: float | None
    covered: float
    present: int
    leaves: int
    alarms: bool | None


class VitalSigns(Shape):
    """The vital-sign tree of a region."""

    region_code: RegionCode
    as_of: datetime
    signs: list[SignOut] = Field(description="in the order of the tree, each after its parent")
    leaves: list[SignLeafOut] = Field(description="in the order of the tree")
    districts: list[DistrictSign] = Field(description="of the whole city: the same signs district by district")
