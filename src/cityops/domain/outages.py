"""Outages: devices of a district that fell silent together, told as one fact instead of one by one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from cityops.domain.freshness import DeviceState
from cityops.domain.intervals import CITY_ZONE

FEWEST = 5
"""Groups of fewer devices have no outages: each of their devices is a fact by itself."""

MOST = 0.5
"""An outage is more than this share of a group; devices that have never spoken do not count."""

TOGETHER = timedelta(minutes=30)
"""The middle half of the silent ones fell silent within this time; otherwise they died one by one."""


@dataclass(frozen=True, slots=True)
class DeviceTally:
    """Devices of one district, source system, kind and state; `since` (to the minute) only for silent ones."""

    district: str
    source: str
    kind: str
    state: DeviceState
    since: datetime | None
    devices: int


@dataclass(frozen=True, slots=True)
class Outage:
    """Most devices of a region, or of one source or kind in it, silent since about one moment."""

    region_code: str
    source: str | None
    kind: str | None
    devices: int
    silent: int
    since: datetime

    def in_chinese(self, region: str, of: str) -> str:
        """Return the outage as a sentence; `of` names its source or kind, empty for a whole region."""
        return f"{region}{of}：{self._since}起，{self.devices:,}台设备中{self.silent:,}台失联"

    def in_english(self, region: str, of: str) -> str:
        """Return the outage as a sentence; `of` names its source or kind, empty for a whole region."""
        subject = f"{region}, {of}" if of else region
        return f"{subject}: {self.silent:,} of {self.devices:,} devices silent since {self._since}"

    @property
    def _since(self) -> str:
        return f"{self.since.astimezone(CITY_ZONE):%m-%d %H:%M}"


Key = TypeVar("Key", bound=str | tuple[str, ...])


def counted(
    tallies: Iterable[DeviceTally], key: Callable[[DeviceTally], Key]
) -> list[tuple[Key, Counter[DeviceState]]]:
    """Add the tallies up by what `key` returns; in order of it."""
    counts: dict[Key, Counter[DeviceState]] = defaultdict(Counter)
    for one in tallies:
        counts[key(one)][one.state] += one.devices
    return sorted(counts.items(), key=lambda item: item[0])


_Group = tuple[str, str | None, str | None]


def outages(tallies: Iterable[DeviceTally], city: str) -> list[Outage]:
    """Return the outages, the largest first; what a wider one covers is not told again.

    A district as a whole covers its sources and kinds, a source covers the kinds it has there. A source that is out
    in all of its districts, several of them, is one outage of the `city`.
    """
    groups: dict[_Group, list[DeviceTally]] = defaultdict(list)
    for one in tallies:
        if one.state is not DeviceState.NEVER:
            for group in (
                (one.district, None, None),
                (one.district, one.source, None),
                (one.district, None, one.kind),
            ):
                groups[group].append(one)
    found = {group: outage for group, members in groups.items() if (outage := _judged(group, members))}
    told = [outage for group, outage in found.items() if not _covered(group, found, groups)]
    return sorted(_joined(told, groups, city), key=lambda one: (-one.silent, one.region_code))


def _judged(group: _Group, members: Sequence[DeviceTally]) -> Outage | None:
    devices = sum(one.devices for one in members)
    gone = sorted((one.since, one.devices) for one in members if one.state is DeviceState.SILENT and one.since)
    silent = sum(count for _, count in gone)
    if devices < FEWEST or silent <= MOST * devices:
        return None
    first, middle, last = (_reached(gone, share * silent) for share in (0.25, 0.5, 0.75))
    return Outage(*group, devices, silent, middle) if last - first <= TOGETHER else None


def _reached(gone: Sequence[tuple[datetime, int]], wanted: float) -> datetime:
    """Return when so many had fallen silent."""
    fallen = 0
    for moment, count in gone:
        fallen += count
        if fallen >= wanted:
            return moment
    return gone[-1][0]


def _covered(group: _Group, found: Mapping[_Group, Outage], groups: Mapping[_Group, Sequence[DeviceTally]]) -> bool:
    district, _, kind = group
    whole: _Group = (district, None, None)
    if group == whole:
        return False
    sources = {one.source for one in groups[group]} if kind is not None else set()
    return whole in found or any((district, source, None) in found for source in sources)


def _joined(told: Sequence[Outage], groups: Mapping[_Group, Sequence[DeviceTally]], city: str) -> list[Outage]:
    districts: dict[str, int] = defaultdict(int)
    for (_, source, _), members in groups.items():
        if source is not None and sum(one.devices for one in members) >= FEWEST:
            districts[source] += 1
    by_source: dict[str, list[Outage]] = defaultdict(list)
    for one in told:
        if one.source is not None:
            by_source[one.source].append(one)
    joined = {source: parts for source, parts in by_source.items() if 1 < len(parts) == districts[source]}
    whole = [
        Outage(city, source, None, sum(p.devices for p in parts), sum(p.silent for p in parts), _middle(parts))
        for source, parts in joined.items()
    ]
    return [one for one in told if one.source not in joined] + whole


def _middle(parts: Sequence[Outage]) -> datetime:
    return sorted(part.since for part in parts)[len(parts) // 2]
