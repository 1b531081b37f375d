"""Addresses of several hosts: read into parts, or refused without a word of the password."""

import pytest

from cityops.errors import CityopsError
from cityops.mqtt.hosts import Hosts

PORTS = {"amqp": 5672, "amqps": 5671}


def test_each_host_has_its_port_or_the_usual_one() -> None:
    hosts = Hosts.read("amqps://ingest:a%40b@one,two:7000,[::1]:7001", PORTS, "the broker")
    assert hosts.places == (("one", 5671), ("two", 7000), ("::1", 7001))
    assert (hosts.user, hosts.password, str(hosts)) == ("ingest", "a@b", "one:5671, two:7000, ::1:7001")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mqtt://u:secret@one", "begins with mqtt://"),
        ("amqp://one", "names no user"),
        ("amqp://u:secret@one/vhost", "or a path"),
        ("amqp://u:secret@one:no,two", "port that is no number"),
    ],
)
def test_another_form_is_told_with_the_right_one(url: str, told: str) -> None:
    with pytest.raises(CityopsError, match=told) as refused:
        Hosts.read(url, PORTS, "the broker")
    assert "amqp://user:password@host[:port][,host[:port]…]" in str(refused.value)
    assert "secret" not in str(refused.value)
