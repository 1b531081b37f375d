"""Puts off at the broker the keys of sources that flood, by what the workers refused, and lets them in again.

The workers may only read at the broker; who lets keys in and out there does this too. What is put off is marked in
the broker alone, so that it is found again after a restart of either.
"""

from collections.abc import Iterable

from sqlalchemy import Engine

from cityops.domain.audit import Action, Actor
from cityops.mqtt.senders import control_of
from cityops.store.access import audit, overload
from cityops.store.engine import writing

HELD_S = 60.0
"""How long after the last refusal of its flood a source is let in again."""


class Doorkeeper:
    """Looks who floods; between floods it asks the database alone."""

    def __init__(self, engine: Engine, admin_url: str, actor: Actor) -> None:
        self._engine, self._admin_url, self._actor = engine, admin_url, actor
        self._senders = control_of(admin_url)
        self._off: set[str] | None = None

    def look(self, held_s: float = HELD_S) -> tuple[list[str], list[str]]:
        """Put off the keys of sources that flood now, and let in those that no longer do; return the ids of both.

        Each is written into the audit in the same transaction; the broker is told last.

        Raises
        ------
        BrokerControlError
            The broker does not answer, or refuses the administrator.
        """
        if self._off is None:
            self._off = {key for key, is_put_off in self._senders.disabled(self._admin_url).items() if is_put_off}
        off, self._off = self._off, None  # where the rest fails, the broker is asked what became of it
        with writing(self._engine) as connection:
            sources = overload.flooding(connection, held_s)
            flooding = overload.keys_of(connection, sources) if sources else {}
            new, over = self._not_yet_off(flooding, off), sorted(off - flooding.keys())
            for key in new:
                detail = {"sources": flooding[key], "seconds": held_s}
                audit.record(connection, self._actor, Action.CREDENTIAL_PUT_OFF, key, detail=detail)
            for key in over:
                audit.record(connection, self._actor, Action.CREDENTIAL_LET_IN, key)
            self._senders.put_off(self._admin_url, new)
            self._senders.let_in(self._admin_url, over)
        self._off = (off | set(new)) - set(over)
        return new, over

    def _not_yet_off(self, flooding: Iterable[str], off: set[str]) -> list[str]:
        """Return which of these keys are let in: one that somebody has disabled by hand stays so."""
        new = set(flooding) - off
        return sorted(new - self._senders.disabled(self._admin_url).keys()) if new else []
