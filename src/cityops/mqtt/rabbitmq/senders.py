"""Lets source systems in at RabbitMQ and out again, while it runs, on all nodes: by its management interface.

A key is a user there, as at Mosquitto: its id the name, its token the password, and its tag tells that it is ours.
"""

import re
from collections.abc import Iterable, Mapping

from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.rabbitmq.management import VHOST, Management, management
from cityops.wire.topics import PREFIX, Kind

EXCHANGE = "amq.topic"
"""Where the MQTT plugin publishes, and has its subscriptions."""

NOTHING = "^$"
_TAG, _PUT_OFF = "cityops-source", "cityops-put-off"
_KEY = re.compile(r"[0-9a-f]{16}")


def grant(admin_url: str, identifier: str, carries: Mapping[str, str], password: str) -> None:
    """Let a key publish what its sources carry (readings, events, indicators) below their topics, and read nothing.

    Raises
    ------
    BrokerControlError
        The broker does not answer, refuses the administrator, or knows a user of this name; or a source's code holds
        a dot, which a routing key cannot tell from the next level.
    """
    dotted = [code for code in sorted(carries) if "." in code]
    if dotted:
        raise BrokerControlError(
            f"the source {dotted[0]} has a dot in its code, which this broker cannot tell from the next level of a "
            "topic, so that its key could write as another source: give it a code without one"
        )
    topics = "|".join(filter(None, (_topics(code, carries[code]) for code in sorted(carries))))
    with management(admin_url) as broker:
        if broker.get("users", identifier) is not None:
            raise BrokerControlError(
                f"the broker at {broker.where} knows a user {identifier} already: revoke it first"
            )
        enter(broker, identifier, password, _TAG, write=f"^{re.escape(EXCHANGE)}$", topics=f"^({topics})$")


def enter(
    broker: Management, name: str, password: str, tags: str, *, read: str = NOTHING, write: str = NOTHING, topics: str
) -> None:
    """Make a user with these rights, in place of what it had: regular expressions of queues, exchanges and topics.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses.
    """
    broker.put("users", name, body={"password": password, "tags": tags})
    # Topics first: without them, who may write to the exchange may write anything.
    broker.put("topic-permissions", VHOST, name, body={"exchange": EXCHANGE, "write": topics, "read": NOTHING})
    broker.put("permissions", VHOST, name, body={"configure": NOTHING, "write": write, "read": read})


def revoke(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys publish no more; who is connected with one is disconnected.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    names = list(identifiers)
    if names:
        with management(admin_url) as broker:
            for name in names:
                broker.delete("users", name)


def put_off(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys publish no more for now, marked as ours to let in again.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        for name in identifiers:
            _switch(broker, name, _PUT_OFF)


def let_in(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys in again.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        for name in identifiers:
            _switch(broker, name, _TAG)


def disabled(admin_url: str) -> dict[str, bool]:
    """Return the ids of the keys that are not let in, and whether they were put off, not disabled by hand.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        keys = {one["name"]: one["tags"] for one in broker.get("users") if _KEY.fullmatch(one["name"])}
        allowed = {one["user"] for one in broker.get("permissions") if one["write"] != NOTHING}
    return {name: _PUT_OFF in tags for name, tags in keys.items() if name not in allowed}


def admitted(admin_url: str) -> list[str]:
    """Return the ids of the keys that the broker knows.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    with management(admin_url) as broker:
        return [one["name"] for one in broker.get("users") if _KEY.fullmatch(one["name"])]


def _switch(broker: Management, name: str, tag: str) -> None:
    """Mark a key, and open or shut the exchange to it; its password stays."""
    user = broker.get("users", name)
    if user is None:
        return
    kept = {"password_hash": user["password_hash"], "hashing_algorithm": user["hashing_algorithm"]}
    broker.put("users", name, body={**kept, "tags": tag})
    write = NOTHING if tag == _PUT_OFF else f"^{re.escape(EXCHANGE)}$"
    broker.put("permissions", VHOST, name, body={"configure": NOTHING, "write": write, "read": NOTHING})
    if tag == _PUT_OFF:
        broker.delete("connections", "username", name)


def _topics(code: str, carries: str) -> str:
    """Return which routing keys a source may publish with; a device's code may hold dots, and stands last."""
    own = re.escape(f"{PREFIX.replace('/', '.')}.{carries}.{code}")
    known = {Kind.READINGS.value: rf"{own}(\..+)?", Kind.EVENTS.value: own, Kind.INDICATORS.value: own}
    return known.get(carries, "")  # video comes another way
