"""Single flight: what many ask for at once is computed once, kept for a tick and given to all."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Key = TypeVar("Key")
Value = TypeVar("Value")


class OncePerTick(Generic[Key, Value]):
    """Runs `compute` in a thread at most once per key and tick; those who ask meanwhile wait for the same result.

    The waiting costs no thread, so a database that hangs does not use up the threads that other answers need.
    """

    def __init__(self, compute: Callable[[Key], Value], tick_s: float) -> None:
        self._compute = compute
        self._tick_s = tick_s
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._running: dict[Key, asyncio.Task[Value]] = {}

    async def get(self, key: Key, patience_s: float) -> Value:
        """Return the value of `key`, at most a tick old.

        Raises
        ------
        TimeoutError
            It was not ready after `patience_s` seconds; the computation goes on for those who ask later.
        """
        began, value = self._kept.get(key, (None, None))
        if began is not None and value is not None and monotonic() - began < self._tick_s:
            return value
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._run(key))
        return await asyncio.wait_for(asyncio.shield(task), patience_s)

    async def _run(self, key: Key) -> Value:
        began = monotonic()
        try:
            value = await run_in_threadpool(self._compute, key)
            self._kept[key] = began, value
            return value
        finally:
            del self._running[key]
