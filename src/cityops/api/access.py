"""The API's door: finds out who asks, and whether that subject may; every route takes its subject from here."""

from threading import Lock
from time import monotonic

from fastapi import Request, params
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.concurrency import run_in_threadpool

from cityops.api.problems import ProblemError
from cityops.domain.access import Permission, Subject
from cityops.domain.reach import REACH, Reach
from cityops.store import credentials
from cityops.store.engine import writing

KEPT_S = 2.0
"""A credential that was found is taken for good this long; after revoking it, that is how long it lives on."""

AWAY_S = 600.0
"""The same while the database cannot be asked: without it there is nothing to read but how the API itself fares."""

MOST_KEPT = 10_000
PUBLIC = {
    "GET /health/live": "A supervisor has no credential; it says that the process lives.",
    "GET /health/ready": "A supervisor has no credential; it says whether the database answers.",
    "GET /api/v1/openapi.json": "What may be asked and how to sign in; it holds no data.",
    "POST /api/v1/sessions": "Whoever signs in has no credential yet.",
    "POST /api/v1/sessions/oidc": "Whoever signs in has no credential yet.",
}
"""Routes without a guard, each with the reason; the tests let no other one be without."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cityops"'}


class Door:
    """Looks credentials up, and remembers for a moment those that were found: a screen asks every second."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._kept: dict[str, tuple[float, credentials.Known]] = {}

    def remembered(self, token: str) -> credentials.Known | None:
        """Return whom a token stands for if that was found out a moment ago; never waits."""
        kept = self._kept.get(token)
        return kept[1] if kept is not None and monotonic() - kept[0] < KEPT_S else None

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

    def forget(self, request: Request) -> None:
        """Look again for whom the request's token stands, the next time it is shown."""
        with self._lock:
            self._kept.pop(_token(request) or "", None)

    def _found(self, token: str) -> credentials.Known | None:
        with writing(self._engine) as connection:
            found = credentials.find(connection, token)
            if found is not None and not found.noted:
                credentials.note_use(connection, [found.id])
        return found


class Guard:
    """A dependency that gives a route its subject, and refuses who lacks the permission before the route begins."""

    def __init__(self, permission: Permission | None, reach: Reach) -> None:
        self.permission, self.reach = permission, reach

    async def __call__(self, request: Request) -> Subject:
        """Return who asks.

        Raises
        ------
        ProblemError
            401 where no valid credential is shown, 403 where its role may not do this.
        """
        return _permitted(await _present(request), self.permission)


def needs(permission: Permission | None, reach: Reach | None = None) -> params.Depends:
    """Return what a route declares its subject with: `subject: Annotated[Subject, needs(...)]`.

    None permits whoever is signed in. `reach` says what the subject's scope does to the answer, where that differs
    from what the permission says: docs/reference/access.md is made of it, and the tests hold the route to it.
    """
    return params.Depends(Guard(permission, reach or (REACH[permission] if permission else Reach.OWN)))


async def _present(request: Request) -> Subject:
    token = _token(request)
    if token is None:
        raise ProblemError(
            401, "Nobody is signed in: send an API key or a session as `Authorization: Bearer …`.", headers=CHALLENGE
        )
    door = request.app.state.door
    # A screen asks every second: whom the door remembers costs no thread.
    known = door.remembered(token) or await run_in_threadpool(door.known, token)
    if known is None:
        raise ProblemError(
            401, "The credential is not known, has run out or was revoked: ask for a new one.", headers=CHALLENGE
        )
    request.state.known = known  # for the audit
    subject: Subject = known.subject
    return subject


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _permitted(subject: Subject, permission: Permission | None) -> Subject:
    if permission is not None and not subject.may(permission):
        raise ProblemError(403, f"{subject.role} may not do {permission}; an administrator can say who may.")
    return subject


def check_touches(subject: Subject, region_code: str) -> None:
    """Refuse a region of which the subject may see nothing in detail.

    Raises
    ------
    ProblemError
        403; the text names the region and the subject's area.
    """
    if not subject.scope.touches(region_code):
        raise ProblemError(403, f"Region {region_code} lies outside your area: {scope_text(subject)}.")


def scope_text(subject: Subject) -> str:
    """Return a scope in words, such as `districts 440105`."""
    return " ".join((subject.scope.kind, *sorted(subject.scope.codes)))
