"""Cases of the city and the messages that report their steps: hotline orders, grid officers' finds, sensor alarms.

A case is a function of the seed and its place in the sequence of arrivals. Whoever computes it, in a back-fill or
live, gets the same case with the same steps at the same times.
"""

import heapq
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import numpy as np

from cityops.domain.devices import Device
from cityops.domain.events.status import Severity
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import district_of
from cityops.domain.rejects import Reason
from cityops.simulate import incidents, rhythm, weather
from cityops.simulate.cases import phrases
from cityops.simulate.cases.mix import LETTERS, SENSOR, SOURCES, draw_class, draw_severity
from cityops.simulate.cases.steps import timed_path
from cityops.simulate.faults import Faults
from cityops.simulate.messages import Message
from cityops.simulate.noise import choice, key_of
from cityops.simulate.sites import Sites
from cityops.simulate.sites import place as place_at
from cityops.simulate.streets import districts
from cityops.wire.events import EventItem
from cityops.wire.topics import Kind, Topic

STEPS_PER_MESSAGE = 200
_DAY_SHARE = 13.5 / 24
"""Share of a day between 8:00 and 21:30, when people report."""
_encoder = msgspec.json.Encoder()
_REPEAT_AFTER_MS = 2000


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A stream of cases: about `per_day` of them, handled `pace` times faster than in life.

    `night` is the rate at night, as a share of the rate by day.
    """

    name: str
    per_day: int
    pace: float
    night: float


DAILY = Arrivals("daily", 1500, 1.0, night=0.15)
LIVELY = Arrivals("lively", 12_000, 12.0, night=0.7)
"""Cases only for the eyes of who watches now: with `DAILY`, one every six seconds or so, closed within the hour."""


class CasePlace(NamedTuple):
    """Where a case is, in WGS-84 degrees."""

    region: str
    district: str
    street: str
    lon: float
    lat: float


class Step(NamedTuple):
    """One report about a case: when it is sent, by which source, and what it says."""

    due_ms: int
    source: str
    item: EventItem


_ALARMS = {
    incidents.GAS_LEAK: ("gas_leak", Severity.CRITICAL),
    incidents.OPEN_COVER: ("cover_missing", Severity.URGENT),
    incidents.DARK_LAMPS: ("lamp_fault", Severity.NORMAL),
    incidents.WEAK_BATTERY: ("device_fault", Severity.NORMAL),
    incidents.FLAT_BATTERY: ("device_fault", Severity.NORMAL),
}
"""What a sensor alarm makes of an incident that its device sees."""


class Cases:
    """Messages about cases that arrive from `start_ms` on (ms since 1970 UTC), each step when it happens.

    With `devices` and their `sites`, the incidents that devices see are reported too.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        seed: int,
        start_ms: int,
        faults: Faults | None,
        devices: Sequence[Device] = (),
        sites: Sequence[Sites] = (),
    ) -> None:
        self._arrivals, self._seed, self._faults = arrivals, seed, faults
        self._devices = {device.code: device for device in devices}
        self._sites = {group.kind: group for group in sites}
        self._made_until_s = start_ms / 1000
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Step]] = []

    def due(self, now_ms: int) -> Iterator[Message]:
        """Yield the messages for all steps up to `now_ms`; steps of one source go together, oldest first."""
        if now_ms / 1000 > self._made_until_s:
            for step in self._arriving(self._made_until_s, now_ms / 1000):
                heapq.heappush(self._waiting, (step.due_ms, next(self._order), step))
            self._made_until_s = now_ms / 1000
        by_source: dict[str, list[EventItem]] = {}
        while self._waiting and self._waiting[0][0] <= now_ms:
            step = heapq.heappop(self._waiting)[2]
            by_source.setdefault(step.source, []).append(step.item)
        for source, items in by_source.items():
            for first in range(0, len(items), STEPS_PER_MESSAGE):
                yield from self._messages(source, items[first : first + STEPS_PER_MESSAGE], now_ms)

    def _arriving(self, after_s: float, until_s: float) -> Iterator[Step]:
        yield from arriving(self._arrivals, self._seed, after_s, until_s)
        for kind in _ALARMS:
            group = self._sites.get(kind.device_kind)
            if group:
                yield from self._alarms(kind, group, after_s, until_s)

    def _alarms(self, kind: incidents.IncidentKind, group: Sites, after_s: float, until_s: float) -> Iterator[Step]:
        for incident in incidents.incidents(self._seed, kind, group.total, after_s, until_s):
            if after_s < incident.start_s <= until_s:
                device = self._devices[group.codes[incident.position]]
                yield from _alarm_steps(self._seed, kind, incident.start_s, device, self._arrivals.pace)

    def _messages(self, source: str, items: list[EventItem], now_ms: int) -> Iterator[Message]:
        message = _message(source, items, now_ms)
        yield message
        if self._faults is None:
            return
        rng = random.Random(key_of(self._seed, "event faults", items[0].external_id, items[0].sequence))
        if rng.random() < self._faults.duplicate:
            yield Message(now_ms, message.topic, message.payload, steps=items, repeat=True)
        if rng.random() < self._faults.malformed:
            yield _malformed(source, items[0], now_ms, rng)


def arriving(arrivals: Arrivals, seed: int, after_s: float, until_s: float) -> Iterator[Step]:
    """Yield the steps of all cases that arrive in (after, until], in Unix seconds."""
    # By day three slots of four are used, which leaves room for chance.
    by_day = 0.75
    mean_share = by_day * (arrivals.night + (1 - arrivals.night) * _DAY_SHARE)
    width_s = 86_400 * mean_share / arrivals.per_day
    for slot in range(int(after_s // width_s), int(until_s // width_s) + 1):
        rng = random.Random(key_of(seed, arrivals.name, slot))
        at_s = (slot + rng.random()) * width_s
        awake = float(rhythm.window(np.array(at_s), 8, 21.5, 3))
        share = by_day * (arrivals.night + (1 - arrivals.night) * awake)
        if after_s < at_s <= until_s and rng.random() < share:
            yield from _case(seed, at_s, arrivals.pace, rng)


def _case(seed: int, at_s: float, pace: float, rng: random.Random) -> Iterator[Step]:
    source = choice(rng.random(), SOURCES)
    place = _place(seed, rng)
    rain = float(weather.rain(place_at(seed, place.lon, place.lat), np.array([at_s - 600]))[0])
    event_class = draw_class(source, rain, rng)
    severity = draw_severity(event_class, rng)
    road = rng.choice(phrases.ROADS[district_of(place.region)])
    spot = rng.choice(phrases.SPOTS)
    title = phrases.title(event_class, place.street, road, spot, rng)
    address = f"广州市{place.district}{place.street}{road}{spot}"
    first = _first_step(source, at_s, event_class, severity, title, address, place, rng)
    yield from _steps(source, first, at_s, pace, rng)


def _alarm_steps(
    seed: int, kind: incidents.IncidentKind, start_s: float, device: Device, pace: float
) -> Iterator[Step]:
    event_class, severity = _ALARMS[kind]
    rng = random.Random(key_of(seed, kind.name, device.code, start_s))
    at_s = start_s + rng.uniform(60, 180)
    place = CasePlace(device.region_code, "", "", device.lon, device.lat)
    title = phrases.alarm_title(event_class, device.name_zh)
    first = _first_step(SENSOR, at_s, event_class, severity, title, f"广州市{device.name_zh}", place, rng)
    yield from _steps(SENSOR, first, at_s, pace, rng)


def _first_step(
    source: str,
    at_s: float,
    event_class: str,
    severity: Severity,
    title: str,
    address: str,
    place: CasePlace,
    rng: random.Random,
) -> EventItem:
    local = datetime.fromtimestamp(at_s, UTC).astimezone(CITY_ZONE)
    return EventItem(
        external_id=f"{LETTERS[source]}{local:%Y%m%d%H%M%S}{rng.randrange(1_000_000):06d}",
        sequence=0,
        event_class=event_class,
        status="reported",
        title=title,
        region=place.region,
        occurred_at=int(at_s * 1000),
        status_at=int(at_s * 1000),
        severity=severity.value,
        description=phrases.description(source, title),
        address=address,
        lon=place.lon,
        lat=place.lat,
    )


def _steps(source: str, first: EventItem, at_s: float, pace: float, rng: random.Random) -> Iterator[Step]:
    for sequence, (status, after_s) in enumerate(timed_path(Severity(first.severity), pace, rng)):
        due_ms = int((at_s + after_s) * 1000)
        yield Step(
            due_ms, source, msgspec.structs.replace(first, sequence=sequence, status=status.value, status_at=due_ms)
        )


def _place(seed: int, rng: random.Random) -> CasePlace:
    """Draw a place near a street's centre: districts by their people, streets of a district alike."""
    district = choice(rng.random(), {d: float(d.region.population or 1) for d in districts(seed)})
    street = rng.randrange(len(district.codes))
    centre = district.centres[street]
    point = (centre + np.array([rng.gauss(0, 0.004), rng.gauss(0, 0.004)])).round(6)
    if not district.contains(point[None, :])[0] or district.nearest(point[None, :])[0] != street:
        point = centre.round(6)
    lon, lat = point.tolist()
    return CasePlace(district.codes[street], district.region.name_zh, district.names[street], lon, lat)


def _message(source: str, items: list[EventItem], due_ms: int) -> Message:
    payload = _encoder.encode(items if len(items) > 1 else items[0])
    return Message(due_ms, str(Topic(Kind.EVENTS, source)), payload, steps=items)


def _malformed(source: str, item: EventItem, due_ms: int, rng: random.Random) -> Message:
    """Return a step that must be refused, beside the sound one."""
    wrong, reason = rng.choice(
        [
            ({"event_class": "unheard_of"}, Reason.UNKNOWN_CLASS),
            ({"status": "paused"}, Reason.UNKNOWN_STATUS),
            ({"region": "440199001"}, Reason.UNKNOWN_REGION),
            ({"title": "长" * 201}, Reason.TOO_LONG),
        ]
    )
    payload = _encoder.encode(msgspec.structs.replace(item, **wrong))
    return Message(due_ms, str(Topic(Kind.EVENTS, source)), payload, reason=reason)
