"""Shapes of the API's answers on rejects: what could not be stored and what was tried since; filled by the routes."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import Page, Shape
from cityops.domain.rejects import RejectState, ReplayOutcome


class RejectCount(Shape):
    """Items that could not be stored for one reason from one source and are now in one state."""

    reason: str
    explanation: str = Field(description="what the sender should mend")
    source: str = Field(description="as the topic names it, registered or not; - where it names none")
    state: RejectState
    count: int
    newest: datetime


class RejectBrief(Shape):
    """One reject in a list."""

    id: int
    received_at: datetime
    state: RejectState
    reason: str = Field(description="the newest, if it was refused again")
    explanation: str
    detail: str = Field(description="without what may be personal")
    source: str
    kind: str = Field(description="readings, events, or unknown where the topic does not tell")
    topic: str
    item_index: int = Field(description="place in the message, from 0")
    metric_code: str | None = Field(description="set where only the item's value of that metric was refused")
    whole: bool = Field(description="it stands for all items of its message")
    attempts: int = Field(description="how often a replay tried it")
    settled_at: datetime | None = Field(description="when it was replayed or given up")
    payload_bytes: int = Field(description="size of the message")
    item_bytes: int | None = Field(description="size of the item, where it alone is kept of the message")
    refusals: int = Field(description="how many it stands for: above 1 of the items from item_index on")
    truncated: bool = Field(description="only the first 64 KiB are kept, so that it cannot be replayed")


class RejectPage(Page[RejectBrief]):
    """Rejects, newest first."""


class RejectAttempt(Shape):
    """One replay of a reject; counts are readings or event steps."""

    attempt: int
    tried_at: datetime
    worker: str
    outcome: ReplayOutcome
    stored: int
    duplicate: int
    reason_before: str
    detail_before: str


class RejectOut(RejectBrief):
    """A reject with its message and what was tried."""

    payload_text: str | None = Field(description="what is kept of the message, where it is UTF-8")
    payload_base64: str | None = Field(description="the same in base64, where it is not UTF-8")
    payload_hidden: str | None = Field(description="why the message is not shown")
    tried: list[RejectAttempt]
