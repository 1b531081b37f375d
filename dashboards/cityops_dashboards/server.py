"""Runs the dashboard's server, and ends the streams to the screens before it waits for them to end."""

import socket

from fastapi import FastAPI

from cityops import serving


class ScreenServer(serving.PartServer):
    """A server whose clients stay for days."""

    async def drain(self) -> None:
        """Answer on for a moment, then end the streams: screens come back by themselves, to another."""
        await super().drain()
        self.config.app.state.hub.close()  # type: ignore[union-attr]  # uvicorn allows other kinds of application


def serve(app: FastAPI, host: str, port: int, listener: socket.socket) -> None:
    """Serve until told to stop. One process only: each keeps a hub, and a second would ask the API all over again."""
    ScreenServer(serving.config(app, host, port, grace_s=1)).run([listener])
