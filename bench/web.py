"""A small HTTP client for measuring: keeps its connection and does nothing else, so that the server is the limit."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from cityops.errors import CityopsError

OK = b"HTTP/1.1 200"


@dataclass(frozen=True, slots=True)
class Api:
    """An API on loopback, and the key that opens its door."""

    port: int
    key: str


@dataclass(slots=True)
class Client:
    """One connection to a server on loopback."""

    api: Api
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, api: Api) -> "Client":
        """Connect."""
        return cls(api, *await asyncio.open_connection("127.0.0.1", api.port, limit=2**20))

    async def get(self, path: str) -> bytes:
        """Return the body of an answer.

        Raises
        ------
        CityopsError
            The answer is not 200; its first bytes follow.
        """
        headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer {self.api.key}\r\n"
        self.writer.write(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self.reader.readexactly(int(length.partition(b":")[2]))
        if not head.startswith(OK):
            raise CityopsError(f"GET {path}: {head.splitlines()[0].decode()}: {body[:300].decode()}")
        return body

    def close(self) -> None:
        """Close the connection."""
        self.writer.close()


async def hammer(api: Api, path: str, connections: int, seconds: float) -> list[float]:
    """Ask again and again on several connections at once; return how long each answer took, in seconds."""
    durations: list[float] = []
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(_ask_until(api, path, lambda: time.monotonic() > end, durations) for _ in range(connections))
    )
    return durations


async def ask(api: Api, path: str, count: int, pause_s: float) -> list[float]:
    """Ask `count` times on one connection with a pause before each; return how long each answer took, in seconds."""
    client, durations = await Client.open(api), []
    try:
        for _ in range(count):
            await asyncio.sleep(pause_s)
            durations.append(await _timed(client, path))
    finally:
        client.close()
    return durations


async def _ask_until(api: Api, path: str, is_over: Callable[[], bool], durations: list[float]) -> None:
    client = await Client.open(api)
    try:
        while not is_over():
            durations.append(await _timed(client, path))
    finally:
        client.close()


async def _timed(client: Client, path: str) -> float:
    began = time.monotonic()
    await client.get(path)
    return time.monotonic() - began
