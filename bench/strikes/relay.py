"""A TCP relay on loopback between two parts, through which the run can cut their connections with a reset."""

import asyncio
import contextlib
import socket
import struct
import threading

from cityops.local.processes import free_ports

_CHUNK = 262_144
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends RST and throws away what is under way, as a cable that is pulled does."""


class Relay:
    """Passes every connection on to a port, in a thread of its own, until it is closed."""

    def __init__(self, target: int) -> None:
        self.target = target
        [self.port] = free_ports(1)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"relay to {target}")
        self._thread.start()
        self._listening.wait(10)

    def cut(self) -> int:
        """Reset all connections in both directions, whatever they carry; return how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10) // 2

    def close(self) -> None:
        """Reset all connections and stop listening."""
        self._loop.call_soon_threadsafe(self._serving.cancel)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner, contextlib.suppress(asyncio.CancelledError):
            runner.run(self._serve())

    async def _serve(self) -> None:
        task = asyncio.current_task()
        assert task
        self._serving = task
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self._listening.set()
        try:
            await server.serve_forever()
        finally:
            await self._cut()

    async def _cut(self) -> int:
        count = len(self._writers)
        for writer in tuple(self._writers):
            _reset(writer)
        return count

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, onward}
        with contextlib.suppress(OSError):
            await asyncio.gather(_pump(reader, onward), _pump(there, writer))
        self._writers -= {writer, onward}
        for end in (writer, onward):
            _reset(end)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError  # one side has left: so shall the other


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
