"""What is sent in the ledger test, and with it what must then be in the store: readings, repeats and refusals."""

import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import orjson
from numpy.typing import NDArray

from bench.workload import SEED, Payload, Workload
from cityops.domain.rejects import Reason
from cityops.simulate.faults import malformed
from cityops.simulate.messages import Message
from cityops.simulate.signals import metric
from cityops.store.readings import ReadingColumns
from cityops.store.rejects.records import PAYLOAD_LIMIT
from cityops.wire.topics import Kind, Topic

CADENCE_S = 10
REPEATED, LATE, MALFORMED = 0.01, 0.05, 0.005
"""Shares of the readings: sent twice, out of order by up to a day, and refused items besides them."""

SIZES = (1, 2, 5, 10)
"""Readings in a message, drawn at random."""

_LATEST_REPEAT = 3_000
_BESIDE_GOOD = {
    *(Reason.OUT_OF_RANGE, Reason.WRONG_TYPE, Reason.BAD_TIME),
    *(Reason.UNKNOWN_METRIC, Reason.TIME_IN_FUTURE, Reason.TIME_TOO_OLD),
}
"""Faults of one object, which may stand among good ones in an array."""

Refused = tuple[str, str, int, int, str]
"""A refused item: reason, topic, place in the message, bytes of the message, digest of what is kept of it."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Messages in the order of sending; the unique readings in them; the items that must be refused."""

    hello: Payload
    """The first reading alone: sent until all listen."""
    messages: Sequence[Payload]
    readings: ReadingColumns
    rejects: Counter[Refused]
    repeated: int
    late: int


def make_journal(work: Workload, readings: int) -> Journal:
    """Make a journal of so many unique readings, the newest of them about a minute old."""
    dice = np.random.default_rng(SEED)
    columns, place = _newest(work, readings)
    late = dice.random(readings) < LATE
    columns = replace(columns, ts=_unique(np.where(late, _delayed(columns.ts, dice), columns.ts), columns.series))
    draft = _Draft(dice)
    for number, (device, message) in enumerate(_malformed(work, round(readings * MALFORMED), dice)):
        draft.add_bad(device, message, int(dice.integers(readings)), in_array=number % 2 == 1)
    draft.add_good(work, columns, place)
    return Journal(
        _hello(work, columns, place), draft.in_order(), columns, draft.rejects, draft.repeated, int(late.sum())
    )


def refused(reason: Reason, message: Payload, item: int, kept: bytes) -> Refused:
    """Return how a refused item is recognised; of an array, `kept` is the item alone, else the message."""
    topic, payload = message
    digest = hashlib.md5(kept[:PAYLOAD_LIMIT], usedforsecurity=False).hexdigest()
    return (reason.value, topic, item, len(payload), digest)


def _hello(work: Workload, columns: ReadingColumns, place: NDArray[np.intp]) -> Payload:
    return next(work.singles(columns.take(np.arange(1)), place[:1]))


def _newest(work: Workload, readings: int) -> tuple[ReadingColumns, NDArray[np.intp]]:
    instants = -(-readings // len(work))
    begin = round(time.time()) - 60 - instants * CADENCE_S
    columns, place = work.columns(begin + np.arange(instants, dtype=np.float64) * CADENCE_S, CADENCE_S)
    first = np.arange(readings)
    return columns.take(first), place[first]


def _delayed(ts: NDArray[np.int64], dice: np.random.Generator) -> NDArray[np.int64]:
    return ts - dice.integers(60_000, 86_400_000, len(ts)) * 1000


def _unique(ts: NDArray[np.int64], series: NDArray[np.int32]) -> NDArray[np.int64]:
    """Move what would be a second reading of a series at one instant by milliseconds, until there is none."""
    ts = ts.copy()
    while True:
        key = series.astype(np.int64) << 28 | (ts - ts.min() + 1_000_000) // 1000
        again = np.ones(len(ts), bool)
        again[np.unique(key, return_index=True)[1]] = False
        if not again.any():
            return ts
        ts[again] -= 1000


def _malformed(work: Workload, count: int, dice: np.random.Generator) -> Iterator[tuple[str, Message]]:
    """Yield devices and messages that must be refused as one item, no two alike: a repeat would count once."""
    seen: set[Payload] = set()
    now_ms = round(time.time()) * 1000
    while len(seen) < count:
        sites = work.sites[int(dice.integers(len(work.sites)))]
        device = sites.codes[int(dice.integers(len(sites.codes)))]
        values = {sites.metrics[0]: metric(sites.metrics[0]).valid_min}
        ts = now_ms - int(dice.integers(60_000, 3_600_000))
        message = malformed(sites, {"device": device, "ts": ts, "values": values}, 0)
        if (message.topic, message.payload) not in seen:
            seen.add((message.topic, message.payload))
            yield device, message


@dataclass(slots=True)
class _Open:
    """A message that is being filled."""

    size: int
    device: str = ""
    items: list[bytes] = field(default_factory=list)
    bad: list[tuple[int, Reason]] = field(default_factory=list)


class _Draft:
    """Collects messages, each with its place in the order of sending."""

    def __init__(self, dice: np.random.Generator) -> None:
        self._dice = dice
        self._placed: list[tuple[int, Payload]] = []
        self._among: defaultdict[int, list[tuple[str, Reason, bytes]]] = defaultdict(list)
        self.rejects: Counter[Refused] = Counter()
        self.repeated = 0

    def add_bad(self, device: str, message: Message, among: int, *, in_array: bool) -> None:
        """Add a malformed message near the reading at `among`, if possible as an item of the next array there."""
        assert message.reason
        if in_array and message.reason in _BESIDE_GOOD:
            item = b'{"device": "%s", ' % device.encode() + message.payload[1:]
            self._among[among].append((message.topic.split("/")[3], message.reason, item))
        else:
            self._placed.append((among, (message.topic, message.payload)))
            self.rejects[refused(message.reason, (message.topic, message.payload), 0, message.payload)] += 1

    def add_good(self, work: Workload, columns: ReadingColumns, place: NDArray[np.intp]) -> None:
        """Add the readings, several of one source to a message, and some of the messages twice."""
        waiting: defaultdict[str, _Open] = defaultdict(lambda: _Open(int(self._dice.choice(SIZES))))
        rows = zip(place.tolist(), (columns.ts // 1000).tolist(), columns.value.tolist(), strict=True)
        for number, (at, ms, value) in enumerate(rows):
            source = work.source[at]
            for its_source, reason, item in self._among.get(number, ()):
                one = waiting[its_source]
                one.bad.append((len(one.items), reason))
                one.items.append(item)
            one = waiting[source]
            one.device = work.device[at]
            one.items.append(
                orjson.dumps({"device": one.device, "ts": ms, "metric": work.metric[at], "value": value})
            )
            if len(one.items) >= one.size:
                self._close(number, source, waiting.pop(source))
        for source, one in waiting.items():
            self._close(len(place), source, one)

    def _close(self, number: int, source: str, one: _Open) -> None:
        if len(one.items) == 1 and not one.bad:
            message = (str(Topic(Kind.READINGS, source, one.device)), one.items[0])
        else:
            message = (str(Topic(Kind.READINGS, source)), b"[" + b",".join(one.items) + b"]")
        self._placed.append((number, message))
        for index, reason in one.bad:
            self.rejects[refused(reason, message, index, one.items[index])] += 1
        if not one.bad and self._dice.random() < REPEATED:
            self._placed.append((number + int(self._dice.integers(1, _LATEST_REPEAT)), message))
            self.repeated += len(one.items)

    def in_order(self) -> list[Payload]:
        """Return all messages in the order of sending."""
        return [message for _, message in sorted(self._placed, key=lambda placed: placed[0])]
