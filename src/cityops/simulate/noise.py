"""Noise that is a function, not a sequence: hashed from keys and absolute time.

Any run, started at any moment and in any order, computes the same value for the same device and instant.
"""

import hashlib
import zlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def key_of(*parts: object) -> int:
    """Return a 64-bit key of some names and numbers, the same on every machine and in every process."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


@lru_cache
def channel(name: str) -> int:
    """Return the number under which one use of noise is kept apart from the others."""
    return zlib.crc32(name.encode())


def _mix(x: Keys) -> Keys:
    """Finish a SplitMix64 step (Steele, Lea, Flood 2014): every input bit changes half of the output bits."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(keys: ArrayLike, name: str, step: ArrayLike = 0) -> Floats:
    """Return numbers in [0, 1), one per key and step (broadcast); `name` keeps uses apart."""
    with np.errstate(over="ignore"):
        steps = np.asarray(step).astype(np.int64).astype(np.uint64)
        mixed = _mix(np.asarray(keys, dtype=np.uint64) + np.uint64(channel(name)) * _GOLDEN)
        bits = _mix(mixed + steps * _GOLDEN)
    numbers: Floats = np.multiply(bits >> np.uint64(11), 2.0**-53, dtype=np.float64)
    return numbers


def wander(keys: ArrayLike, name: str, t: ArrayLike, period_s: float) -> Floats:
    """Return smooth noise in [-1, 1] that forgets itself after about `period_s` seconds of `t` (Unix time)."""
    position = np.asarray(t, dtype=np.float64) / period_s
    step = np.floor(position)
    part = position - step
    before, after = uniform(keys, name, step), uniform(keys, name, step + 1)
    return 2 * (before + (after - before) * part * part * (3 - 2 * part)) - 1


def logistic(x: Floats) -> Floats:
    """Return the rise from 0 to 1 around `x` = 0, without overflow at either end."""
    rise: Floats = 0.5 * (1 + np.tanh(0.5 * x))
    return rise


def choice(number: float, weights: dict[Any, float]) -> Any:
    """Return the key of `weights` on which `number` in [0, 1) falls."""
    remaining = number * sum(weights.values())
    for item, weight in weights.items():
        remaining -= weight
        if remaining < 0:
            return item
    return next(reversed(weights))
