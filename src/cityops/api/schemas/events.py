"""Shapes of the API's answers on cases; filled by the routes of events, and by the state."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import FreeText, Page, RegionCode, SenderCode, Shape
from cityops.domain.events.status import Severity, Stage, Status


class EventBrief(Shape):
    """A case in one line of a list."""

    id: int
    source: str
    external_id: SenderCode
    class_code: str
    severity: Severity
    status: Status
    stage: Stage
    title: FreeText
    region_code: RegionCode
    occurred_at: datetime
    status_at: datetime


class EventCounts(Shape):
    """Cases of a region: open ones by stage, and what came and went since midnight in the city's zone."""

    open: int
    found: int
    dispatched: int
    handling: int
    urgent_open: int = Field(description="open cases of severity urgent or critical")
    reported_today: int
    closed_today: int


class RegionEvents(Shape):
    """Open and today's cases of one child region."""

    code: RegionCode
    open: int
    reported_today: int
    closed_today: int


class ClassCount(Shape):
    """Cases of one class reported since midnight."""

    class_code: str
    name_zh: str
    name_en: str
    reported_today: int


class EventsState(Shape):
    """Events of a region now."""

    counts: EventCounts
    regions: list[RegionEvents]
    classes: list[ClassCount]
    newest: list[EventBrief]
    as_of: datetime | None


class EventStep(Shape):
    """One step of a case's history."""

    sequence: int
    status: Status
    status_at: datetime
    received_at: datetime


class EventOut(EventBrief):
    """A case with its details and its history, oldest step first."""

    description: FreeText | None
    address: FreeText | None
    lon: float | None
    lat: float | None
    sequence: int
    received_at: datetime
    history: list[EventStep]


class EventPage(Page[EventBrief]):
    """One page of events, newest first; `next` is the cursor of the following page, null on the last."""


class EventCount(Shape):
    """Number of events in one group."""

    group: str
    count: int
