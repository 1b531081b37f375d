"""Values that the state keeps for a while and gives to all; then who asks makes them anew, or a thread beside."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()

PATIENCE_S = 5.0
"""How long an answer waits for a computation; longer, and the database counts as away."""

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """A value that is made anew when it is older than `seconds`, by one thread at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._lock = seconds, threading.Lock()
        self._value: tuple[float, Value] | None = None

    def get(self, make: Callable[[], Value]) -> Value:
        """Return the kept value, or what `make` returns now."""
        if not self._lock.acquire(timeout=PATIENCE_S):
            raise TimeoutError("another thread has waited too long for the database")
        try:
            if self._value is None or monotonic() - self._value[0] >= self._seconds:
                began = monotonic()
                self._value = began, make()
            return self._value[1]
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Have the value made anew at the next call."""
        self._value = None


class Renewed(Generic[Value]):
    """A value that a thread of its own makes anew when it is older than `seconds`, so that nobody waits for it.

    Only one that is not there yet, or that nobody has asked for in so long that it is thrice as old, is waited for.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._kept = seconds, Kept[Value](seconds)
        self._last: tuple[float, Value] | None = None
        self._renewing = threading.Lock()

    def get(self, make: Callable[[], Value]) -> Value:
        """Return the value; `make` may run in another thread."""
        last = self._last
        age = None if last is None else monotonic() - last[0]
        if last is None or age is None or age >= 3 * self._seconds:
            return self._made(make)
        if age >= self._seconds and self._renewing.acquire(blocking=False):
            threading.Thread(target=self._renew, args=(make,), name="renewing", daemon=True).start()
        return last[1]

    def _made(self, make: Callable[[], Value]) -> Value:
        began = monotonic()
        value = self._kept.get(make)
        self._last = began, value
        return value

    def _renew(self, make: Callable[[], Value]) -> None:
        try:
            self._made(make)
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("a part of the state was not renewed; it is told as it was", error=str(error))
        finally:
            self._renewing.release()
