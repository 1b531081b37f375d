"""Values that the state keeps for a while: made anew by whoever asks first after that, and given to all."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

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
