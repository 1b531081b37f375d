"""Bounds what a payload may hold before it is decoded: looks at its brackets and commas, many bytes at a time.

A body of 8 MB may be a million items of nothing, each of which would cost as much as a reading.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_ITEMS = 30_000
"""Items of one message, and readings of one message: what a second of processor stores, or refuses one by one."""

MOST_PARTS = 300_000
"""Values of one message, those that are no readings among them: of 30,000 readings nine each, and they themselves."""

MOST_FOREIGN_PARTS = 200_000
"""The same of a message of another format, each of which takes a step of Python."""

_NONE, _QUOTE, _OPEN, _CLOSE, _COMMA = range(5)
_KINDS = np.zeros(256, np.uint8)
for _kind, _bytes in ((_QUOTE, b'"'), (_OPEN, b"[{"), (_CLOSE, b"]}"), (_COMMA, b",")):
    _KINDS[list(_bytes)] = _kind
_STEPS = np.array([0, 0, 1, -1, 0], np.int8)


@dataclass(frozen=True, slots=True)
class Marks:
    """Brackets and commas of a JSON text that stand in no string: where, of which kind, and how deep after each."""

    at: NDArray[np.intp]
    kind: NDArray[np.uint8]
    depth: NDArray[np.int32]
    is_open: bool
    """Whether a string does not end."""

    @property
    def parts(self) -> int:
        """Values at most, however deep; what holds others is one itself."""
        return 1 + int(((self.kind == _COMMA) | (self.kind == _OPEN)).sum())

    @property
    def items(self) -> int:
        """Items of the outermost array, if it is one."""
        return 1 + int(((self.kind == _COMMA) & (self.depth == 1)).sum())

    def ends(self) -> NDArray[np.intp]:
        """Return the places of what parts or ends the items of the outermost bracket, up to its own end.

        Nothing where it does not end.
        """
        closed = np.flatnonzero(self.depth == 0)
        if self.is_open or not len(closed):
            return np.empty(0, np.intp)
        until = int(closed[0]) + 1
        parting = (self.kind[:until] == _COMMA) & (self.depth[:until] == 1)
        parting[-1] = True
        ends: NDArray[np.intp] = self.at[:until][parting]
        return ends


def marks(payload: bytes) -> Marks:
    """Return the brackets and commas of a payload; it may be no JSON."""
    data = np.frombuffer(_without_escapes(payload), np.uint8)
    kinds = _KINDS[data]
    at = np.flatnonzero(kinds)
    kind = kinds[at]
    quotes = np.cumsum(kind == _QUOTE, dtype=np.int32)
    outside = (kind != _QUOTE) & (quotes & 1 == 0)
    at, kind = at[outside], kind[outside]
    is_open = bool(len(quotes)) and bool(quotes[-1] & 1)
    return Marks(at, kind, np.cumsum(_STEPS[kind], dtype=np.int32), is_open)


def _without_escapes(payload: bytes) -> bytes:
    r"""Return a payload of the same length in which no quote follows a backslash: `\\` first, then `\"`."""
    if b"\\" not in payload:
        return payload
    return payload.replace(b"\\\\", b"__").replace(b'\\"', b"__")


def crowded(payload: bytes, *, line_delimited: bool, most_parts: int = MOST_PARTS) -> str | None:
    """Return what a payload has too many of, as a sentence; None where it may be decoded."""
    if len(payload) <= MOST_ITEMS:  # nearly all: each item takes a byte
        return None
    lines = payload.count(b"\n") + payload.count(b"\r") if line_delimited else 0
    if lines > MOST_ITEMS:
        return f"{lines:,} lines, at most {MOST_ITEMS:,} are taken: send less at a time"
    if sum(payload.count(mark) for mark in (b",", b"[", b"{")) < min(MOST_ITEMS, most_parts):
        return None
    found = marks(payload)
    items = 0 if line_delimited else found.items
    for number, most, what in ((items, MOST_ITEMS, "items"), (found.parts, most_parts, "values")):
        if number > most:
            return f"{number:,} {what}, at most {most:,} are taken: send less at a time"
    return None
