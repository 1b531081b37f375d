"""Shapes of the API's answers on video channels; filled by the routes of channels."""

from datetime import datetime

from cityops.api.schemas.shape import Page, RegionCode, Shape
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
