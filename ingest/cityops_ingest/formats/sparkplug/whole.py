"""Opens a Sparkplug payload as a whole: compressed or not, to its last byte; what it has beside metrics is named.

The wrapper of compressed payloads is Eclipse Tahu's (uuid SPBV1.0_COMPRESSED, a metric `algorithm`); the
specification knows the fields `uuid` and `body` (Sparkplug 3.0, section 6.4.4) and leaves open what they hold.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT
from cityops_ingest.formats.sparkplug.payload import Payload

COMPRESSED = b"SPBV1.0_COMPRESSED"
MOST_BYTES = 262_144
"""Bytes that a compressed payload may come to: as many as one over MQTT has that is not compressed."""

_ALGORITHMS = {"GZIP", "DEFLATE"}
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS
_METRICS, _BODY = 2, 5
_WIRE_TYPES = {1: 0, 2: 2, 3: 0, 4: 2, 5: 2}
"""The fields of a payload by number, each with the wire type that it has (0 a number, 2 bytes)."""

_FIXED = {1: 8, 5: 4}
"""Bytes of the wire types of fixed length."""


class PayloadError(ValueError):
    """A payload that is refused as a whole; the text says why and what to do."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail[:EXCERPT])
        self.reason = reason


class Opened(NamedTuple):
    """The message of a payload, and what it holds beside metrics, in few sentences."""

    message: Any
    beside: list[str]


def opened(payload: bytes) -> Opened:
    """Return the message of a payload, of a compressed one that within it.

    Raises
    ------
    PayloadError
        It is no such message or more than one, or its compressed body cannot be read within the bound.
    """
    outer = _read(payload)
    if outer.message.uuid != COMPRESSED:
        return outer
    inner = _read(_inflated(outer.message))
    if inner.message.uuid == COMPRESSED:
        raise PayloadError(Reason.BAD_PROTOBUF, "it is compressed twice: compress it once, or not at all")
    for name in ("seq", "timestamp"):  # they may stand on the wrapper alone
        if outer.message.HasField(name) and not inner.message.HasField(name):
            setattr(inner.message, name, getattr(outer.message, name))
    return inner


def _read(payload: bytes) -> Opened:
    message = Payload()
    try:
        message.ParseFromString(payload)
    except DecodeError as error:
        raise PayloadError(Reason.BAD_PROTOBUF, str(error)) from None
    found = Counter(_fields(payload))
    twice = [number for (number, _), count in found.items() if count > 1 and number != _METRICS]
    if any(number in _WIRE_TYPES for number in twice):
        told = f"field {min(twice)} comes twice: send several messages apart, and no bytes behind one"
        raise PayloadError(Reason.BAD_PROTOBUF, told)
    unknown = sorted({number for number, wire_type in found if _WIRE_TYPES.get(number) != wire_type})
    shown = ", ".join(map(str, unknown[:10]))
    beside = [f"{len(unknown)} fields are none of Sparkplug's and not read: {shown}"] if unknown else []
    if message.body and message.uuid != COMPRESSED:
        beside.append(f"the body of uuid {message.uuid.decode(errors='replace')[:40]!r} is not read")
    return Opened(message, beside)


def _fields(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yield number and wire type of each outermost field of what could be parsed.

    Raises
    ------
    PayloadError
        One is a group, which only messages of an older kind have.
    """
    at = 0
    while at < len(payload):
        tag, at = _varint(payload, at)
        number, wire_type = tag >> 3, tag & 7
        yield number, wire_type
        if wire_type == 0:
            _, at = _varint(payload, at)
        elif wire_type == 2:
            length, at = _varint(payload, at)
            at += length
        elif wire_type in _FIXED:
            at += _FIXED[wire_type]
        else:
            raise PayloadError(Reason.BAD_PROTOBUF, f"field {number} is a group: send nothing behind a message")


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and the place behind it."""
    value = shift = 0
    while True:
        byte = payload[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _inflated(wrapper: Any) -> bytes:
    named = next((one.string_value for one in wrapper.metrics if one.name == b"algorithm"), b"DEFLATE")
    algorithm = named.decode(errors="replace")
    if algorithm.upper() not in _ALGORITHMS:
        told = f"it is compressed by {algorithm[:20]!r}: GZIP and DEFLATE are taken, or turn compression off"
        raise PayloadError(Reason.BAD_PROTOBUF, told)
    inflater = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        found = inflater.decompress(wrapper.body, MOST_BYTES + 1)
    except zlib.error as error:
        raise PayloadError(Reason.BAD_PROTOBUF, f"the compressed body is not {algorithm}: {error}") from None
    if len(found) > MOST_BYTES:
        told = f"the compressed body comes to more than {MOST_BYTES:,} bytes: send less at a time"
        raise PayloadError(Reason.PAYLOAD_TOO_LARGE, told)
    if not inflater.eof:
        raise PayloadError(Reason.BAD_PROTOBUF, "the compressed body ends too early: send it again")
    if inflater.unused_data:
        told = f"{len(inflater.unused_data)} bytes follow the compressed body: send them apart"
        raise PayloadError(Reason.BAD_PROTOBUF, told)
    return found
