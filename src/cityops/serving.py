"""How API, HTTP ingest and dashboard are served: by uvicorn, with bounds on what a client may take of it."""

import asyncio
import socket
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cityops.limits import problem
from cityops.settings import settings

HEAD_S = 10.0
"""A client has this long for a request's line and headers: else a few slow ones would hold all file descriptors."""

UNREAD_S = 30.0
"""A client that reads nothing of an answer for so long has gone, or wants to be waited for."""

HEAD_BYTES = 65_536
"""Line and headers together; the parser itself would keep them without end."""

STOPPING = "this process was told to stop and answers for a moment yet: send to another"


def alive() -> dict[str, str]:
    """Return what a part says at its health: that it lives and, under `up` and `demo`, which start it belongs to."""
    instance = settings().instance
    return {"status": "live"} | ({"instance": instance} if instance else {})


async def ready(request: Request) -> JSONResponse:
    """Say that the process answers, or that it is about to stop: who routes then sends to another."""
    if is_draining(request.app):
        return problem(503, "About to stop", STOPPING)
    return JSONResponse(alive() | {"status": "ready"})


def is_draining(app: FastAPI) -> bool:
    """Tell whether the application's server was told to stop."""
    return getattr(app.state, "is_draining", False)


class PartServer(uvicorn.Server):
    """A server that says so before it stops, and answers on until whoever routes to it has heard it."""

    async def drain(self) -> None:
        """Be not ready and answer all the same for CITYOPS_DRAIN_S seconds, or until told to stop at once."""
        wait_s = settings().drain_s
        if not wait_s:
            return
        self.config.app.state.is_draining = True  # type: ignore[union-attr]  # uvicorn allows other kinds
        self.config.encoded_headers.append((b"connection", b"close"))  # who keeps connections looks for another
        until = time.monotonic() + wait_s
        while time.monotonic() < until and not self.force_exit:
            await self.on_tick(0)  # puts the date and this header on answers
            await asyncio.sleep(0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop as any server does."""
        await self.drain()
        await super().shutdown(sockets)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 that closes a connection on which a request's head does not end, in time or in bytes.

    A connection whose answer nobody reads is cut off: what holds up the answer goes on.
    """

    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _taken = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the parent does
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a head are counted until it ends."""
        super().data_received(data)
        if self._waiting is not None:
            self._taken += len(data)
            if self._taken > HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin to wait for this request's head; the first one's wait began with the connection."""
        super().on_message_begin()
        if self._waiting is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """End the wait: what follows is the body, which the application takes."""
        self._end_wait()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the waits."""
        self._end_wait()
        self._end_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to watch whether the client reads."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """End the watch: the client has read."""
        self._end_unread()
        super().resume_writing()

    def _watch(self, unread: int) -> None:
        self._unread = self.loop.call_later(UNREAD_S, self._has_read, unread)

    def _has_read(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._watch(left)
        else:
            self._end_unread()
            self.transport.abort()

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _wait(self) -> None:
        self._taken = 0
        self._waiting = self.loop.call_later(HEAD_S, self._refuse, b"408 Request Timeout")

    def _end_wait(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, status: bytes) -> None:
        self._end_wait()
        if not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:  # else this would stand within another answer
                self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            self.transport.close()


def config(app: FastAPI, host: str, port: int, *, grace_s: int) -> uvicorn.Config:
    """Return how to serve `app`; running answers get `grace_s` seconds when the process is told to stop.

    CITYOPS_GRACE_S stands in their place where it is set. `X-Forwarded-For` and `X-Forwarded-Proto` are believed from
    CITYOPS_TRUSTED_PROXIES alone.
    """
    more: dict[str, Any] = {"log_config": None, "timeout_graceful_shutdown": settings().grace_s or grace_s}
    trusted = settings().trusted_proxies
    return uvicorn.Config(
        app, host=host, port=port, http=BoundedProtocol, proxy_headers=True, forwarded_allow_ips=trusted, **more
    )
