"""Video channels: cameras that other systems stream; registered with a place, measuring nothing by themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.registration.cells import BadRow, Registrable, expect, filled, place_or_none, printable, shown

_CODE = re.compile(r"[0-9]{20}")


class ChannelState(StrEnum):
    """What the source system last said of a channel."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


_STATES = {"on": ChannelState.ONLINE, "off": ChannelState.OFFLINE, "": None} | {
    one.value: one for one in ChannelState
}
"""ON and OFF are the words of a GB/T 28181 catalogue; an empty cell leaves the state as it is."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as registered; `code` has the 20 digits of GB/T 28181, `region_code` is a street, WGS-84.

    One of which no place is known has neither `lon` nor `lat`.
    """

    code: str
    name_zh: str
    source_system_code: str
    region_code: str
    lon: float | None
    lat: float | None
    state: ChannelState | None


REQUIRED = ("code", "name_zh", "source_system_code")


def read_channel(row: Mapping[str, str], known: Registrable) -> Channel:
    """Make a channel from a row of text by column name; the place stays in the frame it is given in.

    Raises
    ------
    BadRow
        A cell is missing or wrong.
    """
    texts = filled(row, REQUIRED, known)
    if not _CODE.fullmatch(texts["code"]):
        remedy = "give the 20 digits of GB/T 28181; in a spreadsheet, format the column as text first"
        raise BadRow("code", f"{shown(texts['code'])} does not have 20 digits", remedy)
    expect("source_system_code", texts["source_system_code"], known.sources, "a source system that carries video")
    state = (row.get("state") or "").strip().lower()
    if state not in _STATES:
        raise BadRow("state", f"{shown(state)} is no state of a channel", "write ON, OFF or nothing")
    return Channel(
        texts["code"],
        printable("name_zh", texts["name_zh"]),
        texts["source_system_code"],
        texts["region_code"],
        *place_or_none(row),
        _STATES[state],
    )
