"""Lets source systems in at the broker and out again, while it runs: talks to its dynamic security plugin.

A key is a user there: its id the name, its token the password. So two keys of a source are valid beside each other
while its devices change from one to the other.
"""

import json
import re
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityops.mqtt.address import prepare
from cityops.mqtt.control import BrokerControlError
from cityops.mqtt.mosquitto.roles import CONTROL, allow
from cityops.wire.topics import PREFIX, Kind

PATIENCE_S = 10.0
_ASKED, _ANSWERED = f"{CONTROL}/v1", f"{CONTROL}/v1/response"
_PUT_OFF = "over its quota"
_KEY = re.compile(r"[0-9a-f]{16}")


def grant(admin_url: str, identifier: str, carries: Mapping[str, str], password: str) -> None:
    """Let a key publish what its sources carry (readings, events, indicators) below their topics, and read nothing.

    Raises
    ------
    BrokerControlError
        The broker does not answer, refuses the administrator, or knows a user of this name.
    """
    roles = {f"source:{code}": _topics(code, carries[code]) for code in sorted(carries)}
    made = [{"command": "createRole", "rolename": name} for name in roles]
    # A role that is there may be of an earlier version, or the source carried something else then.
    granted = [{"command": "modifyRole", "rolename": name, "acls": acls} for name, acls in roles.items()]
    held = [{"rolename": name} for name in roles]
    user = {"command": "createClient", "username": identifier, "password": password, "roles": held}
    _tell(admin_url, [*made, *granted, user], harmless={"Role already exists"})


def revoke(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys publish no more; who is connected with one is disconnected.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    commands = [{"command": "deleteClient", "username": identifier} for identifier in identifiers]
    if commands:
        _tell(admin_url, commands, harmless={"Client not found"})


def put_off(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys in no more for now, marked as ours to let in again; who is connected is disconnected.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    _switch(admin_url, identifiers, "disableClient", _PUT_OFF)


def let_in(admin_url: str, identifiers: Iterable[str]) -> None:
    """Let these keys in again.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    _switch(admin_url, identifiers, "enableClient", "")


def disabled(admin_url: str) -> dict[str, bool]:
    """Return the ids of the keys that are not let in, and whether they were put off, not disabled by hand.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    [answer] = _tell(admin_url, [{"command": "listClients", "verbose": True, "count": -1, "offset": 0}])
    users = answer["data"]["clients"]
    return {one["username"]: one.get("textname") == _PUT_OFF for one in users if one.get("disabled")}


def _switch(admin_url: str, identifiers: Iterable[str], command: str, mark: str) -> None:
    commands = [
        one
        for name in identifiers
        for one in (
            {"command": "modifyClient", "username": name, "textname": mark},
            {"command": command, "username": name},
        )
    ]
    if commands:
        _tell(admin_url, commands, harmless={"Client not found"})


def admitted(admin_url: str) -> list[str]:
    """Return the ids of the keys that the broker lets in.

    Raises
    ------
    BrokerControlError
        The broker does not answer, or refuses the administrator.
    """
    [answer] = _tell(admin_url, [{"command": "listClients", "verbose": False, "count": -1, "offset": 0}])
    return [name for name in answer["data"]["clients"] if _KEY.fullmatch(name)]


def _topics(code: str, carries: str) -> list[dict[str, Any]]:
    own = f"{PREFIX}/{carries}/{code}"
    topics = {Kind.READINGS.value: (own, f"{own}/+"), Kind.EVENTS.value: (own,), Kind.INDICATORS.value: (own,)}
    return [allow("publishClientSend", topic) for topic in topics.get(carries, ())]  # video comes another way


def _tell(
    admin_url: str, commands: Sequence[dict[str, Any]], harmless: frozenset[str] | set[str] = frozenset()
) -> list[dict[str, Any]]:
    mark = secrets.token_hex(8)
    answers = _exchange(admin_url, [one | {"correlationData": mark} for one in commands], mark)
    for answer in answers:
        if "error" in answer and answer["error"] not in harmless:
            raise BrokerControlError(f"the broker refused {answer['command']}: {answer['error']}")
    return answers


def _exchange(admin_url: str, commands: list[dict[str, Any]], mark: str) -> list[dict[str, Any]]:
    """Send commands and return the answer to each; other administrators' answers come on the same topic."""
    done = threading.Event()
    failed: list[str] = []
    answers: list[dict[str, Any]] = []
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5, reconnect_on_failure=False)

    def on_connect(
        _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            failed.append(str(reason))
            done.set()
        client.subscribe(_ANSWERED)

    def on_subscribe(
        _client: Client, _data: object, _mid: int, _reasons: list[ReasonCode], _more: Properties | None
    ) -> None:
        client.publish(_ASKED, json.dumps({"commands": commands}), qos=1)

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        found = json.loads(message.payload).get("responses", ())
        answers.extend(one for one in found if one.get("correlationData") == mark)
        if len(answers) >= len(commands):
            done.set()

    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
    host, port = prepare(client, admin_url)
    try:
        client.connect(host, port)
    except OSError as error:
        failed.append(str(error))
    else:
        client.loop_start()
        done.wait(PATIENCE_S)
        client.disconnect()
        client.loop_stop()
    if failed or len(answers) < len(commands):
        why = failed[0] if failed else f"no answer within {PATIENCE_S:.0f} s: is its dynamic security plugin loaded?"
        raise BrokerControlError(f"the broker at {host}:{port} could not be told who may publish: {why}")
    return answers
