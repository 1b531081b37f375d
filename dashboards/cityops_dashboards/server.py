"""Runs the dashboard's server, and ends the streams to the screens before it waits for them to end."""

import socket

import uvicorn
from fastapi import FastAPI

from cityops import serving


class ScreenServer(uvicorn.Server):
    """A server whose clients stay for days."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as any server does."""
        self.config.app.state.hub.close()  # type: ignore[union-attr]  # uvicorn allows other kinds of application
        await super().shutdown(sockets)


def serve(app: FastAPI, host: str, port: int, listener: socket.socket) -> None:
    """Serve until told to stop. One process only: each keeps a hub, and a second would ask the API all over again."""
    ScreenServer(serving.config(app, host, port, grace_s=1)).run([listener])
