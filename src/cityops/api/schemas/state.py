"""Shapes of the state of a region; composed in the state at each tick."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from cityops.api.schemas.alarms import AlarmsState
from cityops.api.schemas.events import EventsState
from cityops.api.schemas.indicators.newest import IndicatorState
from cityops.api.schemas.modes import ModeState, RosterOut
from cityops.api.schemas.outages import Outage
from cityops.api.schemas.platform import Platform, SourceState
from cityops.api.schemas.regions import RegionOut
from cityops.api.schemas.shape import RegionCode, Shape
from cityops.api.schemas.situation import Situation
from cityops.domain.alarms.rules import BasisMark
from cityops.domain.freshness import Freshness
from cityops.domain.modes.modes import ModeKind


class Trend(Shape):
    """Values of equal steps from `start` on; null where no reading came. The last step is still running."""

    start: datetime
    step_s: int
    values: list[float | None]


class Band(Shape):
    """What is usual in the hour of each step of the trend: some 95 of 100 values lie between low and high."""

    low: list[float | None]
    high: list[float | None]
    days: int = Field(description="days with readings that it was learnt from; fewer than 7 are no band")


class StreetValue(Shape):
    """One metric in one street."""

    code: RegionCode
    value: float
    warning: int = Field(ge=0, le=4, description="0 none, 1 blue, 2 yellow, 3 orange, 4 red")


class RegionValue(Shape):
    """One metric in one child region (a district of the city, a street of a district)."""

    code: RegionCode
    value: float | None
    warning: int = Field(ge=0, le=4, description="0 none, 1 blue, 2 yellow, 3 orange, 4 red")
    as_of: datetime | None
    freshness: Freshness
    expected: int = Field(description="devices that should report the metric here")
    fresh: int = Field(description="of these, devices whose newest reading is fresh")


class LimitsInForce(Shape):
    """Thresholds that judge a metric in a region instead of its own, while a mode of its matter holds there."""

    kind: ModeKind
    title_zh: str = Field(description="of the mode")
    title_en: str
    thresholds: list[float | None] = Field(description="from blue to red; null: a level is not used")
    basis_zh: str
    basis_en: str
    basis_mark: BasisMark


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
    yesterday: float | None = Field(
        description="the value over ten minutes around the same time yesterday: two 5-minute rollups"
    )
    last_week: float | None = Field(description="likewise seven days before")
    trend: Trend
    band: Band | None = Field(description="null below seven days of data, and until it is computed after a start")
    regions: list[RegionValue]
    limits: LimitsInForce | None = Field(default=None, description="null: the metric's own thresholds judge")
    streets: list[StreetValue] = Field(
        description="the six worst streets beneath the region; the highest where a metric has no worse side"
    )


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

    blue: int | None = Field(description="null, as the others: of that moment only sums are kept")
    yellow: int | None
    orange: int | None
    red: int | None
    worst: list[DeviceWarning]


class Lacking(Shape):
    """A field of a past state that is null, empty or not exact, and why."""

    field: str
    why_zh: str
    why_en: str


class Replay(Shape):
    """Of which moment a state tells that is not the present, and how exactly that is known."""

    at: datetime
    kept: Literal["readings", "rollups"] = Field(description="what its values were made of")
    resolution_s: int = Field(description="of its values; 0: they are those of the moment")
    oldest: datetime = Field(description="the earliest moment that can be asked for")
    newest: datetime = Field(description="the latest, when this was answered")
    lacking: list[Lacking]


class TimelineMark(Shape):
    """A moment of a span that is worth a look."""

    at: datetime
    kind: Literal["first_red", "first_orange", "most", "red_over"]
    count: int | None = Field(description="of the alarms that stood, where it is that")


class Timeline(Shape):
    """How many alarms stood, step by step; what came after the present is null."""

    region: RegionCode
    start: datetime
    step_s: int
    red: list[int | None]
    orange: list[int | None]
    yellow: list[int | None]
    blue: list[int | None]
    marks: list[TimelineMark]
    oldest: datetime = Field(description="the earliest moment that can be asked for")
    newest: datetime


class State(Shape):
    """The state of a region and its children at one instant: what a wall shows."""

    region: RegionOut
    children: list[RegionOut]
    detail: bool = Field(description="whether single cases and devices are told, or only sums")
    as_of: datetime | None = Field(
        description="time of the newest reading or event behind this state, none counted as newer than its receipt"
    )
    mode: ModeState = Field(
        default=ModeState(kind=ModeKind.NORMAL), description="what holds here: its own, or the city's"
    )
    roster: RosterOut | None = Field(
        default=None, description="who is on duty here; null where there is no roster, or only sums are told"
    )
    devices: DeviceTotals
    metrics: list[MetricState]
    warnings: Warnings = Field(description="of what is measured")
    device_health: Warnings = Field(description="of the devices themselves, such as their batteries")
    situation: Situation | None = Field(description="null: no alarm is red or orange, but for symptoms of others")
    alarms: AlarmsState = Field(description="of rules; those that are kept from the screens are left out")
    outages: list[Outage] = Field(description="of the region's district; empty too while no watch looks")
    events: EventsState
    sources: list[SourceState]
    platform: Platform
    indicators: list[IndicatorState] | None = Field(
        default=None,
        description="declared ones that may be asked of such a region, but restricted ones; null: of the past",
    )
    replay: Replay | None = Field(default=None, description="null: it is of now")
