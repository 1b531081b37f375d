"""Shapes of the API's answers on whether values that come from outside are late."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import Shape


class IndicatorFreshness(Shape):
    """How an indicator stands whose values come from outside, or are made of such."""

    indicator: str
    newest_end: datetime | None = Field(description="end of the newest period; null: nothing has come yet")
    late_since: datetime | None = Field(description="since when the next value is owed; null: it is not late")
    stands_in_until: datetime | None = Field(description="until when the newest may stand in for it")
    cadence_s: int | None
    grace_s: int | None
    tolerance_s: int | None
