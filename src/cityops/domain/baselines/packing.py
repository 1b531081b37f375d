"""Baselines as bytes and back: a piece for each row, and one for what is remembered beside them; little-endian."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops.domain.baselines.learning import Baselines, Remembered
from cityops.domain.baselines.seasons import SLOTS

RUNNING = SLOTS
"""Number of the piece that is no row."""

_KEYS = "<i4"
_ROW = np.dtype([("mean", "<f4"), ("variance", "<f4"), ("held", "<f4"), ("seen", "<u2")])
_NONE = Remembered.empty(0)
_RUNNING = np.dtype([(one.name, getattr(_NONE, one.name).dtype.newbyteorder("<")) for one in fields(Remembered)])

Keys = NDArray[np.int32]
"""What series are told apart by: a line of whole numbers for each."""


def pack_row(baselines: Baselines, slot: int) -> bytes:
    """Return what is known of one hour."""
    row = np.empty(baselines.columns, _ROW)
    for name in _ROW.names or ():
        row[name] = getattr(baselines, name)[slot]
    return row.tobytes()


def pack_running(baselines: Baselines, keys: Keys) -> bytes:
    """Return what is remembered beside the rows, after the keys of the series."""
    table = np.empty(baselines.columns, _RUNNING)
    for name in _RUNNING.names or ():
        table[name] = getattr(baselines.running, name)
    return keys.astype(_KEYS).tobytes() + table.tobytes()


def unpack_running(data: bytes, width: int) -> tuple[Keys, NDArray[Any]]:
    """Return the keys, `width` numbers each, and what is remembered, in their order."""
    count = len(data) // (width * np.dtype(_KEYS).itemsize + _RUNNING.itemsize)
    keys = np.frombuffer(data, _KEYS, count * width).reshape(count, width)
    return keys.astype(np.int32), np.frombuffer(data, _RUNNING, count, keys.nbytes)


def unpack(pieces: dict[int, bytes], keys: Keys, floor: NDArray[np.floating]) -> Baselines:
    """Return baselines of the series with these keys, from pieces of these or of others; new ones are empty."""
    baselines = Baselines.empty(floor)
    if RUNNING not in pieces:
        return baselines
    kept, table = unpack_running(pieces[RUNNING], keys.shape[1])
    places = {tuple(key): place for place, key in enumerate(kept.tolist())}
    found = np.array([places.get(tuple(key), -1) for key in keys.tolist()], np.int64)
    mine, theirs = np.flatnonzero(found >= 0), found[found >= 0]
    for name in _RUNNING.names or ():
        getattr(baselines.running, name)[mine] = table[name][theirs]
    for slot, data in pieces.items():
        if slot != RUNNING:
            row = np.frombuffer(data, _ROW)
            for name in _ROW.names or ():
                getattr(baselines, name)[slot][mine] = row[name][theirs]
    return baselines
