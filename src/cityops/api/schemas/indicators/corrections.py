"""Shapes of the API's questions and answers on corrections of values that come from outside."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import NO_NUL, RegionAsked, RegionCode, Shape, WrittenTime
from cityops.domain.indicators.corrections import NewCorrection
from cityops.domain.indicators.marks import CorrectionAction, CorrectionState, CorrectionStatus
from cityops.domain.indicators.measures import CODE


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing: write it down")
    return text.strip()


_Reason = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra=NO_NUL), AfterValidator(_said)]
_Name = Annotated[str, Field(max_length=100, json_schema_extra=NO_NUL)]
_Number = Annotated[float, Field(allow_inf_nan=False)]


class CorrectionAsked(Asked):
    """A correction to be made: of which values, what is done with them, and what they are while it holds."""

    indicator: Annotated[str, Field(pattern=CODE, examples=["water_supplied"])]
    region: RegionAsked | None = Field(default=None, description="null: all regions")
    source: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] | None = Field(default=None, description="null: all")
    period_start: WrittenTime
    period_end: WrittenTime = Field(description="periods that lie wholly before it")
    action: CorrectionAction
    amount: _Number | None = Field(default=None, description="of override the value, of scale the factor")
    expected_low: _Number = Field(description="what the source says now, at least; else the correction is stale")
    expected_high: _Number | None = Field(default=None, description="and at most; null: as expected_low")
    reason: _Reason
    expires_at: WrittenTime | None = None

    def correction(self) -> NewCorrection:
        """Return what is to be made."""
        high = self.expected_low if self.expected_high is None else self.expected_high
        return NewCorrection(
            *(self.indicator, self.region, self.source, self.period_start, self.period_end, self.action, self.amount),
            *(self.expected_low, high, self.reason, self.expires_at),
        )


class CorrectionStepAsked(Asked):
    """What has become of a correction: who was told, that the source acknowledged it, or has repaired it."""

    status: CorrectionStatus
    to: _Name | None = Field(default=None, description="of reported: who was told")
    note: _Name | None = None


class CorrectionStep(Shape):
    """A step of a correction."""

    status: CorrectionStatus
    to: str | None
    note: str | None
    by: str
    at: datetime


class CorrectionOut(Shape):
    """A correction with what has become of it, and what it does."""

    id: int
    indicator: str
    region_code: RegionCode | None = Field(description="null: all regions")
    source: str | None = Field(description="null: all sources")
    period_start: datetime
    period_end: datetime
    action: CorrectionAction
    amount: float | None
    expected_low: float
    expected_high: float
    reason: str
    by: str
    made_at: datetime
    expires_at: datetime | None
    status: CorrectionStatus
    holds: bool = Field(description="false: it is over, or its time is")
    state: CorrectionState = Field(description="stale: the source says something else now")
    applies: int = Field(description="values that it changes or marks now")
    stale: int = Field(description="values that it names, and that are not as expected any more")
    steps: list[CorrectionStep]

    @classmethod
    def of(cls, row: Mapping[str, Any], applies: int, stale: int, now: datetime) -> "CorrectionOut":
        """Return a kept correction, with how many values it changes and how many are not as expected."""
        is_over = CorrectionStatus(row["status"]).is_over
        is_expired = row["expires_at"] is not None and row["expires_at"] <= now
        state = CorrectionState.STALE if stale else CorrectionState.HOLDS
        if is_over or is_expired:
            state = CorrectionState.OVER if is_over else CorrectionState.EXPIRED
        told = {
            name: one for name, one in row.items() if name not in {"indicator_code", "source_system_code", "steps"}
        }
        return cls(
            **told,
            indicator=row["indicator_code"],
            source=row["source_system_code"],
            holds=not (is_over or is_expired),
            state=state,
            applies=applies,
            stale=stale,
            steps=[CorrectionStep(**one) for one in row["steps"]],
        )
