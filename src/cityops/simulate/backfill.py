"""The back-fill: readings of past hours at the devices' own rhythm, in large messages, the newest first.

Its instants are those at which the devices speak when live, and the values are the same, so that a back-fill over
hours that were once sent live only repeats readings.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cityops.domain.readings import ROLLUP_BUCKET
from cityops.simulate.faults import Faults, silence
from cityops.simulate.messages import Message, many_readings, readings_of
from cityops.simulate.noise import Floats
from cityops.simulate.signals import values
from cityops.simulate.sites import Integers, Sites

BUCKET_MS = int(ROLLUP_BUCKET.total_seconds() * 1000)
OBJECTS = 200
"""Objects in one message."""

_BLOCK_OBJECTS = 50_000
"""Objects made ahead: enough for numpy to be quick, few enough for a large fleet to stay in memory."""

Kept = Mapping[tuple[str, int], int]
"""How many readings of a metric are kept already, by its code and the bucket's beginning in ms since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Past:
    """A part of the past: messages, and the instant (ms since 1970 UTC) down to which all is sent after them."""

    from_ms: int
    messages: Iterator[Message]


@dataclass(frozen=True, slots=True, eq=False)
class _Speaking:
    """Who of a kind speaks when: places in the group, instants in ms, the newest first, and their buckets."""

    sites: Sites
    positions: Integers
    times_ms: Integers

    @property
    def buckets(self) -> Integers:
        return self.times_ms // BUCKET_MS * BUCKET_MS


def history(
    fleet: Sequence[Sites], after_ms: int, until_ms: int, faults: Faults | None, kept: Kept | None = None
) -> Iterator[Message]:
    """Yield the readings in (after, until] (ms since 1970 UTC), the newest first.

    Of the faults only silence applies: what was repeated or late has arrived by now. With `kept`, only the buckets
    are sent of which fewer readings of some metric are kept than were due; what is kept of such a bucket is repeated.
    """
    for part in parts(fleet, after_ms, until_ms, faults, kept):
        yield from part.messages


def parts(
    fleet: Sequence[Sites], after_ms: int, until_ms: int, faults: Faults | None, kept: Kept | None = None
) -> Iterator[Past]:
    """Yield the past as `history` does, in parts of some buckets each, also those of which nothing is missing."""
    per_s = sum(float((1000 / sites.interval_ms).sum()) for sites in fleet)
    width_ms = BUCKET_MS * int(np.clip(_BLOCK_OBJECTS / (per_s * BUCKET_MS / 1000), 1, 12))
    for start_ms in range(until_ms // width_ms * width_ms, after_ms // width_ms * width_ms - 1, -width_ms):
        first_ms, last_ms = max(after_ms, start_ms - 1), min(until_ms, start_ms + width_ms - 1)
        yield Past(first_ms, _messages(fleet, first_ms, last_ms, until_ms, faults, kept))


def _messages(
    fleet: Sequence[Sites], after_ms: int, until_ms: int, sent_ms: int, faults: Faults | None, kept: Kept | None
) -> Iterator[Message]:
    speaking = [_speaking(sites, after_ms, until_ms, faults) for sites in fleet]
    if kept is not None:
        short = _short(speaking, kept)
        speaking = [_only(one, short) for one in speaking]
    columns = [values(one.sites.take(one.positions), one.times_ms / 1000) for one in speaking]
    buckets = np.unique(np.concatenate([one.buckets for one in speaking]))[::-1]
    for bucket_ms in buckets.tolist():
        for one, of_kind in zip(speaking, columns, strict=True):
            yield from _of_bucket(one, of_kind, bucket_ms, sent_ms)


def _speaking(sites: Sites, after_ms: int, until_ms: int, faults: Faults | None) -> _Speaking:
    positions, times_ms = sites.instants(after_ms, until_ms)
    if faults and len(positions):
        heard = ~silence(faults, sites.take(positions), times_ms / 1000)
        positions, times_ms = positions[heard], times_ms[heard]
    return _Speaking(sites, positions[::-1], times_ms[::-1])


def _short(speaking: Sequence[_Speaking], kept: Kept) -> set[tuple[str, int]]:
    """Return metric and bucket of which fewer readings are kept than were due from all kinds together."""
    due: Counter[tuple[str, int]] = Counter()
    for one in speaking:
        buckets, counts = np.unique(one.buckets, return_counts=True)
        for bucket, count in zip(buckets.tolist(), counts.tolist(), strict=True):
            due.update({(code, bucket): count for code in one.sites.metrics})
    return {key for key, count in due.items() if kept.get(key, 0) < count}


def _only(one: _Speaking, short: set[tuple[str, int]]) -> _Speaking:
    wanted = [bucket for code, bucket in short if code in one.sites.metrics]
    chosen = np.isin(one.buckets, wanted)
    return _Speaking(one.sites, one.positions[chosen], one.times_ms[chosen])


def _of_bucket(one: _Speaking, columns: Mapping[str, Floats], bucket_ms: int, sent_ms: int) -> Iterator[Message]:
    # The instants fall, so that a bucket is one slice of them.
    first = int(np.searchsorted(-one.times_ms, -(bucket_ms + BUCKET_MS - 1), side="left"))
    last = int(np.searchsorted(-one.times_ms, -bucket_ms, side="right"))
    for start in range(first, last, OBJECTS):
        cut = slice(start, min(start + OBJECTS, last))
        lists = [column[cut].tolist() for column in columns.values()]
        readings = readings_of(one.sites, one.positions[cut].tolist(), one.times_ms[cut].tolist(), lists)
        yield many_readings(one.sites, readings, sent_ms)
