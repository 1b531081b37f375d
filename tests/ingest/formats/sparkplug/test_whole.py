"""A Sparkplug payload is read to its last byte: compressed ones within a bound, what stands behind one is refused."""

import gzip
import zlib
from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.formats.reports import Delivery, Report
from cityops_ingest.formats.sparkplug.adapter import Node, PayloadReading, read
from cityops_ingest.formats.sparkplug.payload import Payload

NOW_MS = 1_795_399_200_000


def payload(seq: int | None, depth: float, timestamp: int | None = NOW_MS) -> bytes:
    message = Payload()
    if timestamp is not None:
        message.timestamp = timestamp
    if seq is not None:
        message.seq = seq
    message.metrics.add(name=b"Depth", datatype=9, float_value=depth)
    return bytes(message.SerializeToString())


def field(number: int, content: bytes) -> bytes:
    """Return a field of bytes as it stands on the wire, without our own class of the message."""
    length, sizes = len(content), bytearray()
    while length > 127:
        sizes.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *sizes, length]) + content


def wrapped(body: bytes, algorithm: bytes | None, seq: int | None = 4) -> bytes:
    message = Payload(timestamp=NOW_MS)
    if seq is not None:
        message.seq = seq
    if algorithm is not None:
        message.metrics.add(name=b"algorithm", datatype=12, string_value=algorithm)
    return bytes(message.SerializeToString()) + field(4, b"SPBV1.0_COMPRESSED") + field(5, body)


def received(content: bytes) -> PayloadReading:
    return read(content, Delivery(["spBv1.0", "g", "NDATA", "n"], NOW_MS * 1000), Node(last_seq=3))


def fields(reading: PayloadReading) -> list[dict[str, object]]:
    return [one.fields for one in reading.found if isinstance(one, Report)]


def refused(reading: PayloadReading) -> list[tuple[Reason, str]]:
    return [(one.reason, one.detail) for one in reading.found if isinstance(one, Refusal)]


@pytest.mark.parametrize(
    ("body", "algorithm"),
    [
        (gzip.compress(payload(4, 1.5)), b"GZIP"),
        (zlib.compress(payload(4, 1.5)), b"DEFLATE"),
        (zlib.compress(payload(4, 1.5)), b"deflate"),
        (zlib.compress(payload(4, 1.5)), None),
    ],
    ids=["gzip", "deflate", "in small letters", "no algorithm"],
)
def test_a_compressed_payload_is_read(body: bytes, algorithm: bytes | None) -> None:
    reading = received(wrapped(body, algorithm))
    assert (fields(reading), refused(reading)) == ([{"Depth": 1.5}], [])
    assert reading.node.last_seq == 4


def test_number_and_time_may_stand_on_the_wrapper_alone() -> None:
    reading = received(wrapped(zlib.compress(payload(None, 1.5, None)), b"DEFLATE"))
    assert reading.node.last_seq == 4
    assert [one.ts for one in reading.found if isinstance(one, Report)] == [NOW_MS * 1000]


WHOLE = zlib.compress(payload(4, 1.5))


@pytest.mark.parametrize(
    ("content", "reason", "told"),
    [
        (wrapped(WHOLE, b"ZSTD"), Reason.BAD_PROTOBUF, "compressed by 'ZSTD'"),
        (wrapped(WHOLE[:-1], b"DEFLATE"), Reason.BAD_PROTOBUF, "ends too early"),
        (wrapped(WHOLE + b"x", b"DEFLATE"), Reason.BAD_PROTOBUF, "1 bytes follow"),
        (wrapped(gzip.compress(payload(4, 1.5)) * 2, b"GZIP"), Reason.BAD_PROTOBUF, "bytes follow"),
        (wrapped(b"Depth", b"GZIP"), Reason.BAD_PROTOBUF, "is not"),
        (wrapped(b"", b"GZIP"), Reason.BAD_PROTOBUF, "ends too early"),
        (wrapped(zlib.compress(b"\x00"), b"GZIP"), Reason.BAD_PROTOBUF, ""),
        (wrapped(zlib.compress(wrapped(WHOLE, b"GZIP")), b"GZIP"), Reason.BAD_PROTOBUF, "compressed twice"),
        (wrapped(zlib.compress(bytes(9_000_000)), b"DEFLATE"), Reason.PAYLOAD_TOO_LARGE, "more than 262,144 bytes"),
    ],
    ids=["other", "cut", "byte behind", "two members", "no gzip", "empty", "no payload", "twice", "too long"],
)
def test_a_compressed_payload_that_cannot_be_read_is_named(content: bytes, reason: Reason, told: str) -> None:
    reading = received(content)
    assert fields(reading) == []
    [(because, detail)] = refused(reading)
    assert because is reason
    assert told in detail


@pytest.mark.parametrize(
    "behind", [payload(5, 9.5), payload(None, 9.5), b"\x18\x05", b"abc", b"\x00", b"\n", b"cd"], ids=repr
)
def test_what_stands_behind_a_payload_is_refused_with_it(behind: bytes) -> None:
    reading = received(payload(4, 1.5) + behind)
    assert fields(reading) == []
    assert [reason for reason, _ in refused(reading)] == [Reason.BAD_PROTOBUF]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        (b"abcdefghi", "not read: 12"),
        (field(6, b"extension"), "not read: 6"),
        (field(5, b"own"), "the body of uuid ''"),
    ],
    ids=["junk", "extension", "body"],
)
def test_what_a_payload_holds_beside_metrics_is_named_and_they_are_taken(more: bytes, named: str) -> None:
    reading = received(payload(4, 1.5) + more)
    assert fields(reading) == [{"Depth": 1.5}]
    [(reason, detail)] = refused(reading)
    assert reason is Reason.WRONG_TYPE
    assert named in detail


def test_many_small_metrics_cost_little_to_look_through() -> None:
    message: Any = Payload(seq=4)
    for _ in range(1_000):
        message.metrics.add()
    assert [reason for reason, _ in refused(received(bytes(message.SerializeToString())))] == [Reason.NO_BIRTH]
