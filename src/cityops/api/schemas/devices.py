"""Shapes of the API's answers on devices and their states; filled by the routes of these names."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.outages import Outage
from cityops.api.schemas.shape import Page, RegionCode, Shape
from cityops.domain.freshness import DeviceState, Freshness


class DeviceOut(Shape):
    """A registered device with its liveness."""

    code: str
    kind: str
    kind_zh: str
    kind_en: str
    name_zh: str
    source: str
    region_code: RegionCode
    lon: float
    lat: float
    expected_interval_s: int
    registered_at: datetime = Field(description="when it first came into the register")
    last_seen: datetime | None = Field(
        description="time of its newest reading, or that of its receipt where its clock runs ahead"
    )
    clock_ahead_s: float | None = Field(
        description="seconds by which its clock ran ahead at its newest readings; null: by no more than two"
    )
    freshness: Freshness = Field(description="by the age of `last_seen` at the time of the answer")
    state: DeviceState = Field(description="as of the page's `states_as_of`; never: registered and not heard of yet")
    state_since: datetime
    latest: dict[str, float] = Field(description="newest value by metric")
    warning: int = Field(ge=0, le=4, description="gravest level among the newest values that it measures")
    health: int = Field(ge=0, le=4, description="gravest level among those that tell of the device, as its battery")


class DevicePage(Page[DeviceOut]):
    """One page of devices; `next` is the cursor of the following page, null on the last."""

    states_as_of: datetime | None = Field(description="when the states were last judged; null: never yet")


class ReadingOut(Shape):
    """One raw reading."""

    ts: datetime
    metric: str
    value: float
    quality: int


class ReadingList(Shape):
    """Raw readings of a device, oldest first; `truncated` says that the limit cut the newest ones off."""

    device_code: str
    items: list[ReadingOut]
    truncated: bool


class CurvePoint(Shape):
    """One reading of a curve."""

    ts: datetime
    value: float


class DeviceCurve(Shape):
    """One metric of a device over a period, thinned: of each piece of time the lowest and the highest reading."""

    metric: str
    n: int = Field(description="all readings of the period")
    newest: CurvePoint | None = Field(description="within the period; null: none came")
    points: list[CurvePoint] = Field(description="oldest first; each is a reading that came, none is a mean")


class DeviceCurves(Shape):
    """The curves of all metrics of a device."""

    device_code: str
    start: datetime
    end: datetime
    piece_s: float = Field(description="length of a piece: two readings of one curve lie within it")
    expected: int = Field(
        description="readings of each metric that were owed in the period, since its registration or first reading"
    )
    items: list[DeviceCurve]


class Transition(Shape):
    """One change of a device's state, dated when it came to be."""

    at: datetime
    before: DeviceState
    after: DeviceState


class TransitionList(Shape):
    """The newest transitions of a device, newest first."""

    device_code: str
    items: list[Transition]


class DeviceCount(Shape):
    """Devices of one kind in one district, by state."""

    region_code: RegionCode
    kind: str
    devices: int
    online: int
    late: int
    silent: int
    never: int
    clock_ahead: int = Field(description="devices among them whose clock runs ahead")


class DeviceCounts(Shape):
    """Devices counted by district and kind, as of the last look at their states."""

    states_as_of: datetime | None
    items: list[DeviceCount]


class Outages(Shape):
    """What is out now, the largest first, as of the last look at the devices' states."""

    states_as_of: datetime | None
    items: list[Outage]


class PointColumns(Shape):
    """Devices one by one, each at the same place of every column."""

    lon: list[float] = Field(description="degrees of WGS-84")
    lat: list[float]
    state: list[int] = Field(description="place in `states`")
    code: list[str] = Field(description="empty for video channels where who asks may not see single ones")


class CellColumns(Shape):
    """Devices counted in a grid: a place in the columns for each cell and state that there is."""

    cell_deg: float = Field(description="width and height of a cell in degrees")
    column: list[int] = Field(description="western edge of the cell, in cells from longitude 0")
    row: list[int] = Field(description="southern edge of the cell, in cells from latitude 0")
    state: list[int] = Field(description="place in `states`")
    n: list[int] = Field(description="how many of this state in this cell")


class MapPoints(Shape):
    """Devices of a kind, or video channels, of a region: one by one where they are few, else counted."""

    kind: str | None
    region: RegionCode
    as_of: datetime | None = Field(description="when the states were last judged; null before the first time")
    total: int = Field(description="how many there are inside the area of who asks")
    states: list[str] = Field(description="what the numbers in `state` mean; of an open alarm its level")
    points: PointColumns | None
    cells: CellColumns | None
