"""Shape of an indicator in the state of a region: its newest value, what it was before, whether it is late."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.targets import TargetDirection
from cityops.domain.metrics import WarningLevel


class IndicatorTarget(Shape):
    """What policy wants of an indicator here, and how far it has come."""

    value: float
    reached: TargetDirection
    by: str = Field(description="day by which it is to be reached")
    interval: Grain = Field(description="over what the value that is held against it goes")
    share: float | None = Field(description="of the way, 0 to 1; null where no value has come")
    is_reached: bool | None
    example: bool = Field(description="nobody has published it: made up for a demonstration")


class IndicatorState(Shape):
    """An indicator of a region: its newest period that is over and has a value, else the one that still runs.

    Values are those of `/series` by the same period, corrections included; `history` is rounded for drawing.
    """

    code: str
    period: Grain = Field(description="what a value covers")
    value: float | None = Field(description="unrounded; null: none of the last twelve periods has one")
    start: datetime | None = Field(description="of the value's period")
    end: datetime | None
    finished: bool | None = Field(description="false: its period is not over, and it still changes")
    previous: float | None = Field(
        description="of the period before (环比); of one that runs, of the same part of it"
    )
    change_percent: float | None
    year_ago: float | None = Field(description="of the same period a year before (同比); of days and longer periods")
    year_change_percent: float | None
    history: list[float | None] = Field(description="of the twelve last periods that are over, the oldest first")
    warning: WarningLevel = Field(description="gravest threshold reached: 0 none, 1 blue to 4 red")
    quality: str | None = Field(description="corrected, flagged; null as its source says it")
    newest_end: datetime | None = Field(
        description="end of the newest period of which anything has come from outside"
    )
    late_since: datetime | None = Field(description="when the next value should have come; null: it is not late")
    target: IndicatorTarget | None
