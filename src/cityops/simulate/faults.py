"""What goes wrong between devices and us: silence, repeats, delays, and messages that nobody can store.

Faults are functions of seed, device and instant as the signals are; the same run meets the same faults again.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops.domain.rejects import Reason
from cityops.simulate.messages import Message, Reading
from cityops.simulate.noise import Floats, choice, key_of, uniform
from cityops.simulate.signals import metric
from cityops.simulate.sites import Integers, Sites
from cityops.wire.topics import Kind, Topic

_DROP_OUT_S = 1800
_OUTAGE_SLOT_S = 6 * 3600
_YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of device time (silence) or of messages (the rest) that are struck; delays in seconds."""

    dead_for_a_day: float = 0.012
    silent: float = 0.008
    outage: float = 0.01
    """Chance per district, source and six hours that all its devices fall silent for 10 to 25 minutes."""
    duplicate: float = 0.005
    late: float = 0.003
    longest_late_s: float = 3600
    shuffled: float = 0.01
    longest_shuffle_s: float = 45
    malformed: float = 0.001


def silence(faults: Faults, sites: Sites, t: Floats) -> NDArray[np.bool_]:
    """Tell which readings are never sent; `t` in Unix seconds, one per site or a grid of (instants, sites)."""
    dead = uniform(sites.key, "dead", t // 86400) < faults.dead_for_a_day
    quiet = uniform(sites.key, "silent", t // _DROP_OUT_S) < faults.silent
    slot = t // _OUTAGE_SLOT_S
    gateway = np.asarray(sites.district).astype(np.uint64) + np.uint64(key_of(sites.seed, sites.source) >> 1)
    begins = (0.9 * uniform(gateway, "outage begins", slot)) * _OUTAGE_SLOT_S
    lasts = 600 + 900 * uniform(gateway, "outage lasts", slot)
    into = t % _OUTAGE_SLOT_S - begins
    dark = (uniform(gateway, "outage", slot) < faults.outage) & (into >= 0) & (into < lasts)
    struck: NDArray[np.bool_] = dead | quiet | dark
    return struck


def delays_ms(faults: Faults, sites: Sites, times_ms: Integers) -> Integers:
    """Return how long each reading is held back: mostly 0, a few seconds (out of order), or minutes (late)."""
    late = uniform(sites.key, "late", times_ms) < faults.late
    shuffled = uniform(sites.key, "shuffled", times_ms) < faults.shuffled
    longest = np.where(late, faults.longest_late_s, np.where(shuffled, faults.longest_shuffle_s, 0))
    shortest = np.where(late, min(60, faults.longest_late_s), 0)
    held_s = shortest + (longest - shortest) * uniform(sites.key, "held", times_ms)
    return (held_s * 1000 * (late | shuffled)).astype(np.int64)


def is_repeated(faults: Faults, sites: Sites, times_ms: Integers) -> NDArray[np.bool_]:
    """Tell which messages are sent twice."""
    struck: NDArray[np.bool_] = uniform(sites.key, "repeated", times_ms) < faults.duplicate
    return struck


def is_accompanied(faults: Faults, sites: Sites, times_ms: Integers) -> NDArray[np.bool_]:
    """Tell beside which messages the device also sends a malformed one."""
    struck: NDArray[np.bool_] = uniform(sites.key, "malformed", times_ms) < faults.malformed
    return struck


def repeat(message: Message, delay_ms: int) -> Message:
    """Return a second copy of a message."""
    return replace(message, due_ms=message.due_ms + delay_ms, repeat=True)


def malformed(sites: Sites, reading: Reading, due_ms: int) -> Message:
    """Return a message that must be refused as one item, made from a sound reading; which kind, its hash decides."""
    number = float(uniform(key_of(sites.seed, reading["device"]), "malformed kind", reading["ts"]))
    name = choice(number, _WEIGHTS)
    topic = str(Topic(Kind.READINGS, sites.source, reading["device"]))
    code = sites.metrics[0]
    plain = {"ts": reading["ts"], "metric": code, "value": reading["values"][code]}
    payload = CATALOGUE[name][1](plain)
    if name in _OTHER_TOPICS:
        topic = _OTHER_TOPICS[name](topic, sites)
    return Message(due_ms, topic, payload, reason=CATALOGUE[name][0])


def _dumps(reading: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps(reading | changes).encode()


def _broken(reading: dict[str, Any]) -> bytes:
    return _dumps(reading)[:-3]


def _out_of_range(reading: dict[str, Any]) -> bytes:
    return _dumps(reading, value=metric(reading["metric"]).valid_max + 1)


def _before_2000(reading: dict[str, Any]) -> bytes:
    # A clock that was never set counts from 1970.
    return _dumps(reading, ts=reading["ts"] % _YEAR_MS)


def _oversized(reading: dict[str, Any]) -> bytes:
    """Return an array of just over 256 KiB: more than a worker takes, less than the broker hangs up on."""
    size = len(json.dumps(reading)) + len(", ")
    return json.dumps([reading] * (262_144 // size + 1)).encode()


CATALOGUE: dict[str, tuple[Reason, Callable[[dict[str, Any]], bytes]]] = {
    "broken_json": (Reason.BAD_JSON, _broken),
    "nan": (Reason.NOT_FINITE, lambda r: _dumps(r, value=float("nan"))),
    "out_of_range": (Reason.OUT_OF_RANGE, _out_of_range),
    "wrong_type": (Reason.WRONG_TYPE, lambda r: _dumps(r, value=str(r["value"]))),
    "no_time": (Reason.BAD_TIME, lambda r: _dumps(r, ts="yesterday")),
    "unknown_device": (Reason.UNKNOWN_DEVICE, _dumps),
    "unknown_metric": (Reason.UNKNOWN_METRIC, lambda r: _dumps(r, metric=r["metric"] + "_raw")),
    "far_future": (Reason.TIME_IN_FUTURE, lambda r: _dumps(r, ts=r["ts"] + 10 * _YEAR_MS)),
    "before_2000": (Reason.TIME_TOO_OLD, _before_2000),
    "empty": (Reason.EMPTY_PAYLOAD, lambda _r: b""),
    "oversized": (Reason.PAYLOAD_TOO_LARGE, _oversized),
    "wrong_source": (Reason.WRONG_SOURCE, _dumps),
    "unknown_source": (Reason.UNKNOWN_SOURCE, _dumps),
}
"""By name: the reason that the ingest will give, and how the payload comes out of a sound reading."""

_WEIGHTS = {name: 0.05 if name == "oversized" else 1.0 for name in CATALOGUE}

_OTHER_TOPICS: dict[str, Callable[[str, Sites], str]] = {
    "unknown_device": lambda topic, _sites: topic + "-X",
    "wrong_source": lambda topic, sites: topic.replace(sites.source, _neighbour(sites.source)),
    "unknown_source": lambda topic, sites: topic.replace(sites.source, "legacy-" + sites.source),
}


def _neighbour(source: str) -> str:
    return "eco-noise" if source == "eco-air" else "eco-air"
