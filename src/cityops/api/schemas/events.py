"""Shapes of the API's answers on cases; filled by the routes of events, and by the state."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import FreeText, Page, RegionCode, SenderCode, Shape
from cityops.domain.events.acts import Master, UnitKind
from cityops.domain.events.deadlines import Lamp
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
    drill: bool = Field(default=False, description="made in a drill; left out of figures")


class UnitOut(Shape):
    """Who handles a case: a department, or a district or street by its code."""

    kind: UnitKind
    code: str


class PressingEvent(EventBrief):
    """A case as a wall tells it: beside what it is, who is on it and how long that may still take."""

    master: Master = Field(description="who moves it: its source, or we here")
    unit: UnitOut | None = Field(description="who handles it, or after a return who did last; null: nobody yet")
    due_at: datetime | None = Field(description="when the unit's time runs out; null while it does not run")
    lamp: Lamp | None = Field(description="green, yellow near the end, red beyond it; null without a running clock")


class EventCounts(Shape):
    """Cases of a region: open ones by stage, and what came and went since midnight in the city's zone."""

    open: int
    found: int
    dispatched: int
    handling: int
    checking: int = Field(
        description="of those in handling, which are done and wait to be checked, or are checked now"
    )
    found_overdue: int = Field(description="of those found, whose unit's time has run out")
    dispatched_overdue: int
    handling_overdue: int
    urgent_open: int = Field(description="open cases of severity urgent or critical")
    overdue: int = Field(description="open cases whose unit's time has run out")
    near_due: int = Field(description="open cases whose unit's time is about to run out")
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


class CaseMatter(Shape):
    """Cases of one class from one source: open ones by stage, and what came and went since midnight."""

    class_code: str
    source: str
    found: int = 0
    dispatched: int = 0
    handling: int = 0
    checking: int = 0
    found_overdue: int = 0
    dispatched_overdue: int = 0
    handling_overdue: int = 0
    near_due: int = 0
    reported_today: int = 0
    closed_today: int = 0


class CasePlace(Shape):
    """Where an open case is that is urgent or critical, and who has it in hand."""

    id: int
    number: SenderCode
    lon: float
    lat: float
    severity: Severity
    overdue: bool
    title: FreeText
    region_code: RegionCode
    status: Status
    unit: UnitOut | None
    drill: bool = Field(default=False, description="made in a drill")


class EventsState(Shape):
    """Events of a region now."""

    counts: EventCounts
    regions: list[RegionEvents]
    classes: list[ClassCount]
    matters: list[CaseMatter] = Field(description="the same counts by class and source")
    pressing: list[PressingEvent] = Field(
        description="what is overdue, the longest first, then what is near due, then open cases that are critical,"
        " then urgent ones, then the newest; of each class at least some"
    )
    places: list[CasePlace] = Field(
        description="where open cases are that are critical, then urgent ones, at most 100; of each the overdue"
        " first, then the newest; those that nobody put on the map are nowhere"
    )
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
