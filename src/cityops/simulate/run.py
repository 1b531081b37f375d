"""One run of the simulator: past hours as a back-fill, then live at the pace of the clock, until told to stop."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from cityops.clock import utc_now
from cityops.domain.devices import Device
from cityops.indicators import in_force
from cityops.simulate.backfill import Kept, Past, parts
from cityops.simulate.cases.arrivals import DAILY, LIVELY, Cases
from cityops.simulate.faults import Faults
from cityops.simulate.feed import Feed
from cityops.simulate.fleet import fleet
from cityops.simulate.indicators.pushes import PushedIndicators
from cityops.simulate.journal import Journal
from cityops.simulate.messages import Message
from cityops.simulate.publisher import Publisher
from cityops.simulate.sites import Sites, sites_of
from cityops.simulate.storm import PlayedStorm

_TICK_S = 0.05
_LONGEST_STEP = 60
_LAST_ACKNOWLEDGEMENTS_S = 5
_LOOK_S = 0.2
STORM_AFTER_S = 30.0
MOST_AHEAD = 250_000
"""Readings that may wait between us and the store while the past is sent: the live ones wait behind them, for some
two seconds, and the broker drops what it cannot hold."""


@dataclass(frozen=True, slots=True)
class SimulationOptions:
    """What to simulate.

    With `speed` 1 the hours of `history_h` are back-filled while the live stream already runs. With a higher speed
    the run begins that many hours ago and catches up with the clock, which it never passes.
    """

    devices: int = 2000
    seed: int = 20
    speed: float = 1.0
    history_h: float = 24.0
    interval_s: float | None = None
    """Replaces every device's own interval, for load tests."""
    faults: Faults | None = field(default_factory=Faults)
    cases: bool = True
    indicators: bool = False
    """Whether source systems push values of indicators too: of years past at the start, then at their cadence."""
    storm_pace: float | None = None
    """Plays the storm of 2024-08-21 from `STORM_AFTER_S` on, so many times faster than it was; None: no storm."""
    for_s: float | None = None
    """Length of the run in seconds of the wall clock; None: until stopped; sets `stop` when it is over."""
    keep_journal: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """What the back-fill may know of the store: what is kept of the past, and how many readings it has settled.

    Of each indicator `values_until` tells the newest beginning of a period of which a value is kept.
    """

    kept: Kept
    settled: Callable[[], int]
    values_until: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the share of the past that is sent, and the messages and readings sent in all."""

    backfilled: float
    messages: int
    readings: int


class SimulatedClock:
    """Runs `speed` times as fast as the wall clock from a moment in the past, and stops hurrying at the present."""

    def __init__(self, start_ms: int, speed: float) -> None:
        self._start_ms, self._speed, self._began = start_ms, speed, time.monotonic()

    def now_ms(self) -> int:
        """Return the simulated instant in milliseconds since 1970 UTC, never later than the present."""
        passed_ms = (time.monotonic() - self._began) * 1000
        return min(present_ms(), int(self._start_ms + passed_ms * self._speed))


def present_ms() -> int:
    """Return the present in milliseconds since 1970 UTC."""
    return int(utc_now().timestamp() * 1000)


def run_simulation(
    mqtt_url: str,
    options: SimulationOptions,
    stop: threading.Event,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    store: Store | None = None,
) -> Journal:
    """Publish until `stop` is set or the time is up; return what was sent.

    With `store`, of the past only what it lacks is sent, and no faster than it takes it. `on_progress` is called
    about once a second, in this thread.

    Raises
    ------
    CityopsError
        The broker cannot be reached, or the fleet has an impossible size.
    """
    devices = fleet(options.devices, options.seed)
    publisher = Publisher(mqtt_url, f"cityops-simulate-{secrets.token_hex(8)}")  # which nobody can guess, and take
    publisher.start()
    end = threading.Timer(options.for_s or 0, stop.set)
    if options.for_s:
        end.start()
    try:
        journal = _Run(devices, options, publisher, stop, on_progress, store).go()
        journal.unacknowledged = publisher.flush(_LAST_ACKNOWLEDGEMENTS_S)
        journal.undelivered = publisher.refused
        return journal
    finally:
        end.cancel()
        publisher.stop()


class _Run:
    """The parts of a run: streams that make messages, the clock that paces them, the journal that counts them."""

    def __init__(
        self,
        devices: tuple[Device, ...],
        options: SimulationOptions,
        publisher: Publisher,
        stop: threading.Event,
        on_progress: Callable[[Progress], None],
        store: Store | None,
    ) -> None:
        self._publisher, self._stop, self._on_progress = publisher, stop, on_progress
        self._journal = Journal(keep=options.keep_journal)
        self._next_report = 0.0
        now_ms = present_ms()
        played = options.storm_pace and PlayedStorm(options.seed, now_ms / 1000 + STORM_AFTER_S, options.storm_pace)
        sites = sites_of(devices, options.seed, options.interval_s, played or None)
        past_ms = now_ms - int(options.history_h * 3_600_000)
        catches_up = options.speed > 1
        start_ms = past_ms if catches_up else now_ms
        self._clock = SimulatedClock(start_ms, options.speed)
        step_ms = int(1000 * min(max(options.speed, 1), _LONGEST_STEP))
        self._feed = Feed(sites, start_ms, options.faults, step_ms)
        self._cases = _case_streams(devices, sites, options, past_ms, start_ms)
        self._indicators = _indicators(options, start_ms, store)
        kept = None if store is None else store.kept
        past = iter(()) if catches_up else parts(sites, past_ms, now_ms, options.faults, kept)
        self._past_ms, self._now_ms = past_ms, now_ms
        self._reached_ms = past_ms if catches_up else now_ms
        values = (one.past() for one in self._indicators if options.history_h)
        self._past = chain(*values, self._messages_of(past))
        self._room = _Room(store.settled) if store else None

    def go(self) -> Journal:
        """Send what is due, and parts of the past whenever nothing is."""
        while not self._stop.is_set():
            for message in self._due():
                if not self._send(message):
                    break
            past = next(self._past, None) if self._has_room() else None
            if past is None or not self._send(past):
                self._stop.wait(_TICK_S)
            self._report()
        return self._journal

    def _messages_of(self, past: Iterator[Past]) -> Iterator[Message]:
        for part in past:
            yield from part.messages
            self._reached_ms = part.from_ms
        self._reached_ms = self._past_ms

    def _has_room(self) -> bool:
        return self._room is None or self._room.has(self._journal.unique_readings + self._journal.repeated_readings)

    def _due(self) -> Iterator[Message]:
        now_ms = self._clock.now_ms()
        for cases in self._cases:
            yield from cases.due(now_ms)
        for indicators in self._indicators:
            yield from indicators.due(now_ms)
        yield from self._feed.due(now_ms)

    def _send(self, message: Message) -> bool:
        if not self._publisher.publish(message, self._stop):
            return False
        self._journal.record(message)
        self._report()
        return True

    def _report(self) -> None:
        if time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + 1
            whole_ms = self._now_ms - self._past_ms
            share = (self._now_ms - self._reached_ms) / whole_ms if whole_ms else 1.0
            self._on_progress(Progress(share, self._journal.messages, self._journal.unique_readings))


class _Room:
    """Whether the store has settled nearly all that was sent; asked a few times a second at most."""

    def __init__(self, settled: Callable[[], int]) -> None:
        self._settled = settled
        self._before = self._now = settled()
        self._looked_at = time.monotonic()

    def has(self, sent: int) -> bool:
        """Tell whether fewer readings than MOST_AHEAD are on their way; `sent` is the number sent in this run."""
        if sent - (self._now - self._before) < MOST_AHEAD:
            return True
        if time.monotonic() - self._looked_at > _LOOK_S:
            self._now, self._looked_at = self._settled(), time.monotonic()
        return sent - (self._now - self._before) < MOST_AHEAD


def _case_streams(
    devices: tuple[Device, ...], sites: list[Sites], options: SimulationOptions, past_ms: int, start_ms: int
) -> list[Cases]:
    """Return the everyday cases since the past, and the brisk ones that let a live screen move."""
    if not options.cases:
        return []
    everyday = Cases(DAILY, options.seed, past_ms, options.faults, devices, sites)
    return [everyday, Cases(LIVELY, options.seed, start_ms, options.faults)]


def _indicators(options: SimulationOptions, start_ms: int, store: Store | None) -> list[PushedIndicators]:
    """Return what pushes indicators, where they are wanted; of those that are declared now."""
    if not options.indicators:
        return []
    kept = store.values_until if store else {}
    return [PushedIndicators(in_force().indicators, options.seed, start_ms, kept)]
