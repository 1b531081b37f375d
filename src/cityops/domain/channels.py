"""Video channels, cameras that other systems stream; the plans they are looked at by, the gateway that plays them."""

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from cityops.domain.registration.cells import BadRow, Registrable, expect, filled, place_or_none, printable, shown
from cityops.errors import CityopsError

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


INDUSTRIES: Mapping[str, tuple[str, str]] = {
    "00": ("社会治安·路面", "public security, roads"),
    "01": ("社会治安·社区", "public security, quarters"),
    "02": ("社会治安·内部", "public security, premises"),
    "03": ("社会治安·其他", "public security, other"),
    "04": ("交通·路面", "traffic, roads"),
    "05": ("交通·卡口", "traffic, checkpoints"),
    "06": ("交通·内部", "traffic, premises"),
    "07": ("交通·其他", "traffic, other"),
    "08": ("城市管理", "city management"),
    "09": ("卫生环保", "health and environment"),
    "10": ("商检海关", "customs"),
    "11": ("教育", "education"),
}
"""What digits 9 and 10 of a code say of a channel (GB/T 28181, appendix D); other numbers are reserved."""

PLAN_COLUMNS = ("plan", "name_zh", "name_en", "channel")
MOST_PLANS, MOST_CHANNELS = 100, 64
_PLAN = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class VideoPlanError(CityopsError):
    """A file of plans that cannot be taken; each fault stands on a line of its own."""


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """The channels that are looked at for a matter (视频预案), in this order."""

    code: str
    name_zh: str
    name_en: str
    channels: tuple[str, ...]


def read_plans(text: str, known: frozenset[str]) -> list[VideoPlan]:
    """Return the plans of a CSV file: a row for each channel, in the order in which they are offered.

    Raises
    ------
    VideoPlanError
        Something in it is wrong; every fault is named with its line.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [name for name in PLAN_COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise VideoPlanError(f"line 1: columns are missing: {', '.join(missing)}; add them to the first line")
    plans: dict[str, VideoPlan] = {}
    faults: list[str] = []
    for row in rows:
        one, channel = _plan_of(row), (row["channel"] or "").strip()
        kept = plans.get(one.code, one)
        if fault := _fault(one, kept, channel, known):
            faults.append(f"line {rows.line_num}: {fault}")
        else:
            plans[one.code] = replace(kept, channels=(*kept.channels, channel))
    faults += _too_many(plans.values())
    if faults:
        raise VideoPlanError("\n".join(faults))
    return list(plans.values())


def _plan_of(row: Mapping[str, str | None]) -> VideoPlan:
    code, name_zh, name_en = ((row[name] or "").strip() for name in PLAN_COLUMNS[:3])
    return VideoPlan(code, name_zh, name_en, ())


def _fault(one: VideoPlan, kept: VideoPlan, channel: str, known: frozenset[str]) -> str:
    """Return what is wrong with a row, and what to do about it; empty where nothing is."""
    names = one.name_zh, one.name_en
    if not _PLAN.fullmatch(one.code):
        return f"plan: {shown(one.code)} is no code; write up to 32 small letters, digits, - and _"
    if not all(name.isprintable() and 0 < len(name) <= 64 for name in names):
        return "name_zh, name_en: missing, too long or not printable; write up to 64 characters"
    if names != (kept.name_zh, kept.name_en):
        return f"plan {one.code} is called otherwise above; give it one name"
    if channel not in known:
        return f"channel: {shown(channel)} is not registered; run `cityops channels import` first"
    return f"channel: {channel} stands in plan {one.code} already; leave one out" if channel in kept.channels else ""


def _too_many(plans: Collection[VideoPlan]) -> list[str]:
    long = [
        f"plan {one.code}: more than {MOST_CHANNELS} channels" for one in plans if len(one.channels) > MOST_CHANNELS
    ]
    return long + ([f"it has {len(plans)} plans, {MOST_PLANS} are taken"] if len(plans) > MOST_PLANS else [])


class GatewayError(CityopsError):
    """The address of a video gateway to which no browser could be sent."""


@dataclass(frozen=True, slots=True)
class VideoGateway:
    """What plays channels: an address with `{code}` in the place of a channel's code."""

    template: str

    @classmethod
    def of(cls, template: str) -> "VideoGateway | None":
        """Return the gateway of a setting; None where that is empty.

        Raises
        ------
        GatewayError
            It is no such address.
        """
        if template and not _GATEWAY.fullmatch(template):
            raise GatewayError(
                f"CITYOPS_VIDEO_GATEWAY: {shown(template)} is no address of a player: write one like"
                " https://gateway.example/play/{code}, without user and password"
            )
        return cls(template) if template else None

    @property
    def origin(self) -> str:
        """The one place that a page may show in a frame."""
        parts = urlsplit(self.template)
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, code: str) -> str:
        """Return where a channel plays."""
        return self.template.replace("{code}", code)


_GATEWAY = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/?&=%+-]*\{code\}[A-Za-z0-9._~/?&=%+-]*")
"""What may stand there has no meaning in a policy or a page."""
