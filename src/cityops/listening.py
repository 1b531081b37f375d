"""Sockets that our parts listen on: bound before anything else is done, and a taken port told with its remedy."""

import errno
import logging
import socket
from typing import Annotated

import typer

from cityops.errors import CityopsError

_log = logging.getLogger("uvicorn.error")

QUEUE = 2048
"""Connections that wait until the part takes them, as while it starts again."""

REASONS = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EACCES: "may not be taken by this account",
    errno.EADDRNOTAVAIL: "cannot be had: this machine has no such address",
}

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
MetricsPort = Annotated[int, typer.Option(min=0, max=65535, help="Port for Prometheus; 0 opens none.")]
Inherited = Annotated[int | None, typer.Option("--fd", hidden=True, help="Socket that the parent listens on.")]


def listen(host: str, port: int, part: str, remedy: str) -> socket.socket:
    """Return a socket that listens; a port below 1024 needs the account's right to it.

    Raises
    ------
    CityopsError
        The port cannot be had: part, port, reason and `remedy` are named.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=QUEUE)
    except OSError as error:
        raise refused(port, part, error, remedy) from None


def refused(port: int, part: str, error: OSError, remedy: str) -> CityopsError:
    """Return the error that says why a part cannot listen, and what to do about it."""
    reason = REASONS.get(error.errno or 0, f"cannot be listened on ({error.strerror or error})")
    return CityopsError(f"port {port} of {part} {reason}: {remedy}")


def taken_over(fd: int | None, host: str, port: int, part: str) -> socket.socket:
    """Return the socket that the parent listens on already, or one of our own where there is none.

    Raises
    ------
    CityopsError
        The port cannot be had.
    """
    if fd is not None:
        return socket.socket(fileno=fd)
    listener = listen(host, port, part, "end that program, or choose another with --port")
    # Uvicorn leaves the line to whom it has a socket from; who calls already waits until the part has started.
    _log.info("Uvicorn running on http://%s:%d", host, port)
    return listener


def serve_metrics(port: int) -> None:
    """Let Prometheus read this process's figures on the port; 0 opens none.

    Raises
    ------
    CityopsError
        The port cannot be had.
    """
    from prometheus_client import start_http_server

    if not port:
        return
    try:
        start_http_server(port)
    except OSError as error:
        remedy = "end that program, or choose another with --metrics-port (0 opens none)"
        raise refused(port, "the figures for Prometheus", error, remedy) from None
