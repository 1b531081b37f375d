"""Devices of a kind on a map: how each is told, up to how many singly, and the grid that counts the others."""

from enum import StrEnum

from cityops.domain.channels import ChannelState
from cityops.domain.freshness import DeviceState
from cityops.domain.regions import RegionLevel

CHANNELS = "channel"
"""Stands for video channels among the kinds of devices."""

MOST_POINTS = 2_000
"""So many are told singly: more marks than that on a map are a texture, which counts tell better."""

CELL_DEG = {RegionLevel.CITY: 0.01, RegionLevel.DISTRICT: 0.005, RegionLevel.STREET: 0.002}
"""Width and height of a cell in degrees, by what is asked for: about 1.0 × 1.1 km here for the whole city."""


class PointState(StrEnum):
    """How a device or channel stands on a map: the level of its open alarm, or else when it was last heard."""

    FRESH = "fresh"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"
    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


STATES = tuple(PointState)
"""In an answer a state is told by its place here."""

ALARM_BASE = STATES.index(PointState.BLUE) - 1
"""What the level of an alarm, 1 to 4, adds up with to its place in `STATES`."""

OF_DEVICES = {
    DeviceState.ONLINE: PointState.FRESH,
    DeviceState.LATE: PointState.LATE,
    DeviceState.SILENT: PointState.SILENT,
    DeviceState.NEVER: PointState.NEVER,
}
OF_CHANNELS = {
    ChannelState.ONLINE: PointState.FRESH,
    ChannelState.OFFLINE: PointState.SILENT,
    ChannelState.UNKNOWN: PointState.NEVER,
}
"""A channel of which its source system has never said how it is, has never spoken."""
