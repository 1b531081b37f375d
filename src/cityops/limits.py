"""Bounds of one request to API, HTTP ingest or dashboard: in size, in time, and in what its text may be.

The application sees no request beyond them.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from time import monotonic

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops import characters
from cityops.characters import Flaw

URL_BYTES = 8_192
HEADERS_BYTES = 32_768
"""All names and values together; a browser's cookie takes at most 4,096."""

BODY_S = 60.0
"""A client has this long for the whole body: 8 MiB at 1.1 Mbit/s."""

PIECE_BYTES = 65_536
"""What is handed to the server at once of an answer; it holds as much again for the network."""

DISCARD_S = 2.0
"""What is still coming when a body is refused is read this long: who is cut off while sending sees no answer."""


class RequestLimits:
    """Answers 413, 414, 422, 431 and 408 as problems; passes everything else on."""

    def __init__(self, app: ASGIApp, body_limit: int, others: Mapping[re.Pattern[str], int] | None = None) -> None:
        """Take the largest body in bytes; `others` are those of single addresses, by all of their path."""
        self.app, self.body_limit, self.others = app, body_limit, others or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body piece by piece as it comes, unless it is beyond a bound."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _discard(receive)
            await refusal(scope, receive, send)
            return
        await _Bounded(scope, receive, send, self._limit(scope)).run(self.app)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > URL_BYTES:
            return problem(414, "Address too long", f"an address has at most {URL_BYTES} bytes: ask for less at once")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS_BYTES:
            return problem(431, "Headers too large", f"all headers have at most {HEADERS_BYTES} bytes: send fewer")
        query, path = scope["query_string"], scope.get("raw_path") or b""
        if flaws := [*chain(characters.in_address(path, query), characters.in_headers(scope["headers"]))]:
            return flawed(flaws)
        length = Headers(scope=scope).get("content-length", "0")
        limit = self._limit(scope)
        return _too_large(limit) if length.isdigit() and int(length) > limit else None

    def _limit(self, scope: Scope) -> int:
        at = str(scope["path"])
        return next((limit for path, limit in self.others.items() if path.fullmatch(at)), self.body_limit)


class _Bounded:
    """One request whose body is counted; once it is refused, what the application says about it is dropped."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self.scope, self.receive, self.send, self.limit = scope, receive, send, limit
        self.taken, self.ended, self.began, self.refused = 0, False, False, False
        self.until = monotonic() + BODY_S

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self.scope, self._take, self._give)
        except Exception:
            if not self.refused:  # else it is the application's own word on a body that broke off
                raise

    async def _take(self) -> Message:
        if self.refused:
            return {"type": "http.disconnect"}
        if self.ended:
            return await self.receive()
        try:
            async with asyncio.timeout(max(0.0, self.until - monotonic())):
                message = await self.receive()
        except TimeoutError:
            return await self._refuse(problem(408, "Too slow", f"the body did not come within {BODY_S:.0f} s"))
        self.taken += len(message.get("body", b""))
        self.ended = not message.get("more_body", False)
        if self.taken > self.limit:
            if not self.ended:
                await _discard(self.receive)
            return await self._refuse(_too_large(self.limit))
        return message

    async def _refuse(self, answer: JSONResponse) -> Message:
        self.refused = True
        if not self.began:
            await answer(self.scope, self.receive, self.send)
        return {"type": "http.disconnect"}

    async def _give(self, message: Message) -> None:
        """Send on; a long body in pieces, so that a piece waits until the one before is on its way.

        So an answer is not done before all but its end has left, and what was counted for it may be counted no more.
        """
        if self.refused:
            return
        self.began = True
        body = message.get("body", b"")
        first = max(0, (len(body) - 1) // PIECE_BYTES * PIECE_BYTES)
        for start in range(0, first, PIECE_BYTES):
            await self.send({**message, "body": body[start : start + PIECE_BYTES], "more_body": True})
        await self.send({**message, "body": body[first:]} if first else message)


async def _discard(receive: Receive) -> None:
    try:
        async with asyncio.timeout(DISCARD_S):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        pass


def _too_large(limit: int) -> JSONResponse:
    return problem(413, "Body too large", f"at most {limit} bytes are taken: send smaller ones")


def flawed(flaws: Sequence[Flaw]) -> JSONResponse:
    """Return the answer to a request with text that nothing can keep."""
    told = "; ".join(f"{one.item}: {one.reason}" for one in flaws[:5])
    return problem(422, "Text that cannot be kept", told, errors=[one._asdict() for one in flaws])


def problem(
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> JSONResponse:
    """Return an answer as RFC 9457 has it, after which the connection ends; `errors` name items and reasons."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {"errors": errors} if errors else {}
    with_close = {"Connection": "close", **(headers or {})}
    return JSONResponse(body, status, with_close, media_type="application/problem+json")
