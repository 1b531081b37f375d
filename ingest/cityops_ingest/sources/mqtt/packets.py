"""Reads MQTT 5 packets out of what a socket gave, many at a time, and makes acknowledgements; no input, no output."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from paho.mqtt.exception import MalformedPacket

PUBLISH, PUBACK = 0x30, 0x40


class Publish(NamedTuple):
    """A PUBLISH packet without its properties; `mid` is 0 at QoS 0, `retain` as its sender published it."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    dup: bool
    retain: bool = False


def end_of_packet(data: bytes, at: int) -> tuple[int, int]:
    """Return where the body of the packet at `at` begins and ends; (0, 0) while not all of it is there.

    Raises
    ------
    MalformedPacket
        Its length has more than four bytes.
    """
    length, begin = _varint(data, at + 1)
    end = begin + length
    return (begin, end) if begin and end <= len(data) else (0, 0)


def publishes(data: bytes, at: int) -> tuple[list[Publish], int]:
    """Return the PUBLISH packets from `at` up to the first that is not all there or no PUBLISH, and where that is.

    Raises
    ------
    MalformedPacket
        A packet is shorter than what it says of itself.
    """
    found: list[Publish] = []
    try:
        while at < len(data) and data[at] & 0xF0 == PUBLISH:
            begin, end = end_of_packet(data, at)
            if not end:
                break
            found.append(_publish(data, data[at], begin, end))
            at = end
    except IndexError:
        raise MalformedPacket("a PUBLISH packet ends too early") from None
    return found, at


def _publish(data: bytes, first: int, begin: int, end: int) -> Publish:
    topic_end = after = begin + 2 + (data[begin] << 8 | data[begin + 1])
    qos, mid = first >> 1 & 3, 0
    if qos:
        mid, after = data[after] << 8 | data[after + 1], after + 2
    properties = data[after]
    after += 1
    if properties & 0x80:
        properties, after = _varint(data, after - 1)
    after += properties
    if not topic_end < after <= end or qos == 3:
        raise MalformedPacket("a PUBLISH packet is shorter than it says, or of an unknown QoS")
    return Publish(data[begin + 2 : topic_end], data[after:end], mid, qos, first & 8 == 8, first & 1 == 1)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number of variable length at `at` and where it ends; (0, 0) while not all of it is there."""
    number = shift = 0
    for place in range(at, min(at + 4, len(data))):
        digit = data[place]
        number |= (digit & 0x7F) << shift
        if digit < 0x80:
            return number, place + 1
        shift += 7
    if len(data) >= at + 4:
        raise MalformedPacket("a length of more than four bytes")
    return 0, 0


def acknowledgements(mids: Iterable[int]) -> bytes:
    """Return a PUBACK of success for each packet id, one after the other."""
    return b"".join(struct.pack("!BBH", PUBACK, 2, mid) for mid in mids)
