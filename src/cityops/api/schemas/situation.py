"""Shapes of what matters most in a region, and of where its open alarms are; composed in the state at each tick."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.events import UnitOut
from cityops.api.schemas.shape import RegionCode, SenderCode, Shape
from cityops.domain.alarms.situation import Tendency
from cityops.domain.events.status import Status
from cityops.domain.metrics import Direction
from cityops.domain.modes.modes import ModeKind

TREND = (
    "the newest reading held against the mean of those 10 to 30 minutes old; steady within a twentieth of the"
    " distance between the metric's outermost thresholds; null where one of both is missing"
)


class StandingPlace(Shape):
    """Where an open alarm of a device is, what the device says, and who has its case in hand."""

    id: int
    rule_code: str
    metric: str | None
    level: int = Field(ge=1, le=4, description="1 blue, 2 yellow, 3 orange, 4 red")
    lon: float
    lat: float
    region_code: RegionCode
    device_code: str
    name_zh: str = Field(description="of the device")
    value: float | None = Field(description="the newest reading of its series; without one the worst that it reached")
    since: datetime
    trend: Tendency | None = Field(description=TREND)
    acknowledged: bool
    case_number: SenderCode | None = Field(description="of its case while that is open")
    unit: UnitOut | None
    status: Status | None = Field(description="of that case")
    overdue: bool
    drill: bool = Field(default=False, description="raised in a drill")


class WorstPlace(Shape):
    """Where it is worst."""

    alarm_id: int
    device_code: str
    name_zh: str
    region_code: RegionCode
    value: float | None
    as_of: datetime | None = Field(description="of the value; null: it is the worst that it reached")
    since: datetime
    trend: Tendency | None = Field(description=TREND)
    lon: float
    lat: float


class UnitHandling(Shape):
    """A unit that is on cases of the situation, how far it is, and with how many."""

    unit: UnitOut
    status: Status
    count: int


class Situation(Shape):
    """What matters most: the open alarms of one rule of the gravest level, symptoms of others left out.

    Chosen by level, then what nobody has acknowledged, then the number of places, then the earliest onset. To whom
    only sums are told the rule is not named, nor a place, nor a unit.
    """

    level: int = Field(ge=3, le=4, description="3 orange, 4 red")
    rule_code: str | None
    name_zh: str | None = Field(description="of the rule")
    name_en: str | None
    metric: str | None
    threshold: float | None = Field(
        description="crossed, in the metric's unit; null where the rule compares no value"
    )
    limits_in: ModeKind | None = Field(
        default=None, description="the kind of mode whose limit that is; null: the rule's own"
    )
    drill: bool = Field(default=False, description="all of these alarms were raised in a drill")
    direction: Direction | None
    regions: list[RegionCode] = Field(
        description="children with such alarms, most places first; the region itself where they lie in no child"
    )
    places: int = Field(description="open alarms of this rule at this level")
    worst: WorstPlace | None
    cases: int = Field(description="open cases that were made of them")
    overdue: int = Field(description="of these cases")
    unacknowledged: int
    unacknowledged_since: datetime | None
    handling: list[UnitHandling] = Field(
        description="who is on the cases, the furthest step first; cases that no unit has yet are left out"
    )
