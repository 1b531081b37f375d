"""Addresses of another form are told by the setting's name, and never with the password that they hold."""

import pytest

from cityops.addresses import faults

SECRET = "Tr0mbone"
WRONG = [
    ("CITYOPS_DATABASE_URL", "nonsense://u:Tr0mbone@h", "no address that libpq understands"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:Tr0mbone@h/db?no_such_word=1", "no address that libpq understands"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:Tr0mbone@h1:1,h2:2x/db", "a port that is no number"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:Tr0mbone@/db?host=a,b,c&port=1,2", "2 ports for 3 hosts"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:Tr0mbone@a,b/db", "does not say that the one which takes writes"),
    (
        "CITYOPS_DATABASE_URL",
        "postgresql://u:Tr0mbone@/db?host=a,b&target_session_attrs=prefer-standby",
        "does not say that the one which takes writes",
    ),
    ("CITYOPS_DATABASE_READ_URL", "http://u:Tr0mbone@a", "no address that libpq understands"),
    ("CITYOPS_MQTT_URL", "tcp://u:Tr0mbone@h", "begins with tcp: write mqtt:// or mqtts:// or amqp://"),
    ("CITYOPS_MQTT_URL", "mqtt://u:Tr0mbone@a,b", "names several hosts, which only amqp:// can"),
    ("CITYOPS_MQTT_URL", "mqtt://u:Tr0mbone@h:port", "a port that is none"),
    ("CITYOPS_MQTT_URL", "amqp://u:Tr0mbone@a:1,b:99999", "a port that is none"),
    ("CITYOPS_MQTT_ADMIN_URL", "amqp://u:Tr0mbone@h", "begins with amqp: write mqtt:// or mqtts:// or http://"),
    ("CITYOPS_API_URL", "127.0.0.1:8000", "begins with no scheme: write http://"),
    ("CITYOPS_API_URL", "http://", "names no host"),
    ("CITYOPS_API_URL", "http://host:8000x", "a port that is none"),
]
RIGHT = [
    ("CITYOPS_DATABASE_URL", "postgresql://u:p@h:5432/db"),
    ("CITYOPS_DATABASE_URL", "postgresql:///db?host=/run/postgresql"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:p@h1:1,h2:2/db?target_session_attrs=primary"),
    ("CITYOPS_DATABASE_URL", "postgresql://u:p@/db?host=a,b&port=1,2&target_session_attrs=read-write"),
    ("CITYOPS_DATABASE_READ_URL", "postgresql://u:p@a,b/db?target_session_attrs=prefer-standby"),
    ("CITYOPS_MQTT_URL", "mqtts://u:p@[::1]:8883"),
    ("CITYOPS_MQTT_URL", "amqps://u:p@one,two:5671,three"),
    ("CITYOPS_MQTT_ADMIN_URL", "https://admin:p@one,two,three"),
    ("CITYOPS_API_URL", "https://api.example/city"),
    ("CITYOPS_API_URL", ""),
]


@pytest.mark.parametrize(("name", "address", "reason"), WRONG)
def test_what_is_wrong_is_told_by_name_and_without_the_password(name: str, address: str, reason: str) -> None:
    [(setting, told)] = faults({name: address})
    assert (setting, told.startswith(name)) == (name, True)
    assert reason in told
    assert "write" in told or "name one" in told  # the remedy
    assert SECRET not in told


@pytest.mark.parametrize(("name", "address"), RIGHT)
def test_what_leads_somewhere_is_not(name: str, address: str) -> None:
    assert list(faults({name: address})) == []
