"""How a source says that its broker is of no use to a worker, and the worker ends with the reason."""

import threading

from cityops.errors import CityopsError


class UnfitBrokerError(CityopsError):
    """A broker with which a worker would look healthy and store nothing, or lose what it is sent."""


class Unfit:
    """Stops a worker whose broker is of no use to it, and lets the reason be raised where the worker ends."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._error: UnfitBrokerError | None = None

    def __call__(self, error: UnfitBrokerError) -> None:
        """Note the reason, and stop."""
        self._error = error
        self._stop.set()

    def complain(self) -> None:
        """Raise the reason, if there is one.

        Raises
        ------
        UnfitBrokerError
            The broker was of no use.
        """
        if self._error is not None:
            raise self._error
