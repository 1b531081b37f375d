"""Finds out whom a token stands for, and remembers it for a moment: for the doors of the API and of HTTP ingest."""

from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from cityops import characters
from cityops.store.access import credentials
from cityops.store.engine import writing

KEPT_S = 2.0
"""A credential that was found is taken for good this long; after revoking it, that is how long it lives on."""

AWAY_S = 600.0
"""The same while the database cannot be asked: without it there is nothing to read but how the API itself fares."""

MOST_KEPT = 10_000

Find = Callable[[Connection, str], credentials.Known | None]


class TokenDoor:
    """Looks credentials up, and remembers for a moment those that were found: a screen asks every second."""

    def __init__(self, engine: Engine, find: Find = credentials.find) -> None:
        self._engine, self._lock, self._find = engine, Lock(), find
        self._kept: dict[str, tuple[float, credentials.Known]] = {}

    def remembered(self, token: str) -> credentials.Known | None:
        """Return whom a token stands for if that was found out a moment ago; never waits."""
        kept = self._kept.get(token)
        return kept[1] if kept is not None and monotonic() - kept[0] < KEPT_S else None

    def has_known(self, token: str) -> bool:
        """Return whether a token was good when it was last looked up."""
        return token in self._kept

    def expect(self, token: str, known: credentials.Known) -> None:
        """Count a token that was made just now among the good ones; it is looked up when it is shown."""
        with self._lock:
            self._kept[token] = -inf, known

    def known(self, token: str) -> credentials.Known | None:
        """Return whom a token stands for, None where it stands for nobody (any more)."""
        now = monotonic()
        try:
            found = self._found(token)
        except (DBAPIError, PoolTimeoutError):
            kept = self._kept.get(token)
            if kept is None or now - kept[0] > AWAY_S:
                raise
            return kept[1]
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept.pop(token, None)
            if found is not None:
                self._kept[token] = now, found
        return found

    def forget(self, token: str) -> None:
        """Look again for whom a token stands, the next time it is shown."""
        with self._lock:
            self._kept.pop(token, None)

    def _found(self, token: str) -> credentials.Known | None:
        if characters.reason(token) is not None:  # the database could not even be asked
            return None
        with writing(self._engine) as connection:
            found = self._find(connection, token)
            if found is not None and not found.noted:
                credentials.note_use(connection, [found.id])
        return found
