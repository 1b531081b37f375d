"""Those who notice when something is away: each writes down the moments at which all was well, and tells the gaps."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import httpx

STREAM = "/stream/state?region=440100"
RETRY_S = 1.0
"""A page waits so long before it opens its line again, at first (`assets/js/line.js`)."""

QUIET_S = 7.0
"""A line on which a page hears nothing for so long is taken for dead."""


def longest_gap(moments: Sequence[float], begin: float, end: float) -> float:
    """Return for how many seconds at most nothing was well between two moments, the last one before them included."""
    before = [one for one in moments if one <= begin][-1:] or [begin]
    within = [one for one in moments if begin < one < end]
    return max((later - earlier for earlier, later in pairwise([*before, *within, end])), default=0.0)


class Watcher(threading.Thread):
    """Asks `is_well` again and again until it is stopped."""

    def __init__(self, name: str, is_well: Callable[[], bool], every_s: float = 0.2) -> None:
        super().__init__(name=name)
        self._is_well, self._every_s, self._over = is_well, every_s, threading.Event()
        self.moments: list[float] = []

    def run(self) -> None:
        """Note when it was."""
        while not self._over.wait(self._every_s):
            if self._is_well():
                self.moments.append(time.monotonic())

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()


def rises(number: Callable[[], int]) -> Callable[[], bool]:
    """Return a question whether a number is greater than it was."""
    greatest = -1

    def has_risen() -> bool:
        nonlocal greatest
        last, greatest = greatest, max(greatest, number())
        return greatest > last

    return has_risen


def answers(url: str, headers: Mapping[str, str]) -> Callable[[], bool]:
    """Return a question whether an address answers, asked on a connection of its own."""

    def does_answer() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(url, headers=dict(headers), timeout=10, trust_env=False).is_success
        return False

    return does_answer


class Line(threading.Thread):
    """The line of a wall's page, opened again as a page does: notes each event and, apart, each state."""

    def __init__(self, wall_url: str, dashboard_url: str) -> None:
        super().__init__(name="line")
        self._wall, self._stream = wall_url, dashboard_url.rstrip("/") + STREAM
        self._over = threading.Event()
        self.moments: list[float] = []
        self.states: list[float] = []
        self.lines = 0

    def run(self) -> None:
        """Read until stopped."""
        timeout = httpx.Timeout(QUIET_S)
        with httpx.Client(timeout=timeout, trust_env=False, follow_redirects=True) as client:
            while not self._over.is_set():
                with contextlib.suppress(httpx.HTTPError):
                    self._read(client)
                self._over.wait(RETRY_S)

    def _read(self, client: httpx.Client) -> None:
        if not client.cookies:
            client.get(self._wall)
        with client.stream("GET", self._stream) as answer:
            answer.raise_for_status()
            self.lines += 1
            for line in answer.iter_lines():
                if self._over.is_set():
                    return
                if line.startswith("event:"):
                    self.moments.append(time.monotonic())
                    if line.endswith("state"):
                        self.states.append(self.moments[-1])

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self.join()
