"""Shape of an outage; filled by the state and the routes of device states."""

from datetime import datetime

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape


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
