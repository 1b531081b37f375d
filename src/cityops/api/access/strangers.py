"""What is done for whoever has shown no credential: in a few threads of its own, beyond which it is refused.

Who is signed in is answered by other threads, so that no number of strangers can make anybody wait for them.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from cityops.api.problems import ProblemError

Found = TypeVar("Found")
RETRY_S = 2


class Strangers:
    """Threads for one kind of work, and a short queue before them."""

    def __init__(self, what: str, threads: int, waiting: int, waiting_of_one: int) -> None:
        self._what, self._most, self._most_of_one = what, threads + waiting, waiting_of_one
        self._limiter = CapacityLimiter(threads)
        self._inside: dict[str, int] = {}

    async def run(self, address: str, work: Callable[[], Found]) -> Found:
        """Return what `work` returns; to be called in the event loop.

        Raises
        ------
        ProblemError
            429 with `Retry-After`: as much is waiting as may wait, or as much from this address.
        """
        mine = self._inside.get(address, 0)
        if mine >= self._most_of_one or sum(self._inside.values()) >= self._most:
            told = f"Too many {self._what} at once: try again in {RETRY_S} s."
            raise ProblemError(429, told, headers={"Retry-After": str(RETRY_S)})
        self._inside[address] = mine + 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside[address] -= 1
            if not self._inside[address]:
                del self._inside[address]
