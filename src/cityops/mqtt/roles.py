"""The users and roles that the broker's dynamic security starts with, as the file that its plugin keeps.

The plugin (mosquitto_dynamic_security of Mosquitto 2.0) reads the file at its start and writes it at each change.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORKERS, ADMIN, SIMULATOR = "ingest", "admin", "simulator"
CONTROL = "$CONTROL/dynamic-security"
_ROUNDS = 101  # the plugin's own number; our passwords are random, so that there is nothing to guess

_READS = ("subscribePattern", "publishClientReceive")
_ACLS: Mapping[str, list[tuple[str, str]]] = {
    ADMIN: [(kind, f"{CONTROL}/#") for kind in ("publishClientSend", *_READS)],
    WORKERS: [
        *((kind, topic) for kind in _READS for topic in ("#", "$SYS/broker/#")),
        ("subscribePattern", "$share/#"),
    ],
    SIMULATOR: [("publishClientSend", "cityops/v1/#")],
}
"""What each of our own users may do: the workers only read, the simulator speaks for all sources."""


def write_users(file: Path, passwords: Mapping[str, str]) -> None:
    """Enter our own users with these passwords; what the file knows of others, such as source systems, stays."""
    known = json.loads(file.read_text()) if file.exists() and file.stat().st_size else {}
    clients = [one for one in known.get("clients", ()) if one["username"] not in _ACLS]
    roles = [one for one in known.get("roles", ()) if one["rolename"] not in _ACLS]
    document = {
        # All that no role allows is refused.
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": [*clients, *(_client(name, password) for name, password in passwords.items())],
        "groups": [],
        "roles": [*roles, *({"rolename": name, "acls": _acls(name)} for name in _ACLS)],
    }
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(document, indent=1))
    new.replace(file)


def _acls(name: str) -> list[dict[str, Any]]:
    # To subscribe, the plugin takes # for $CONTROL/# too.
    shut = [allow(kind, "$CONTROL/#") | {"priority": 1, "allow": False} for kind in _READS]
    return [*(allow(*one) for one in _ACLS[name]), *(shut if name != ADMIN else ())]


def allow(kind: str, topic: str) -> dict[str, Any]:
    """Return an entry of a role in the plugin's words."""
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}


def _client(name: str, password: str) -> dict[str, Any]:
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return {
        "username": name,
        "textname": "",
        "roles": [{"rolename": name}],
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ROUNDS,
    }
