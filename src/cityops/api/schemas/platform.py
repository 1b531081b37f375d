"""Shapes of the API's answers on source systems, totals and processes; filled by the routes of the platform."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from cityops.api.schemas.devices import DeviceCount
from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.findings import FindingSeverity
from cityops.domain.freshness import Freshness


class PackOut(Shape):
    """The zip of all files of a day; `sha256` in hex."""

    day: date
    name: str
    bytes: int
    sha256: str
    made_at: datetime


class PackList(Shape):
    """The packs that are kept, the newest day first."""

    items: list[PackOut]


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
    freshness: Freshness | None = Field(description="null: what came when is not kept of that moment")
    devices: int
    received: int | None
    stored: int | None
    duplicate: int | None
    rejected: int | None


class Platform(Shape):
    """Totals of the platform; messages and items since the first start."""

    devices: int
    series: int
    sources: int
    sources_fresh: int | None
    received: int | None
    stored: int | None
    duplicate: int | None
    rejected: int | None
    readings_kept: int | None = Field(
        description="readings now in the store (stored less those dropped by retention)"
    )
    readings_per_s: float | None = Field(description="mean rate over the last five full minutes")
    as_of: datetime | None


class Connected(Shape):
    """How many of those that are registered have ever sent or told anything here."""

    registered: int
    connected: int


class SourceDay(Shape):
    """What came of one source on one day of the city, by when it was received."""

    day: date
    received: int
    stored: int
    duplicate: int
    rejected: int


class SourceExchange(SourceState):
    """One source system: who answers for it, how fresh it is, its accounts since the first start, and by day."""

    devices_spoken: int = Field(description="devices of it, inside the area of who asks, that have ever spoken")
    days: list[SourceDay] = Field(description="newest first, of the last days; a day without anything is not told")


class PlatformDay(Shape):
    """One day of the city, by when things were measured or occurred."""

    day: date
    readings: int | None = Field(description="kept readings dated into it; null where they are not summed up yet")
    cases: int | None = Field(description="null to a role that sees no cases")


class Inventory(Shape):
    """What the platform is connected to and keeps, and how much of it came on each of the last days.

    Departments, systems and the accounts of sources are those of the whole platform. Districts, devices, days and
    cases are those of the area of who asks.
    """

    as_of: datetime
    departments: Connected
    systems: Connected
    districts: Connected = Field(description="those with a device that has ever spoken")
    regions: list[RegionCode] = Field(description="the districts that are counted here")
    states_as_of: datetime | None
    devices: list[DeviceCount]
    readings_kept: int
    readings_per_s: float | None
    summed_until: datetime | None = Field(description="until when today's readings are counted in `days`")
    counted_since: date | None = Field(description="the first day of which sources are counted by day")
    days: list[PlatformDay] = Field(description="newest first")
    sources: list[SourceExchange]


_Word = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[ -~]+$")]


class ProcessNoted(Shape):
    """What a process without a database says of itself; `marks` are digests of its settings, by name."""

    id: str = Field(pattern="^[0-9a-f]{16}$")
    part: Literal["dashboard"]
    name: _Word
    host: _Word
    pid: int = Field(ge=1, le=2**31 - 1)
    version: _Word
    marks: dict[_Word, Annotated[str, Field(pattern="^[0-9a-f]{32}$")]] = Field(max_length=32)
    clock: AwareDatetime = Field(description="its present instant")


class ProcessDifference(Shape):
    """In what processes that run beside each other differ, and what mends it."""

    severity: FindingSeverity
    item: str
    reason: str
    remedy: str
