"""Invented video channels at the places of simulated devices, as many as the city has, and a plan for floods."""

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from cityops.domain.channels import Channel, ChannelState, VideoPlan
from cityops.domain.devices import Device
from cityops.domain.regions import district_of

SOURCE = "video-share"
PER_DEVICE = 364 / 84
"""穗智管 told of 364,000 channels and 84,000 devices in 2022."""
INDUSTRIES = ("00", "00", "00", "01", "01", "04", "05", "08", "09")
OFF_OF_100 = 3
IN_PLAN = 12


def channels_at(devices: Sequence[Device]) -> Iterator[Channel]:
    """Yield the channels, 3 of 100 of them off; the same for the same devices."""
    for number, near in enumerate(islice(cycle(devices), round(len(devices) * PER_DEVICE))):
        industry = INDUSTRIES[number * 7 % len(INDUSTRIES)]
        state = ChannelState.OFFLINE if number * 37 % 100 < OFF_OF_100 else ChannelState.ONLINE
        code = f"{district_of(near.region_code)}00{industry}1320{number:06}"
        name = f"{near.name_zh} 视频 {number // len(devices) + 1}"
        yield Channel(code, name, SOURCE, near.region_code, near.lon, near.lat, state)


def flood_plan(devices: Sequence[Device]) -> VideoPlan:
    """Return the plan that looks at points of waterlogging."""
    wet = [number for number, one in enumerate(devices) if one.kind == "waterlogging"]
    shown = set(wet[:: max(1, len(wet) // IN_PLAN)][:IN_PLAN])  # all over the city
    codes = (one.code for number, one in enumerate(channels_at(devices)) if number in shown)
    return VideoPlan("flood", "内涝点巡视", "Points of waterlogging", tuple(codes))
