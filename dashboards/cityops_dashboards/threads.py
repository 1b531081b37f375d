"""Computes Dash's callbacks in threads: the loop that pushes states and lets viewers in goes on meanwhile.

A callback waits for the API and then computes for some tenths of a second: tables, charts, and text of them. Threads
take turns with the loop, so that there are few, and few for one viewer: who asks for much waits for it alone.
"""

from asyncio import Semaphore
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread

from cityops_dashboards.access import viewer

T = TypeVar("T")


class Threads:
    """So many threads, and so many of them for one viewer at a time; who comes later waits without one."""

    def __init__(self, most: int, each: int) -> None:
        self._limiter, self._each = CapacityLimiter(most), each
        self._own: WeakValueDictionary[str, Semaphore] = WeakValueDictionary()

    async def run(self, work: Callable[[], T]) -> T:
        """Return what a function returns that is called in a thread, for the viewer of this request."""
        own = self._own.setdefault(viewer.key(), Semaphore(self._each))
        async with own:
            return await to_thread.run_sync(work, limiter=self._limiter)


def off_loop(declared: MutableMapping[str, Any], frame: str) -> None:
    """Have the callbacks in Dash's `callback_map`, plain functions, computed in threads to the text of their answers.

    Parameters
    ----------
    frame
        Output of the callback that brings up a page. It asks no API, and has threads of its own: a page says that the
        API is slow while those that wait for it hold all others.
    """
    frames, others = Threads(2, each=1), Threads(6, each=3)
    for output, one in declared.items():
        if "callback" in one:  # the others run in the browser
            one["callback"] = _threaded(one["callback"], frames if output == frame else others)


def _threaded(callback: Callable[..., Any], threads: Threads) -> Callable[..., Any]:
    async def called(*args: Any, **kwargs: Any) -> Any:
        return await threads.run(partial(callback, *args, **kwargs))

    return called
