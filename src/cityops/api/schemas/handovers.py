"""Shapes of the API's questions and answers on shifts that are handed over."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from cityops.api.schemas.access import Asked, Login, Name
from cityops.api.schemas.shape import NO_NUL, Page, RegionAsked, RegionCode, Shape
from cityops.domain.handovers import HandoverOutcome


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing: write why")
    return text.strip()


class NewHandover(Asked):
    """A shift to be handed over."""

    region: RegionAsked = Field(description="of the centre that the seat belongs to: the city or a district")
    seat: Name
    to: Login
    notes: Annotated[str, Field(max_length=4000, json_schema_extra=NO_NUL)] = ""


class HandoverRefusal(Asked):
    """Why a shift is not taken over."""

    reason: Annotated[str, Field(min_length=1, max_length=500, json_schema_extra=NO_NUL), AfterValidator(_said)]


class HandoverOut(Shape):
    """A shift that was handed over, or is about to be."""

    id: int
    region_code: RegionCode
    seat: str
    from_account: str
    to_account: str
    notes: str
    counted: dict[str, dict[str, int]] = Field(
        description="what was open when it was offered, by noun; cases: open, urgent, found, dispatched, handling;"
        " alarms: open, unacknowledged, quiet, red, orange, yellow, blue"
    )
    offered_at: datetime
    settled_at: datetime | None = Field(description="null: the other has not answered yet")
    outcome: HandoverOutcome | None
    reason: str | None = Field(description="of a refusal")


class HandoverPage(Page[HandoverOut]):
    """One page of handovers, newest first; `next` is the cursor of the following page, null on the last."""
