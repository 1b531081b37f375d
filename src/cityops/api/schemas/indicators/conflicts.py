"""Shapes of the API's answers on sources that are beside each other (数据打架)."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.indicators.corrections import CorrectionOut
from cityops.api.schemas.shape import RegionCode, Shape


class SourceName(Shape):
    """A source system, in the order in which they win."""

    code: str
    name_zh: str
    name_en: str


class SourceSays(Shape):
    """What one source says of a region and period."""

    source: str
    value: float | None = Field(description="as it came; null: it was withdrawn")
    shown: float | None = Field(description="with what corrects it; null: a correction drops it")
    revision: int
    received_at: datetime
    quality: str | None
    corrections: list[int]
    stale_corrections: list[int]


class SourcesPoint(Shape):
    """The values of one region and period by source."""

    region_code: RegionCode
    start: datetime
    end: datetime
    finished: bool
    values: list[SourceSays]
    absolute: float | None = Field(description="the greatest less the least of what they say; null: one alone")
    relative: float | None = Field(
        description="that over the greatest amount of them, 0 to 1, more where signs differ"
    )
    differs: bool = Field(description="by more than the declared tolerance")
    winner: str | None = Field(description="the source whose value is shown")


class SourcesAnswer(Shape):
    """An indicator by source, the values side by side."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    start: datetime
    end: datetime
    as_of: datetime
    tolerance_relative: float
    sources: list[SourceName]
    rule_zh: str
    rule_en: str
    points: list[SourcesPoint]
    corrections: list[CorrectionOut]


class ConflictOut(Shape):
    """An indicator whose sources differ by more than its tolerance: the newest period in which they do."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    owner: str
    tolerance_relative: float
    differing: int = Field(description="regions and periods in which they differ, of the time that was looked at")
    since: datetime = Field(description="beginning of the time that was looked at")
    newest: SourcesPoint
    open_corrections: int
    stale_corrections: int
