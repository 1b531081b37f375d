"""The live stream: every device's messages in the order in which they are due, faults included."""

import heapq
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from cityops.simulate import faults as wrong
from cityops.simulate.faults import Faults
from cityops.simulate.messages import Message, one_reading, readings_of
from cityops.simulate.signals import values
from cityops.simulate.sites import Sites

_REPEAT_AFTER_MS = 2000


class Feed:
    """Messages of a fleet from `start_ms` on (ms since 1970 UTC); only those that are held back wait in memory."""

    def __init__(self, fleet: Sequence[Sites], start_ms: int, faults: Faults | None, step_ms: int = 1000) -> None:
        self._fleet = fleet
        self._faults = faults
        self._step_ms = step_ms
        self._made_until_ms = start_ms
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, Message]] = []

    def due(self, now_ms: int) -> Iterator[Message]:
        """Yield what is to be sent up to `now_ms`, made a step at a time as it is taken."""
        while True:
            ready_ms = min(now_ms, self._made_until_ms)
            while self._waiting and self._waiting[0][0] <= ready_ms:
                yield heapq.heappop(self._waiting)[2]
            if self._made_until_ms >= now_ms:
                return
            self._make(self._made_until_ms + self._step_ms)

    def _make(self, until_ms: int) -> None:
        for sites in self._fleet:
            for message in self._messages(sites, until_ms):
                heapq.heappush(self._waiting, (message.due_ms, next(self._order), message))
        self._made_until_ms = until_ms

    def _messages(self, sites: Sites, until_ms: int) -> Iterator[Message]:
        positions, times_ms = sites.instants(self._made_until_ms, until_ms)
        if self._faults and len(positions):
            heard = ~wrong.silence(self._faults, sites.take(positions), times_ms / 1000)
            positions, times_ms = positions[heard], times_ms[heard]
        if not len(positions):
            return
        speaking = sites.take(positions)
        columns = [column.tolist() for column in values(speaking, times_ms / 1000).values()]
        readings = readings_of(sites, positions.tolist(), times_ms.tolist(), columns)
        if self._faults is None:
            yield from (one_reading(sites, reading, reading["ts"]) for reading in readings)
            return
        delays = wrong.delays_ms(self._faults, speaking, times_ms).tolist()
        for reading, delay_ms in zip(readings, delays, strict=True):
            yield one_reading(sites, reading, reading["ts"] + delay_ms)
        for place in np.flatnonzero(wrong.is_repeated(self._faults, speaking, times_ms)).tolist():
            sent_ms = readings[place]["ts"] + delays[place]
            yield wrong.repeat(one_reading(sites, readings[place], sent_ms), _REPEAT_AFTER_MS)
        for place in np.flatnonzero(wrong.is_accompanied(self._faults, speaking, times_ms)).tolist():
            yield wrong.malformed(sites, readings[place], readings[place]["ts"])
