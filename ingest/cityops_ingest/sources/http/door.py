"""The door of HTTP ingest: a sender shows the API key of its source system, and may send for that source alone."""

import base64
import binascii

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.concurrency import run_in_threadpool

from cityops.domain.access import Permission, ScopeKind, Subject
from cityops.rates import Buckets, address_of
from cityops.store.access.credentials import Known
from cityops.store.access.tokens import TokenDoor
from cityops.wire.topics import Kind

REMEDY = "`cityops keys create --role source_system --source CODE` makes one"
_WRITES = {
    Kind.READINGS: Permission.READING_WRITE,
    Kind.EVENTS: Permission.EVENT_WRITE,
    Kind.INDICATORS: Permission.INDICATOR_WRITE,
}


class KeyRefusedError(Exception):
    """A sender that may not send this; `status` and title are those of the answer."""

    def __init__(self, status: int, title: str, detail: str, retry_s: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.retry_s = status, title, detail, retry_s


class Strangers:
    """What those may take who show no valid key. Whoever shows one is never held up by them, nor counted.

    A key is thus looked up also where its address has asked too often; look-ups of keys that were never good wait for
    two threads of their own.
    """

    def __init__(self) -> None:
        self.refusals = Buckets(rate=10, burst=100)
        self._lookups = CapacityLimiter(2)

    def refuse(self, request: Request, title: str, detail: str) -> KeyRefusedError:
        """Return a refusal: 401, or 429 where too many of them went to the same address."""
        seconds = self.refusals.wait(address_of(request.scope))
        if not seconds:
            return KeyRefusedError(401, title, detail)
        told = self.refusals.told("Your address, without a valid key,", seconds)
        return KeyRefusedError(429, "Too many refusals", f"{told} {title}: {detail}", seconds)

    async def find(self, door: TokenDoor, token: str) -> Known | None:
        """Return whom a token stands for."""
        if door.has_known(token):
            return door.remembered(token) or await run_in_threadpool(door.known, token)
        return await to_thread.run_sync(door.known, token, limiter=self._lookups)


async def check_sender(request: Request, door: TokenDoor, kind: Kind, source: str) -> str:
    """Let pass who may send this for the source, and return the key's id; asked before the body is read.

    Raises
    ------
    KeyRefusedError
        401 where no valid key is shown, 429 where that was too often, 403 where it is not this source's, 503 where
        the store cannot be asked.
    """
    strangers: Strangers = request.app.state.strangers
    token = _shown(request.headers.get("authorization", ""))
    if not token:
        detail = f"send the source system's key as `Authorization: Bearer ...` or as Basic's password: {REMEDY}"
        raise strangers.refuse(request, "No key", detail)
    try:
        known = await strangers.find(door, token)
    except (DBAPIError, PoolTimeoutError):
        detail = "the store cannot be asked whose key this is: send the message again in a few seconds"
        raise KeyRefusedError(503, "Store away", detail, retry_s=5) from None
    if known is None:
        detail = f"the key is not known, has run out or was revoked: {REMEDY}"
        raise strangers.refuse(request, "Key not valid", detail)
    if not _may_send(known.subject, kind, source):
        detail = f"this key may not send {kind} of the source {source}: {REMEDY}, for this source"
        raise KeyRefusedError(403, "Not this source's key", detail)
    return known.id


def _may_send(subject: Subject, kind: Kind, source: str) -> bool:
    scope = subject.scope
    return subject.may(_WRITES[kind]) and scope.kind is ScopeKind.SOURCES and source in scope.codes


def _shown(header: str) -> str:
    """Return the token of an Authorization header; of Basic it is the password, whatever the user's name."""
    scheme, _, shown = header.partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(shown, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
