"""Refusals on their way into the audit: collected without waiting, summed where they repeat, written by a thread.

Whoever has no credential can be refused as often as he likes. So that this cannot fill the disk, the refusals of one
subject or address are one row when they begin, and one more with their number after five minutes; beyond fifty
subjects and addresses in that time all others share one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic

import structlog
from fastapi import Request
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from cityops.api.audit import actor_of
from cityops.domain.audit import NOBODY, Action, Actor, Outcome
from cityops.store import audit
from cityops.store.engine import writing

WINDOW_S = 300.0
MOST = 50
"""Subjects and addresses told apart within a window: at worst 102 rows in five minutes, some 12 MB a day."""

WRITE_EVERY_S = 1.0
MOST_WAITING = 1000
"""Rows that wait for a database that is away; those beyond are counted in the log alone."""

SIGN_IN = "/api/v1/sessions"
"""A sign-in that fails is recorded where it is judged."""
OIDC = f"{SIGN_IN}/oidc"
"""Refuses by 403 too, whom the provider knows and no rule here."""

_OTHERS = Actor("others")
_log = structlog.get_logger()


@dataclass
class _Group:
    actor: Actor
    action: Action
    object: str
    reason: str
    began: float
    again: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    group: _Group
    again: int


class Refusals:
    """Takes refusals from requests and writes them soon after."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._lock, self._over = Lock(), Event()
        self._groups: dict[tuple[str, str], _Group] = {}
        self._waiting: list[_Row] = []
        self._thread: Thread | None = None

    def note(self, request: Request, status: int, reason: str) -> None:
        """Take the refusal of a request; never waits for the database, never raises for it."""
        action = Action.ACCESS_UNKNOWN if status == 401 else Action.ACCESS_REFUSED
        is_sign_in = request.url.path == OIDC or action is Action.ACCESS_UNKNOWN
        if is_sign_in and request.url.path.startswith(SIGN_IN):
            return
        self.take(actor_of(request), action, f"{request.method} {request.url.path}", reason)

    def take(self, actor: Actor, action: Action, object_: str, reason: str) -> None:
        """Take a refusal: the first of its subject or address is a row, those that follow are counted."""
        who = actor.name if actor.name != NOBODY else f"{NOBODY} {actor.address}"
        with self._lock:
            group = self._groups.get((action, who))
            if group is None and len(self._groups) >= MOST:
                actor, who = _OTHERS, _OTHERS.name
                group = self._groups.get((action, who))
            if group is not None:
                group.again += 1
                return
            group = _Group(actor, action, object_, reason, self._clock())
            self._groups[action, who] = group
            self._put(_Row(group, 0))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="refusals", daemon=True)
                self._thread.start()

    def write(self, *, all_: bool = False) -> None:
        """Write what waits, and the numbers of the groups whose window is over (`all_`: of every group)."""
        with self._lock:
            ended = [key for key, one in self._groups.items() if all_ or self._clock() - one.began >= WINDOW_S]
            for group in map(self._groups.pop, ended):
                if group.again:
                    self._put(_Row(group, group.again))
            rows, self._waiting = self._waiting, []
        if not rows:
            return
        try:
            with writing(self._engine) as connection:
                for row in rows:
                    _record(connection, row)
        except SQLAlchemyError as error:
            _log.warning("refusals not audited yet", rows=len(rows), error=type(error).__name__)
            with self._lock:
                self._waiting = rows + self._waiting

    def close(self) -> None:
        """Write all, and end the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self.write(all_=True)

    def _put(self, row: _Row) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(row)
        else:
            _log.warning("refusal not audited: too many wait", subject=row.group.actor.name, action=row.group.action)

    def _run(self) -> None:
        while not self._over.wait(WRITE_EVERY_S):
            self.write()


def _record(connection: Connection, row: _Row) -> None:
    group = row.group
    detail = {"reason": group.reason} | ({"again": row.again} if row.again else {})
    audit.record(connection, group.actor, group.action, group.object, Outcome.REFUSED, detail)
