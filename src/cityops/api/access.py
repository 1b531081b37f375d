"""The API's door: finds out who asks, and whether that subject may; every route takes its subject from here."""

from threading import Lock
from time import monotonic

from fastapi import Request, params
from sqlalchemy import Engine

from cityops.api.problems import ProblemError
from cityops.domain.access import Permission, Subject
from cityops.store import credentials
from cityops.store.engine import writing

KEPT_S = 2.0
"""A credential that was found is taken for good this long; after revoking it, that is how long it lives on."""

MOST_KEPT = 10_000
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cityops"'}


class Door:
    """Looks credentials up, and remembers for a moment those that were found: a screen asks every second."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, Lock()
        self._kept: dict[str, tuple[float, credentials.Known]] = {}

    def known(self, token: str) -> credentials.Known | None:
        """Return whom a token stands for, None where it stands for nobody (any more)."""
        now = monotonic()
        kept = self._kept.get(token)
        if kept is not None and now - kept[0] < KEPT_S:
            return kept[1]
        with writing(self._engine) as connection:
            found = credentials.find(connection, token)
            if found is not None:
                credentials.note_use(connection, [found.id])
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept.pop(token, None)
            if found is not None:
                self._kept[token] = now, found
        return found


class Guard:
    """A dependency that gives a route its subject, and refuses who lacks the permission before the route begins."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> Subject:
        """Return who asks.

        Raises
        ------
        ProblemError
            401 where no valid credential is shown, 403 where its role may not do this.
        """
        return _permitted(_present(request), self.permission)


def needs(permission: Permission) -> params.Depends:
    """Return what a route declares its subject with: `subject: Annotated[Subject, needs(...)]`."""
    return params.Depends(Guard(permission))


def _present(request: Request) -> Subject:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(
            401, "Nobody is signed in: send an API key or a session as `Authorization: Bearer …`.", headers=CHALLENGE
        )
    known = request.app.state.door.known(token.strip())
    if known is None:
        raise ProblemError(
            401, "The credential is not known, has run out or was revoked: ask for a new one.", headers=CHALLENGE
        )
    subject: Subject = known.subject
    return subject


def _permitted(subject: Subject, permission: Permission) -> Subject:
    if not subject.may(permission):
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
