"""Single flight: what many ask for at once is computed once, kept for a tick and given to all."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from anyio import CapacityLimiter, to_thread

MOST_AT_ONCE = 4
"""Keys that are computed at once, in threads of their own: who asks for all of them delays nobody else."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class OncePerTick(Generic[Key, Value]):
    """Runs `compute` in a thread at most once per key and tick; those who ask meanwhile wait for the same result.

    `compute` returns with a value when that what it is made of was read (monotonic clock): from then the tick counts,
    so that values of several keys that are made of one reading grow old together. The waiting costs no thread, so a
    database that hangs does not use up the threads that other answers need.
    """

    def __init__(self, compute: Callable[[Key], tuple[float, Value]], tick_s: float) -> None:
        self._compute = compute
        self._tick_s = tick_s
        self._limiter = CapacityLimiter(MOST_AT_ONCE)
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._running: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key, patience_s: float) -> Value:
        """Return the value of `key`, at most a tick old.

        Raises
        ------
        TimeoutError
            It was not ready after `patience_s` seconds; the computation goes on for those who ask later.
        """
        kept = self._kept.get(key)
        if kept is not None and monotonic() - kept[0] < self._tick_s:
            return kept[1]
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._run(key))
            task.add_done_callback(_told)
        return await asyncio.wait_for(asyncio.shield(task), patience_s)

    async def _run(self, key: Key) -> Value:
        try:
            made = await to_thread.run_sync(self._compute, key, limiter=self._limiter)
            now = monotonic()  # what is over is given to nobody: else each region ever asked for would stay here
            self._kept = {one: kept for one, kept in self._kept.items() if now - kept[0] < self._tick_s}
            self._kept[key] = made
            return made[1]
        finally:
            del self._running[key]


def _told(task: "asyncio.Task[Value]") -> None:
    """Take note of an error for which nobody waits any more: who asked was told that the answer took too long."""
    if not task.cancelled():
        task.exception()
