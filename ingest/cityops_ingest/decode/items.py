"""Splits a JSON payload into items, so that one bad item never costs its neighbours."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from cityops.domain.rejects import Reason
from cityops_ingest.decode.bounds import marks

Item = TypeVar("Item")

_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

EXCERPT = 120
"""Characters of a decoder's complaint that are kept."""

_TOO_DEEP = "nested too deeply: some 900 levels are read"
"""Both readers recurse, and stop at Python's limit of 1,000 calls, of which our own take some."""

_BLANK = b" \t\r\n"

_STRING = re.compile(rb'("(?:[^"\\]++|\\.)*+")', re.DOTALL)

_MOST_QUOTES = 1_000_000
"""Six strings for each of the 85,000 readings that a body of 8 MB has room for; each takes a step of Python."""

_SPELLINGS = (
    (re.compile(rb"(?<![\w.#])[-+]?(?:nan(?:\(\w*\))?|1\.#(?:[qs]nan|ind|inf)\d*)(?![\w.])", re.IGNORECASE), b"NaN"),
    (re.compile(rb"(?<![\w.])\+?(-?)inf(?:inity)?(?![\w.])", re.IGNORECASE), rb"\1Infinity"),
    (re.compile(rb"(?<![\w.])(?:undefined|none|null|nil)(?![\w.])", re.IGNORECASE), b"null"),
    (re.compile(rb"(:\s*+)(?=[,}])"), rb"\1null"),
    (re.compile(rb"(?<=[:\[,\s])\+(?=[\d.])"), b""),
)
"""What C, Python, Lua and JavaScript print, outside of strings, and how Python's reader spells it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the item at this place of the message is refused, or only its value of a metric where one is named.

    `refusals` is more than one where it stands for so many messages that were never read.
    """

    index: int
    reason: Reason
    detail: str
    metric: str | None = None
    refusals: int = 1


def apart(payload: bytes, *, line_delimited: bool) -> Sequence[bytes | msgspec.Raw]:
    """Return the bytes of each item of an array or of lines, in their order; nothing where there are no several."""
    if line_delimited:
        found: Sequence[bytes | msgspec.Raw] = [line for line in payload.splitlines() if line.strip()]
    else:
        try:
            found = msgspec.json.decode(payload, type=list[msgspec.Raw])
        except _BROKEN:  # NaN among them, or nested deeply
            found = _by_brackets(payload)
    return found if len(found) > 1 else ()


def _by_brackets(payload: bytes) -> list[bytes]:
    """Return the items of an array, however deeply they are nested; nothing where it is no array or does not end.

    Only brackets, commas and strings are looked at: an item may be no JSON.
    """
    if not payload.lstrip(_BLANK).startswith(b"["):
        return []
    ends = marks(payload).ends().tolist()
    if not ends or payload[ends[-1] + 1 :].strip(_BLANK):
        return []
    starts = [payload.index(b"["), *ends[:-1]]
    return [payload[start + 1 : end] for start, end in zip(starts, ends, strict=True)]


Mend = Callable[[int, dict[str, Any]], tuple[dict[str, Any] | None, list[Refusal]]]


class ItemDecoder(Generic[Item]):
    """Decodes an object, an array of objects or newline-delimited objects of one struct type.

    What is not as the type says is given to `mend`, with its place: it returns the object without the values that
    cannot be kept, None where nothing is left, and why each of these is refused.
    """

    def __init__(self, item_type: type[Item], mend: Mend | None = None) -> None:
        self._type = item_type
        self._mend = mend
        self._whole = msgspec.json.Decoder(item_type | list[item_type])  # type: ignore[valid-type]  # a run-time union
        self._raw = msgspec.json.Decoder(list[msgspec.Raw])
        self._one = msgspec.json.Decoder(item_type)

    def whole(self, payload: bytes) -> list[Item] | None:
        """Return all items of a message if nothing is wrong with any of them, else None."""
        try:
            decoded = self._whole.decode(payload)
        except _BROKEN:
            return None
        if isinstance(decoded, list):
            return decoded or None  # an empty array holds nothing that could be stored: it is refused
        return [decoded]

    def __call__(self, payload: bytes, *, line_delimited: bool = False) -> Iterator[tuple[int, Item | Refusal]]:
        """Yield each item with its place in the message, decoded or refused."""
        if not payload.strip():
            yield 0, Refusal(0, Reason.EMPTY_PAYLOAD, "0 bytes of content")
        elif line_delimited:
            lines = (line for line in payload.splitlines() if line.strip())
            for index, line in enumerate(lines):
                yield from self._decode_one(index, line)
        else:
            yield from self._decode_whole(payload)

    def _decode_whole(self, payload: bytes) -> Iterator[tuple[int, Item | Refusal]]:
        try:
            decoded = self._whole.decode(payload)
        except _BROKEN:
            yield from self._decode_apart(payload)
        else:
            if decoded == []:
                yield 0, Refusal(0, Reason.EMPTY_PAYLOAD, "the array is empty")
            yield from enumerate(decoded if isinstance(decoded, list) else [decoded])

    def _decode_apart(self, payload: bytes) -> Iterator[tuple[int, Item | Refusal]]:
        parts: Sequence[bytes | msgspec.Raw] = []
        try:
            parts = self._raw.decode(payload)
        except msgspec.ValidationError:  # JSON, but not an array
            parts = [payload]
        except RecursionError:  # one item is nested too deeply, not its neighbours
            parts = _by_brackets(payload)
        except _BROKEN:
            pass
        if parts:
            for index, part in enumerate(parts):
                yield from self._decode_one(index, part)
        else:
            yield from self._decode_leniently(payload)

    def _decode_one(self, index: int, part: bytes | msgspec.Raw) -> Iterator[tuple[int, Item | Refusal]]:
        try:
            yield index, self._one.decode(part)
        except RecursionError:  # the other reader would find the same, at a hundred times the cost
            yield index, Refusal(index, Reason.BAD_JSON, _TOO_DEEP)
        except _BROKEN as error:
            is_mendable = self._mend is not None and bytes(part).lstrip(_BLANK).startswith(b"{")
            if isinstance(error, msgspec.ValidationError) and not is_mendable:
                yield index, Refusal(index, _reason(error), str(error)[:EXCERPT])
                return
            parsed = _leniently(index, bytes(part))
            if isinstance(parsed, Refusal):
                yield index, parsed
            else:
                yield from self._convert(index, parsed)

    def _decode_leniently(self, payload: bytes) -> Iterator[tuple[int, Item | Refusal]]:
        parsed = _leniently(0, payload)
        if isinstance(parsed, Refusal):
            parts = _by_brackets(payload)
            if len(parts) < 2:
                yield 0, parsed
            for index, part in enumerate(parts if len(parts) > 1 else []):
                yield from self._decode_one(index, part)
            return
        for index, one in enumerate(parsed if isinstance(parsed, list) else [parsed]):
            yield from self._convert(index, one)

    def _convert(self, index: int, part: Any) -> Iterator[tuple[int, Item | Refusal]]:
        """Yield what a parsed object holds, and a refusal for each of its values that cannot be kept."""
        try:
            check_text(part)
            refusals: list[Refusal] = []
            if isinstance(part, dict) and self._mend:
                part, refusals = self._mend(index, part)
            yield from ((index, one) for one in refusals)
            if part is not None or not refusals:
                yield index, msgspec.convert(part, self._type)
        except msgspec.ValidationError as error:
            yield index, Refusal(index, _reason(error), str(error)[:EXCERPT])
        except UnicodeEncodeError as error:
            yield index, Refusal(index, Reason.WRONG_TYPE, str(error)[:EXCERPT])
        except RecursionError:
            yield index, Refusal(index, Reason.BAD_JSON, _TOO_DEEP)


def _leniently(index: int, payload: bytes) -> Any | Refusal:
    """Read what strict JSON refuses but devices send: the words NaN and Infinity, however they are spelt."""
    try:
        return parsed_leniently(payload)
    except RecursionError:
        return Refusal(index, Reason.BAD_JSON, _TOO_DEEP)
    except ValueError as error:
        return Refusal(index, Reason.BAD_JSON, str(error)[:EXCERPT])


def parsed_leniently(payload: bytes) -> Any:
    """Return a parsed payload; what C prints for a number that is none (`nan`, `-inf`, nothing) costs only itself.

    Raises
    ------
    ValueError
        It is no JSON even so.
    RecursionError
        It is nested too deeply.
    """
    try:
        return json.loads(payload)
    except ValueError:
        if b"\0" in payload or payload.count(b'"') > _MOST_QUOTES:
            raise
        mended = _mended_numbers(payload)
        if mended == payload:
            raise
        return json.loads(mended)


def _mended_numbers(payload: bytes) -> bytes:
    """Respell outside of strings what is no JSON: NaN and Infinity as Python reads them, nothing as null."""
    parts = _STRING.split(payload)  # every second one is a string
    plain = b"\0".join(parts[::2])
    for pattern, word in _SPELLINGS:
        plain = pattern.sub(word, plain)
    parts[::2] = plain.split(b"\0")
    return b"".join(parts)


def as_float(raw: float) -> float:
    """Return a number of JSON, which allows integers of any length, as a float; beyond its range infinite."""
    try:
        return float(raw)
    except OverflowError:
        return float("inf") if raw > 0 else float("-inf")


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
