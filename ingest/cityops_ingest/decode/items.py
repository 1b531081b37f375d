"""Splits a JSON payload into items, so that one bad item never costs its neighbours."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from cityops.domain.rejects import Reason

Item = TypeVar("Item")

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

EXCERPT = 120
"""Characters of a decoder's complaint that are kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the item at this place of the message is refused, or only its value of a metric where one is named."""

    index: int
    reason: Reason
    detail: str
    metric: str | None = None


def apart(payload: bytes, *, line_delimited: bool) -> Sequence[bytes | msgspec.Raw]:
    """Return the bytes of each item of an array or of lines, in their order; nothing where there are no several."""
    if line_delimited:
        found: Sequence[bytes | msgspec.Raw] = [line for line in payload.splitlines() if line.strip()]
    else:
        try:
            found = msgspec.json.decode(payload, type=list[msgspec.Raw])
        except _BROKEN:
            return ()
    return found if len(found) > 1 else ()


class ItemDecoder(Generic[Item]):
    """Decodes an object, an array of objects or newline-delimited objects of one struct type."""

    def __init__(self, item_type: type[Item]) -> None:
        self._type = item_type
        self._whole = msgspec.json.Decoder(item_type | list[item_type])  # type: ignore[valid-type]  # a run-time union
        self._raw = msgspec.json.Decoder(list[msgspec.Raw])
        self._one = msgspec.json.Decoder(item_type)

    def whole(self, payload: bytes) -> list[Item] | None:
        """Return all items of a message if nothing is wrong with any of them, else None."""
        try:
            decoded = self._whole.decode(payload)
        except _BROKEN:
            return None
        return decoded if isinstance(decoded, list) else [decoded]

    def __call__(self, payload: bytes, *, line_delimited: bool = False) -> Iterator[tuple[int, Item | Refusal]]:
        """Yield each item with its place in the message, decoded or refused."""
        if not payload.strip():
            yield 0, Refusal(0, Reason.EMPTY_PAYLOAD, "0 bytes of content")
        elif line_delimited:
            lines = (line for line in payload.splitlines() if line.strip())
            yield from ((index, self._decode_one(index, line)) for index, line in enumerate(lines))
        else:
            yield from self._decode_whole(payload)

    def _decode_whole(self, payload: bytes) -> Iterator[tuple[int, Item | Refusal]]:
        try:
            decoded = self._whole.decode(payload)
        except _BROKEN:
            yield from self._decode_apart(payload)
        else:
            yield from enumerate(decoded if isinstance(decoded, list) else [decoded])

    def _decode_apart(self, payload: bytes) -> Iterator[tuple[int, Item | Refusal]]:
        try:
            parts = self._raw.decode(payload)
        except msgspec.ValidationError:  # JSON, but not an array
            yield 0, self._decode_one(0, payload)
        except _BROKEN:
            yield from self._decode_leniently(payload)
        else:
            yield from ((index, self._decode_one(index, part)) for index, part in enumerate(parts))

    def _decode_one(self, index: int, part: bytes | msgspec.Raw) -> Item | Refusal:
        try:
            return self._one.decode(part)
        except msgspec.ValidationError as error:
            return Refusal(index, _reason(error), str(error)[:EXCERPT])
        except _BROKEN as error:
            return next((found for _, found in self._decode_leniently(bytes(part), index)), _broken(index, error))

    def _decode_leniently(self, payload: bytes, first: int = 0) -> Iterator[tuple[int, Item | Refusal]]:
        """Read what strict JSON refuses as a whole but Python's reader takes: the words NaN and Infinity."""
        try:
            parsed = json.loads(payload)
        except (ValueError, RecursionError) as error:
            yield first, _broken(first, error)
            return
        for index, part in enumerate(parsed if isinstance(parsed, list) else [parsed], start=first):
            yield index, self._convert(index, part)

    def _convert(self, index: int, part: Any) -> Item | Refusal:
        try:
            if not _is_finite(part):
                return Refusal(index, Reason.NOT_FINITE, "NaN or Infinity is not JSON and not a reading")
            check_text(part)
            return msgspec.convert(part, self._type)
        except msgspec.ValidationError as error:
            return Refusal(index, _reason(error), str(error)[:EXCERPT])
        except (UnicodeEncodeError, RecursionError) as error:
            return Refusal(index, Reason.WRONG_TYPE, str(error)[:EXCERPT])


def check_text(parsed: Any) -> None:
    """Make sure that what Python's reader took holds no half of a surrogate pair, which no database can store.

    Raises
    ------
    UnicodeEncodeError
        It does.
    """
    json.dumps(parsed, ensure_ascii=False).encode()


def _reason(error: msgspec.ValidationError) -> Reason:
    at_a_time = any(name in str(error) for name in ("`$.ts`", "`$[...].ts`", "occurred_at`", "status_at`"))
    missing = "missing required" in str(error)
    return Reason.BAD_TIME if at_a_time and not missing else Reason.WRONG_TYPE


def _broken(index: int, error: Exception) -> Refusal:
    return Refusal(index, Reason.BAD_JSON, str(error)[:EXCERPT])


def _is_finite(part: Any) -> bool:
    if isinstance(part, float):
        return math.isfinite(part)
    if isinstance(part, dict):
        return all(_is_finite(value) for value in part.values())
    return True
