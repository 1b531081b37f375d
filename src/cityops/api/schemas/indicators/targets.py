"""Shapes of the API's answers on targets of policy (政策目标)."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape


class TargetOut(Shape):
    """A target of policy, and how far its indicator has come."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    owner: str
    region_code: RegionCode
    target: float
    reached_zh: str
    reached_en: str
    direction: str = Field(description="at_least, at_most")
    by: str = Field(description="day by which it is to be reached")
    base: float | None
    document_zh: str
    document_en: str
    published: str | None
    example: bool = Field(description="nobody has published it: made up for a demonstration")
    value: float | None = Field(description="the newest; null: none has come")
    value_start: datetime | None
    value_end: datetime | None
    finished: bool | None = Field(description="false: the value's period is not over, and it still changes")
    quality: str | None
    gap: float | None = Field(description="what is missing yet, in the unit; 0 or less: reached")
    share: float | None = Field(description="of the way, 0 to 1")
    is_reached: bool | None
