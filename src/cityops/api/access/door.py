"""The API's door: finds out who asks, and whether that subject may; every route takes its subject from here."""

from collections.abc import AsyncIterator

from fastapi import Request, params
from starlette.concurrency import run_in_threadpool

from cityops.api.access.rates import Rates, is_service
from cityops.api.access.strangers import Strangers
from cityops.api.problems import ProblemError
from cityops.api.room import PAGE
from cityops.domain.access import Permission, Subject
from cityops.domain.reach import REACH, Reach
from cityops.rates import address_of
from cityops.store.access.credentials import Known
from cityops.store.access.tokens import TokenDoor

PUBLIC = {
    "GET /health/live": "A supervisor has no credential; it says that the process lives.",
    "GET /health/ready": "A supervisor has no credential; it says whether the database answers.",
    "GET /api/v1/openapi.json": "What may be asked and how to sign in; it holds no data.",
    "GET /docs": "A page over that document, and what it loads; it asks with the key that its reader gives to it.",
    "GET /docs/start.js": "Starts the page.",
    "GET /docs/swagger-ui-bundle.js": "Swagger UI, out of its package.",
    "GET /docs/swagger-ui.css": "Swagger UI, out of its package.",
    "GET /docs/favicon-32x32.png": "Swagger UI, out of its package.",
    "POST /api/v1/sessions": "Whoever signs in has no credential yet.",
    "POST /api/v1/sessions/oidc": "Whoever signs in has no credential yet.",
}
"""Routes without a guard, each with the reason; the tests let no other one be without."""

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cityops"'}


class Guard:
    """A dependency that gives a route its subject, and refuses who lacks the permission before the route begins."""

    def __init__(self, permission: Permission | None, reach: Reach) -> None:
        self.permission, self.reach = permission, reach

    async def __call__(self, request: Request) -> AsyncIterator[Subject]:
        """Give who asks; until the answer has been sent, it has a place in the room of what is under way.

        Raises
        ------
        ProblemError
            401 where no valid credential is shown, 403 where its role may not do this, 429 where it asks too often or
            has too much under way.
        """
        known = await _present(request)
        subject = _permitted(known.subject, self.permission)
        place = request.app.state.room.place(known.id, is_counted=not is_service(known))
        try:
            place.take(PAGE)
            request.state.place = place
            yield subject
        finally:
            place.close()


def needs(permission: Permission | None, reach: Reach | None = None) -> params.Depends:
    """Return what a route declares its subject with: `subject: Annotated[Subject, needs(...)]`.

    None permits whoever is signed in. `reach` says what the subject's scope does to the answer, where that differs
    from what the permission says: docs/reference/access.md is made of it, and the tests hold the route to it.
    """
    return params.Depends(Guard(permission, reach or (REACH[permission] if permission else Reach.OWN)))


async def _present(request: Request) -> Known:
    token = token_shown(request)
    if token is None:
        _check_stranger(request, take=1)
        raise ProblemError(
            401, "Nobody is signed in: send an API key or a session as `Authorization: Bearer …`.", headers=CHALLENGE
        )
    door: TokenDoor = request.app.state.door
    if not door.has_known(token):
        _check_stranger(request, take=0)  # before the database is asked
        lookups: Strangers = request.app.state.lookups
        known = await lookups.run(address_of(request.scope), lambda: door.known(token))
    else:  # a screen asks every second: whom the door remembers costs no thread
        known = door.remembered(token) or await run_in_threadpool(door.known, token)
    if known is None:
        _check_stranger(request, take=1)
        raise ProblemError(
            401, "The credential is not known, has run out or was revoked: ask for a new one.", headers=CHALLENGE
        )
    request.app.state.rates.check_known(known)
    request.state.known = known  # for the audit
    return known


def _check_stranger(request: Request, take: int) -> None:
    rates: Rates = request.app.state.rates
    rates.check_stranger(address_of(request.scope), take=take)


def token_shown(request: Request) -> str | None:
    """Return the token of a request, None where it shows none."""
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
        raise outside(subject, region_code)


def outside(subject: Subject, region_code: str) -> ProblemError:
    """Return the refusal of a region: the text names it and the subject's area."""
    return ProblemError(403, f"Region {region_code} lies outside your area: {scope_text(subject)}.")


def scope_text(subject: Subject) -> str:
    """Return a scope in words, such as `districts 440105`."""
    return " ".join((subject.scope.kind, *sorted(subject.scope.codes)))
