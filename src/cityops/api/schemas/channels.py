"""Shapes of the API's answers on video channels; filled by the routes of channels."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cityops.api.schemas.shape import NO_NUL, Page, Query, RegionCode, Shape
from cityops.domain.channels import ChannelState


class ChannelOut(Shape):
    """A registered video channel, its place null if unknown; `state` is what its source system last said."""

    code: str
    name_zh: str
    source: str
    region_code: RegionCode
    lon: float | None
    lat: float | None
    state: ChannelState
    state_since: datetime


class ChannelPage(Page[ChannelOut]):
    """One page of channels; `next` is the cursor of the following page, null on the last."""


class ChannelCount(Shape):
    """Video channels of one source system in one district, by state."""

    region_code: RegionCode
    source: str
    channels: int
    online: int
    offline: int
    unknown: int


class ChannelRate(Shape):
    """Video channels of one industry in one district, by state; the industry is told by digits 9 and 10 of a code."""

    region_code: RegionCode
    industry: str
    name_zh: str
    name_en: str
    channels: int
    online: int
    offline: int
    unknown: int


class ChannelRates(Shape):
    """How many video channels are online, which are off for the longest, and whether any can be opened."""

    items: list[ChannelRate]
    faults: list[ChannelOut] = Field(description="channels that are off, the longest first, fifty at most")
    plays: bool = Field(description="whether a gateway is configured that plays channels")


class ChannelNear(ChannelOut):
    """A video channel near a place."""

    away_m: float


class VideoPlanOut(Shape):
    """The channels that are looked at for a matter, those inside the area of who asks, in order."""

    code: str
    name_zh: str
    name_en: str
    channels: list[ChannelOut]


class OpeningAsked(Query):
    """Why a channel is opened, and about what."""

    reason: Annotated[str, Field(min_length=2, max_length=200, json_schema_extra=NO_NUL)]
    about: Annotated[str, Field(pattern=r"^((alarm|case|plan|device):[0-9A-Za-z_.-]{1,57})?$")] = ""


class ChannelOpening(Shape):
    """A channel that may be looked at now; that it was opened is written down."""

    code: str
    name_zh: str
    address: str
