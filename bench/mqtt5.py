"""Packets of MQTT 5 for load generators, where the broker may refuse a message and says so, and wants a password."""

import socket

from bench.publisher import packet, text
from cityops.errors import CityopsError

REFUSALS = 0x80
"""Reason codes from this one on say that the broker has not taken a message."""

_PUBACK = 0x40


def connect_packet(client_id: str, user: str = "", password: str = "") -> bytes:
    """Return CONNECT with a clean start and without keep-alive."""
    who = text(user) + text(password) if user else b""
    return packet(0x10, b"\0\4MQTT\5" + (b"\xc2" if user else b"\x02") + b"\0\0\0" + text(client_id) + who)


def publish_packet(topic: str, payload: bytes, packet_id: int) -> bytes:
    """Return PUBLISH at QoS 1 without properties."""
    return packet(0x32, text(topic) + packet_id.to_bytes(2, "big") + b"\0" + payload)


def connect(port: int, client_id: str, user: str = "", password: str = "") -> socket.socket:
    """Connect to a broker on loopback.

    Raises
    ------
    CityopsError
        The broker refuses.
    OSError
        It does not answer.
    """
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(connect_packet(client_id, user, password))
        answer = connection.recv(1024)
        if len(answer) < 4 or answer[0] != 0x20 or answer[3]:
            raise CityopsError("the broker refused the load generator's connection")
    except BaseException:
        connection.close()
        raise
    return connection


def acknowledgements(data: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """Return the packet id and the reason code of each PUBACK, and what is left of an unfinished one.

    Raises
    ------
    CityopsError
        It is something else: a DISCONNECT, before the broker hangs up.
    """
    found, at = [], 0
    while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
        kind, length = data[at], data[at + 1]  # no PUBACK to us is longer than 127 bytes
        if kind != _PUBACK:
            raise CityopsError(f"the broker sent a packet of type {kind >> 4} where acknowledgements were awaited")
        reason = data[at + 4] if length > 2 else 0
        found.append((int.from_bytes(data[at + 2 : at + 4], "big"), reason))
        at += 2 + length
    return found, data[at:]
