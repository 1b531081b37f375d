"""Refusals on their way into the audit: collected without waiting, summed where they repeat, written by a thread.

Whoever has no credential can be refused as often as he likes. So that this cannot fill the disk, the refusals of one
subject or address at one route and region are one row when they begin, and one more with their number after five
minutes. Beyond some routes and regions all others of that subject share one, and beyond fifty subjects and addresses
all others do.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic

import structlog
from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cityops.api.access.actors import actor_of
from cityops.domain.audit import NOBODY, Action, Actor, AuditOutcome
from cityops.domain.regions import CommunityError, region_code
from cityops.store.access import audit
from cityops.store.engine import WriteConnection, writing

WINDOW_S = 300.0
MOST = 50
"""Subjects told apart within a window, and as many addresses."""
EACH = {Action.ACCESS_REFUSED: 10, Action.ACCESS_UNKNOWN: 3, Action.SESSION_REFUSED: 2}
"""Routes and regions told apart of a subject within a window, and of an address; of a login the two ways to sign in.

At worst 402 rows in five minutes from strangers, some 47 MB a day, 202 more from refused sign-ins, and 22 from each
who is signed in."""
OTHERS = "others"
"""Name of the subjects, and of the objects, that are not told apart."""

WRITE_EVERY_S = 1.0
MOST_WAITING = 1000
"""Rows that wait for a database that is away; those beyond are counted in the log alone."""

SIGN_IN = "/api/v1/sessions"
"""A sign-in that fails is recorded where it is judged."""
OIDC = f"{SIGN_IN}/oidc"
"""Refuses by 403 too, whom the provider knows and no rule here."""
WAYS = {SIGN_IN: "password", OIDC: "oidc"}
"""The ways to sign in, as objects of the audit."""
MALFORMED = frozenset({400, 422})

_REGION = re.compile(r"[0-9]{6}([0-9]{3})?")
_log = structlog.get_logger()


@dataclass
class _Group:
    actor: Actor
    action: Action
    object: str
    reason: str
    again: int = 0


@dataclass
class _Asker:
    began: float
    groups: dict[str, _Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    group: _Group
    again: int


class Refusals:
    """Takes refusals from requests and writes them soon after."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._lock, self._over = Lock(), Event()
        self._askers: dict[Action, dict[str, _Asker]] = {action: {} for action in EACH}
        self._waiting: list[_Row] = []
        self._thread: Thread | None = None

    def note(self, request: Request, status: int, reason: str) -> None:
        """Take the refusal of a request; never waits for the database, never raises for it."""
        if status in MALFORMED:
            self._note_malformed(request, reason)
            return
        action = Action.ACCESS_UNKNOWN if status == 401 else Action.ACCESS_REFUSED
        is_sign_in = request.url.path == OIDC or action is Action.ACCESS_UNKNOWN
        if is_sign_in and request.url.path.startswith(SIGN_IN):
            return
        asked = _asked(request.query_params.get("region", ""))
        object_ = f"{request.method} {request.url.path}{asked}"
        route = getattr(request.scope.get("route"), "path", request.url.path)
        self.take(actor_of(request), action, object_, reason, alike=f"{request.method} {route}{asked}")

    def _note_malformed(self, request: Request, reason: str) -> None:
        """Take a sign-in that could not even be read; whoever else sends what cannot be read was refused nothing."""
        way = WAYS.get(request.url.path)
        if way is not None and request.method == "POST":
            self.take(Actor(NOBODY, address=actor_of(request).address), Action.SESSION_REFUSED, way, reason)

    def take(self, actor: Actor, action: Action, object_: str, reason: str, alike: str | None = None) -> None:
        """Take a refusal: the first of its subject or address is a row, those that follow `alike` are counted.

        `alike` is the object where it is not given.
        """
        alike = object_ if alike is None else alike
        who = actor.name if actor.name != NOBODY else f"{NOBODY} {actor.address}"
        with self._lock:
            askers = self._askers[action]
            if who not in askers and len(askers) >= MOST:
                actor, who, object_, alike = Actor(OTHERS), OTHERS, OTHERS, OTHERS
            groups = askers.setdefault(who, _Asker(self._clock())).groups
            if alike not in groups and len(groups) >= EACH[action]:
                object_ = alike = OTHERS
            if alike in groups:
                groups[alike].again += 1
                return
            groups[alike] = _Group(actor, action, object_, reason)
            self._put(_Row(groups[alike], 0))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="refusals", daemon=True)
                self._thread.start()

    def write(self, *, all_: bool = False) -> None:
        """Write what waits, and the numbers of the groups whose window is over (`all_`: of every group)."""
        with self._lock:
            for askers in self._askers.values():
                ended = [who for who, one in askers.items() if all_ or self._clock() - one.began >= WINDOW_S]
                for group in (group for who in ended for group in askers.pop(who).groups.values()):
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


def _asked(region: str) -> str:
    """Return the region that was asked for, as part of an object; nothing where it is none."""
    with suppress(CommunityError):
        code = region_code(region)
        return f"?region={code}" if _REGION.fullmatch(code) else ""
    return ""


def _record(connection: WriteConnection, row: _Row) -> None:
    group = row.group
    detail = {"reason": group.reason} | ({"again": row.again} if row.again else {})
    audit.record(connection, group.actor, group.action, group.object, AuditOutcome.REFUSED, detail)
