"""Names the sessions that our workers and the guard keep at the broker, so that no sender can guess one.

A broker gives a session to whoever connects under its client id, and none binds an id to a user. So an id is a digest
of the worker's name by the worker's password: the same after each restart, and known to nobody without the password.
"""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cityops.settings import Settings
from cityops.wire.topics import GUARD

_DIGITS = 32


def session_id(url: str, worker: str) -> str:
    """Return the client id of a worker that signs in with the password of this address.

    Without a password anybody could compute it, but then anybody may do anything at that broker.
    """
    return _digest(unquote(urlsplit(url).password or ""), worker)


def former_session_ids(worker: str) -> list[str]:
    """Return under which ids the worker's session may still stand: by a password it had before, and of old.

    At first an id was the worker's bare name, which anybody could guess. CITYOPS_MQTT_FORMER_PASSWORD tells the
    password before.
    """
    former = Settings().mqtt_former_password
    by_password: Iterable[str] = [_digest(former, worker)] if former else []
    return [*by_password, f"cityops-ingest-{worker}"]


def write_guard(file: Path, password: str) -> None:
    """Write down the guard's client id, by the workers' password, for who starts the broker and knows no Python."""
    file.touch(mode=0o600)
    file.write_text(_digest(password, GUARD))


def _digest(password: str, worker: str) -> str:
    whole = hmac.new(password.encode(), f"cityops session {worker}".encode(), hashlib.sha256)
    return f"cityops-{whole.hexdigest()[:_DIGITS]}"
