"""Reading packets out of a stream: all messages come out whole and in order, wherever reads cut them."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cityops_ingest.sources.mqtt.packets import Publish, acknowledgements, end_of_packet, publishes

PINGRESP = b"\xd0\0"


def length(number: int) -> bytes:
    digits = bytearray()
    while number > 127:
        number, digit = divmod(number, 128)
        digits.append(digit | 0x80)
    return bytes([*digits, number])


def packed(message: Publish, user_property: str = "") -> bytes:
    """Return a PUBLISH as the standard has it, its properties packed by paho."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho's own
    if user_property:
        properties.UserProperty = ("a", user_property)
    mid = message.mid.to_bytes(2, "big") if message.qos else b""
    content = bytes(properties.pack()) + message.payload  # type: ignore[no-untyped-call]  # paho's own
    body = len(message.topic).to_bytes(2, "big") + message.topic + mid + content
    return bytes([0x30 | message.dup << 3 | message.qos << 1 | message.retain]) + length(len(body)) + body


messages = st.builds(
    lambda topic, payload, mid, qos, dup, retain: Publish(topic, payload, mid if qos else 0, qos, dup, retain),
    st.binary(max_size=20),
    st.binary(max_size=20) | st.sampled_from([b"x" * 110, b"x" * 130, b"x" * 16_400]),
    st.integers(1, 65_535),
    st.integers(0, 1),
    st.booleans(),
    st.booleans(),
)


@given(
    sent=st.lists(st.tuples(messages, st.sampled_from(["", "b", "c" * 200]))), cuts=st.lists(st.integers(0, 40_000))
)
@example(sent=[(Publish(b"t", b"x" * 16_400, 1, 1, False), "")], cuts=[1, 2, 3, 4, 5, 6, 7, 8, 9])
def test_messages_come_out_whole_and_in_order_wherever_the_stream_is_cut(
    sent: list[tuple[Publish, str]], cuts: list[int]
) -> None:
    stream = b"".join(packed(message, user_property) for message, user_property in sent)
    rest, found = b"", []
    borders = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for begin, end in pairwise(borders):
        rest += stream[begin:end]
        complete, at = publishes(rest, 0)
        found += complete
        rest = rest[at:]
    assert found == [message for message, _ in sent]
    assert rest == b""


def test_another_packet_stops_the_run() -> None:
    message = Publish(b"t", b"{}", 7, 1, True)
    stream = packed(message) + PINGRESP + packed(message)
    found, at = publishes(stream, 0)
    assert found == [message]
    assert end_of_packet(stream, at) == (at + 2, at + 2)
    assert publishes(stream, at + 2) == ([message], len(stream))


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"\x32\x02\0\1", id="ends in the topic"),
        pytest.param(b"\x32\x05\0\1t\0\1", id="ends before the properties"),
        pytest.param(b"\x32\x06\0\1t\0\1\x09", id="properties longer than the packet"),
        pytest.param(b"\x32\x06\0\1t\0\1\xff", id="length of the properties cut off"),
        pytest.param(b"\x36\x06\0\1t\0\1\0", id="QoS 3"),
        pytest.param(b"\x32\xff\xff\xff\xff\x7f", id="length of five bytes"),
    ],
)
def test_a_malformed_packet_is_told(packet: bytes) -> None:
    with pytest.raises(MalformedPacket):
        publishes(packet, 0)


def test_each_message_has_its_acknowledgement() -> None:
    assert acknowledgements([1, 0x1234]) == b"\x40\x02\x00\x01\x40\x02\x12\x34"
