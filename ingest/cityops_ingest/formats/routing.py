"""Which messages of other formats are taken and what their fields mean: read from one TOML file at the start."""

import string
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from paho.mqtt.client import topic_matches_sub

from cityops import reference
from cityops.errors import CityopsError

OWN_FILTER = "cityops/#"


class RoutesError(CityopsError):
    """A file of routes that cannot be used; the text names route, item and remedy."""


class Adapter(StrEnum):
    """A format that can be read; the name in the file."""

    CHIRPSTACK = "chirpstack"
    ZIGBEE2MQTT = "zigbee2mqtt"
    TASMOTA = "tasmota"
    SENML = "senml"
    SENSORTHINGS = "sensorthings"
    SPARKPLUG = "sparkplug"
    THE_THINGS_STACK = "thethingsstack"
    SENSOR_COMMUNITY = "sensorcommunity"


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sender's field is to us: value × factor + offset, in the metric's unit.

    `unit` is the sender's, with which the formula begins; a sender that tells another one has it converted. Without a
    formula it is converted to the metric's. `device` says that the field is another device's than the message: a
    pattern like the route's. `alternative` is another model's name of a metric that another field has too.
    """

    metric: str
    factor: float = 1.0
    offset: float = 0.0
    unit: str | None = None
    device: str | None = None
    alternative: bool = False

    @property
    def has_formula(self) -> bool:
        """Whether the number is another one than the sender's."""
        return (self.factor, self.offset) != (1.0, 0.0)


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Messages of one topic filter: how they are read, whose they are, what their fields mean.

    `device` is a pattern: `{device}` stands for the device as the sender names it, `{1}` for the first level of the
    topic and so on. `devices` gives our code for a sender's name and goes before the pattern. `zone` holds for times
    without one. `rebirth` lets the worker ask an edge node of Sparkplug for its births when they are needed.
    """

    name: str
    adapter: Adapter
    filter: str
    source: str
    metrics: dict[str, str | Measure]
    device: str = "{device}"
    devices: dict[str, str] = {}
    ignore: tuple[str, ...] = ()
    zone: str = "Asia/Shanghai"
    rebirth: bool = False

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """What each field is, in full."""
        return {field: Measure(to) if isinstance(to, str) else to for field, to in self.metrics.items()}

    @cached_property
    def tzinfo(self) -> ZoneInfo:
        """The zone as an object."""
        return ZoneInfo(self.zone)

    @cached_property
    def _of_any_case(self) -> dict[str, str]:
        """Our codes by the sender's names in small letters: an EUI is written in either."""
        return {named.lower(): code for named, code in self.devices.items()}

    def ignores(self, field: str) -> bool:
        """Return whether a field is declared to be none of ours; `*` stands for any characters."""
        return any(fnmatchcase(field, pattern) for pattern in self.ignore)

    def device_code(self, named: str, levels: list[str]) -> str:
        """Return our code of the device that a sender names so on a topic of these levels.

        Raises
        ------
        IndexError
            The pattern asks for a level that the topic does not have.
        """
        known = self.devices.get(named) or self._of_any_case.get(named.lower())
        return known or self.device.format("", *levels, device=named)

    def device_of(self, measure: Measure, named: str, levels: list[str]) -> str:
        """Return our code of the device that a field belongs to; arguments and errors as for `device_code`."""
        if measure.device is None:
            return self.device_code(named, levels)
        return measure.device.format("", *levels, device=named)


class Routes:
    """The routes of a worker, found by topic."""

    def __init__(self, routes: tuple[Route, ...] = ()) -> None:
        self.all = routes
        self.find = lru_cache(maxsize=200_000)(self._find)

    @property
    def shared(self) -> "Routes":
        """The routes whose messages any worker may take."""
        return Routes(tuple(route for route in self.all if route.adapter is not Adapter.SPARKPLUG))

    @property
    def ordered(self) -> "Routes":
        """The routes whose messages one worker must take, because they must stay in order."""
        return Routes(tuple(route for route in self.all if route.adapter is Adapter.SPARKPLUG))

    def filters(self) -> list[str]:
        """Return the topic filters to subscribe to."""
        return [route.filter for route in self.all]

    def _find(self, topic: bytes) -> Route | None:
        """Return the route of a topic as it came from the wire."""
        try:
            name = topic.decode()
        except UnicodeDecodeError:
            return None
        return next((route for route in self.all if topic_matches_sub(route.filter, name)), None)


NO_ROUTES = Routes()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    routes: list[dict[str, Any]] = []


def read_routes(file: Path) -> Routes:
    """Return the routes of a file, checked.

    Raises
    ------
    RoutesError
        The file cannot be read or is not TOML, a field is unknown, missing or of the wrong type, a name, filter,
        metric, source system, zone or pattern is not sound, or two routes would take the same message.
    """
    try:
        parsed = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RoutesError(f"{file}: {error}. ingest/README.md, section Adapters, shows a whole file") from error
    routes = tuple(_route(file, place, table) for place, table in enumerate(parsed.routes, start=1))
    for one, other in combinations(routes, 2):
        if one.name == other.name:
            raise RoutesError(f"{file}: two routes are named {one.name!r}: give each a name of its own")
        if _overlap(one.filter, other.filter):
            both = f"routes {one.name!r} ({one.filter}) and {other.name!r} ({other.filter})"
            raise RoutesError(f"{file}: {both} would take the same message twice: narrow one filter")
    return Routes(routes)


def _route(file: Path, place: int, table: dict[str, Any]) -> Route:
    named = f"{file}: route {table.get('name', f'number {place}')!r}"
    try:
        route = msgspec.convert(table, Route)
    except msgspec.ValidationError as error:
        raise RoutesError(f"{named}: {error}. ingest/README.md, section Adapters, lists the fields") from error
    for problem in _problems(route):
        raise RoutesError(f"{named}: {problem}")
    return route


def _problems(route: Route) -> Iterator[str]:
    if not _is_filter(route.filter):
        yield f"filter {route.filter!r} is not a topic filter: + stands alone in a level, # alone in the last one"
    if _overlap(route.filter, OWN_FILTER):
        yield f"filter {route.filter!r} takes messages below cityops/, which need no adapter: narrow it"
    if route.source not in {row["code"] for row in reference.rows("source_systems")}:
        yield f"source {route.source!r} is not registered: use a code of source_systems.csv"
    known = {metric.code for metric in reference.metrics()}
    for field, measure in route.measures.items():
        if measure.metric not in known:
            yield f"metrics: {field!r} is to become {measure.metric!r}, which docs/reference/metrics.md does not list"
    yield from _clashes(route)
    for pattern in {route.device, *(one.device for one in route.measures.values() if one.device)}:
        if not _is_pattern(pattern):
            yield f"device {pattern!r} is not a pattern: only {{device}} and topic levels such as {{2}} stand in it"
    try:
        ZoneInfo(route.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f"zone {route.zone!r} is not known: name it like Asia/Shanghai or UTC"


def _clashes(route: Route) -> Iterator[str]:
    """Yield each field whose metric another field of the same device has: one of their values would be lost."""
    first: dict[tuple[str, str], str] = {}
    for field, measure in route.measures.items():
        if measure.alternative:
            continue
        # A datastream of SensorThings is a device by itself; elsewhere the fields are of the message's device.
        named = route.devices.get(field, field) if route.adapter is Adapter.SENSORTHINGS else ""
        before = first.setdefault((measure.device or named, measure.metric), field)
        if before != field:
            yield (
                f"metrics: {before!r} and {field!r} both become {measure.metric!r} of one device: give one of them a "
                "device of its own (device = …), or, if no message has both, say alternative = true"
            )


def _is_filter(text: str) -> bool:
    levels = text.split("/")
    alone = all(level in {"+", "#"} or not set(level) & {"+", "#", "\0"} for level in levels)
    return bool(text) and alone and "#" not in levels[:-1] and not text.startswith("$")


def _is_pattern(text: str) -> bool:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return False
    plain = all(not spec and not conversion for _, _, spec, conversion in parts)
    return plain and all(name is None or name == "device" or name.isdecimal() for _, name, _, _ in parts)


def _overlap(one: str, other: str) -> bool:
    """Return whether a topic exists that both filters match."""
    left, right = one.split("/"), other.split("/")
    for level, opposite in zip(left, right, strict=False):
        if "#" in {level, opposite}:
            return True
        if level != opposite and "+" not in {level, opposite}:
            return False
    rest = left[len(right) :] or right[len(left) :]
    return not rest or rest == ["#"]
