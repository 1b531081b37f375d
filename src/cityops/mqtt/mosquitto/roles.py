"""The users and roles that the broker's dynamic security starts with, as the file that its plugin keeps.

The plugin (mosquitto_dynamic_security of Mosquitto 2.0 and 2.1) reads the file at its start, and writes it at each
change.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

WORKERS, ADMIN, SIMULATOR, SPARKPLUG = "ingest", "admin", "simulator", "sparkplug"
CONTROL = "$CONTROL/dynamic-security"
_ROUNDS = 101  # the plugin's own number; our passwords are random, so that there is nothing to guess

_PBKDF2 = "7"  # what 2.1 calls it, before rounds, salt and digest

_READS = ("subscribePattern", "publishClientReceive")
_WORKING = [
    *((kind, topic) for kind in _READS for topic in ("#", "$SYS/broker/#")),
    ("subscribePattern", "$share/#"),
]
_ACLS: Mapping[str, list[tuple[str, str]]] = {
    ADMIN: [(kind, f"{CONTROL}/#") for kind in ("publishClientSend", *_READS)],
    WORKERS: _WORKING,
    SIMULATOR: [("publishClientSend", "cityops/v1/#")],
    SPARKPLUG: [*_WORKING, ("publishClientSend", "spBv1.0/+/NCMD/+")],
}
"""What each of our own users may do: the workers only read, the simulator speaks for all sources, and the worker of
routes with `rebirth = true` may ask nodes for their births."""


def write_users(file: Path, passwords: Mapping[str, str]) -> None:
    """Enter our own users with these passwords, none for the others of ours; whom else the file knows stays.

    A file that says so already is left alone: a broker that runs may be writing it.
    """
    known = json.loads(file.read_text()) if file.exists() and file.stat().st_size else {}
    if _says(known, passwords):
        return
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
        "groups": known.get("groups", []),
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


def _says(known: dict[str, Any], passwords: Mapping[str, str]) -> bool:
    """Return whether the file has our users with these passwords, and our roles as they are now."""
    users = {one["username"]: one for one in known.get("clients", ()) if one["username"] in _ACLS}
    roles = {one["rolename"]: _comparable(one["acls"]) for one in known.get("roles", ()) if one["rolename"] in _ACLS}
    if users.keys() != passwords.keys() or roles != {name: _comparable(_acls(name)) for name in _ACLS}:
        return False
    return all(_is_of(one, passwords[name]) for name, one in users.items())


def _is_of(user: Mapping[str, Any], password: str) -> bool:
    """Return whether a user of the file has this password, as Mosquitto 2.0 writes it or 2.1."""
    if "encoded_password" in user:
        kind, *parts = user["encoded_password"].lstrip("$").split("$")
        if kind != _PBKDF2:
            return False
        rounds, salt, digest = parts
        return bool(_digest(password, salt, int(rounds)) == digest)
    return bool(_digest(password, user["salt"], user["iterations"]) == user["password"])


def _comparable(acls: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    return {(one["acltype"], one["topic"], one.get("priority", 0), one["allow"]) for one in acls}


def _digest(password: str, salt: str, rounds: int) -> str:
    return base64.b64encode(hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(salt), rounds)).decode()


def _client(name: str, password: str) -> dict[str, Any]:
    salt = base64.b64encode(secrets.token_bytes(12)).decode()
    return {
        "username": name,
        "textname": "",
        "roles": [{"rolename": name}],
        "password": _digest(password, salt, _ROUNDS),
        "salt": salt,
        "iterations": _ROUNDS,
    }
