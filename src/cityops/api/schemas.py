"""Shapes of the API's answers: what the client and the OpenAPI document promise; filled by the routes.

Times are RFC 3339 in UTC; ages are for the reader to compute from them. A value that is not known is null, never 0.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from cityops.domain.events import Severity, Stage, Status
from cityops.domain.freshness import Freshness
from cityops.domain.intervals import Interval
from cityops.domain.masking import masked, masked_code
from cityops.domain.metrics import Aggregate, Direction
from cityops.domain.regions import RegionLevel, region_code

Item = TypeVar("Item")
RegionCode = Annotated[str, Field(pattern=r"^\d{6}(\d{3})?$", examples=["440106"])]

RegionAsked = Annotated[
    str,
    Field(pattern=r"^[0-9]{6}([0-9]{3}(000)?)?$", examples=["440106"]),
    BeforeValidator(lambda given: region_code(given) if isinstance(given, str) else given),
]
"""A region as it is asked for: also by the statistics' 12 digits (440106000000, 440106013000)."""

UNMASKED = {"persons": "unmasked"}
"""Context in which a shape is filled for somebody who handles the case; without it personal data is masked."""


def _unless_unmasked(mask: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text, info: text if info.context is UNMASKED else mask(text))


FreeText = Annotated[str, _unless_unmasked(masked)]
SenderCode = Annotated[str, _unless_unmasked(masked_code)]


class Shape(BaseModel):
    """Base of all answers: unknown fields are a mistake of ours, not a guest's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(BaseModel):
    """Base of all queries: an unknown parameter is refused, so that a typing error never widens a filter."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape, Generic[Item]):
    """One page of a list; `next` is the cursor of the following page, null on the last."""

    items: list[Item]
    next: str | None


class Health(Shape):
    """Answer to a supervisor; `instance` is CITYOPS_INSTANCE, by which a start knows its own parts."""

    status: str
    instance: str | None = None


class RegionOut(Shape):
    """The city, a district or a street."""

    code: RegionCode
    level: RegionLevel
    parent_code: RegionCode | None
    name_zh: str
    name_en: str
    population: int | None
    area_km2: float | None
    label_lon: float | None
    label_lat: float | None


class MetricOut(Shape):
    """A declared metric; thresholds in its own unit."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    valid_min: float
    valid_max: float
    decimals: int
    aggregate: Aggregate
    direction: Direction
    blue: float | None
    yellow: float | None
    orange: float | None
    red: float | None
    basis_zh: str
    basis_en: str
    health: bool = Field(description="tells of the device itself, such as its battery")


class Trend(Shape):
    """Values of equal steps from `start` on; null where no reading came. The last step is still running."""

    start: datetime
    step_s: int
    values: list[float | None]


class RegionValue(Shape):
    """One metric in one child region (a district of the city, a street of a district)."""

    code: RegionCode
    value: float | None
    warning: int = Field(ge=0, le=4, description="0 none, 1 blue, 2 yellow, 3 orange, 4 red")
    as_of: datetime | None
    freshness: Freshness
    expected: int = Field(description="devices that should report the metric here")
    fresh: int = Field(description="of these, devices whose newest reading is fresh")


class MetricState(Shape):
    """One metric of a region now: value, its age and how many of the expected devices stand behind it."""

    code: str
    value: float | None
    minimum: float | None
    maximum: float | None
    warning: int = Field(ge=0, le=4)
    as_of: datetime | None
    freshness: Freshness
    expected: int
    fresh: int
    late: int
    coverage: float | None = Field(description="fresh / expected, 0 to 1; null where no device is expected")
    expected_interval_s: int | None = Field(description="the slowest expected cadence among its devices")
    change_1h: float | None = Field(description="value minus the value one hour before")
    trend: Trend
    regions: list[RegionValue]


class DeviceTotals(Shape):
    """Devices of a region by the state of their newest reading."""

    expected: int
    fresh: int
    late: int
    silent: int
    never: int


class DeviceWarning(Shape):
    """A device whose newest, not silent reading has reached a warning threshold."""

    device_code: str
    device_name_zh: str
    kind_zh: str
    kind_en: str
    region_code: RegionCode
    metric: str
    value: float
    warning: int = Field(ge=1, le=4)
    ts: datetime
    since: datetime = Field(description="first of the unbroken run of readings that have reached this level")
    since_known: bool = Field(
        description="false: the run is older than is looked back, it began at `since` or before"
    )


class Warnings(Shape):
    """What is wrong now: counts by level of series, and the gravest and newest ones."""

    blue: int
    yellow: int
    orange: int
    red: int
    worst: list[DeviceWarning]


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


class SourceState(Shape):
    """One source system and how fresh its newest message is."""

    code: str
    name_zh: str
    name_en: str
    department_zh: str
    department_en: str
    data_officer: str
    carries: str
    expected_interval_s: int
    last_received_at: datetime | None
    freshness: Freshness
    devices: int
    received: int
    stored: int
    duplicate: int
    rejected: int


class Platform(Shape):
    """Totals of the platform; messages and items since the first start."""

    devices: int
    series: int
    sources: int
    sources_fresh: int
    received: int
    stored: int
    duplicate: int
    rejected: int
    readings_kept: int = Field(description="readings now in the store (stored less those dropped by retention)")
    readings_per_s: float | None = Field(description="mean rate over the last five full minutes")
    as_of: datetime | None


class Outage(Shape):
    """Devices that fell silent together: of a whole region, or of one source system or kind in it."""

    region_code: RegionCode
    region_zh: str
    region_en: str
    source: str | None
    kind: str | None
    name_zh: str = Field(description="of the source or kind; empty for a whole region")
    name_en: str
    devices: int = Field(description="devices of the group that have ever spoken")
    silent: int
    since: datetime = Field(description="when half of the silent ones had fallen silent, to the minute")
    text_zh: str
    text_en: str


class State(Shape):
    """The state of a region and its children at one instant: what a wall shows."""

    region: RegionOut
    children: list[RegionOut]
    detail: bool = Field(description="whether single cases and devices are told, or only sums")
    as_of: datetime | None = Field(
        description="time of the newest reading or event behind this state, none counted as newer than its receipt"
    )
    devices: DeviceTotals
    metrics: list[MetricState]
    warnings: Warnings = Field(description="of what is measured")
    device_health: Warnings = Field(description="of the devices themselves, such as their batteries")
    outages: list[Outage] = Field(description="of the region's district; empty too while no watch looks")
    events: EventsState
    sources: list[SourceState]
    platform: Platform


class SeriesPoint(Shape):
    """One bucket of a series in one region."""

    region_code: RegionCode
    start: datetime
    end: datetime
    value: float | None = Field(description="rounded to two decimals more than the indicator's; exact in files")
    n: int = Field(description="readings (or events) behind the value")
    coverage: float | None = Field(description="readings that came / readings expected, at most 1")
    finished: bool = Field(description="false: the bucket had not ended at `as_of`, so its value still changes")


class Series(Shape):
    """An indicator over time, by region."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    interval: Interval
    start: datetime
    end: datetime
    as_of: datetime = Field(description="what is told is as of this moment; buckets from here on lie ahead")
    remark_zh: str | None = Field(description="what is unfinished about the period, in a sentence")
    remark_en: str | None
    points: list[SeriesPoint]


class Indicator(Shape):
    """Whatever can be asked for as a series or a CSV: a metric's aggregate, or a count of events."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    aggregate: Aggregate
    source_zh: str = Field(description="the source systems behind it")
    definition_zh: str
    definition_en: str


class IntervalLimit(Shape):
    """An interval and the longest range it serves."""

    interval: Interval
    length_s: int
    longest_range_s: int


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


class Problem(Shape):
    """An error as RFC 9457 `application/problem+json`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str | int]] | None = None
