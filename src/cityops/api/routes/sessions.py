"""Signing in and out over HTTP, and who one is: from accounts and credentials in the store to the dashboard."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from starlette.convertors import Convertor, register_url_convertor

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs, token_shown
from cityops.api.access.rates import too_many_sign_ins
from cityops.api.access.strangers import Strangers
from cityops.api.connections import Reads, Writes
from cityops.domain.access import PERMISSIONS, Subject
from cityops.domain.audit import NOBODY, Action, Actor
from cityops.rates import address_of
from cityops.services import accounts as account_acts
from cityops.services import filters as filter_acts
from cityops.services import sessions as acts
from cityops.store.access import accounts, attempts, filters, passwords
from cityops.store.access.credentials import CredentialKind, Known, sessions
from cityops.store.engine import writing

router = APIRouter(tags=["access"])

REFUSED = (
    "The login or the password is wrong, or the account is locked or disabled. Five wrong passwords lock an account "
    "for 15 minutes, further ones for longer; an administrator can unlock it."
)
CredentialId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]


class _SessionId(Convertor[str]):
    """So that `/sessions/current` and its like are not taken for the id of a session."""

    regex = "[0-9a-f]{16}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("session_id", _SessionId())


@router.post("/sessions", responses=problems.documented(400, 401, 422, 429, 503))
async def open_session(request: Request, asked: schemas.SignIn) -> schemas.SessionOut:
    """Sign in: the session's token goes into `Authorization: Bearer …` of what is asked next."""
    given = asked.login, asked.password.get_secret_value()
    return await _in_turn(request, asked.login, lambda: opened(request, _checked(request, *given)))


@router.delete("/sessions/current", status_code=204, responses=problems.documented(404, 503))
def close_session(
    subject: Annotated[Subject, needs(None)], request: Request, _: Annotated[schemas.Query, Query()]
) -> Response:
    """Sign out: the session of this request ends at once."""
    known: Known = request.state.known
    return _closed(request, subject, known.id)


@router.get("/sessions", responses=problems.documented(503))
def get_sessions(
    subject: Annotated[Subject, needs(None)], request: Request, reads: Reads, _: Annotated[schemas.Query, Query()]
) -> list[schemas.CredentialOut]:
    """List one's own sessions that are still valid, newest first."""
    with reads.of_access() as connection:
        rows = sessions(connection, subject.name) if request.state.known.kind is CredentialKind.SESSION else []
    return [schemas.CredentialOut(**row) for row in rows]


@router.delete("/sessions/{credential_id:session_id}", status_code=204, responses=problems.documented(404, 422, 503))
def close_other_session(
    subject: Annotated[Subject, needs(None)],
    request: Request,
    credential_id: CredentialId,
    _: Annotated[schemas.Query, Query()],
) -> Response:
    """End one of one's own sessions, such as that of a lost laptop."""
    return _closed(request, subject, credential_id)


@router.get("/me", responses=problems.documented(503))
def get_me(
    _: Annotated[Subject, needs(None)], request: Request, __: Annotated[schemas.Query, Query()]
) -> schemas.SubjectOut:
    """Say who asks: name, role, area, what is permitted, and until when."""
    return subject_out(request.state.known)


@router.get("/me/filters", responses=problems.documented(503))
def get_own_filters(
    subject: Annotated[Subject, needs(None)], request: Request, reads: Reads, _: Annotated[schemas.Query, Query()]
) -> list[schemas.SavedFilterOut]:
    """List the filters of cases that one keeps, in order of their places; who has not signed in keeps none."""
    if request.state.known.kind is not CredentialKind.SESSION:
        return []
    with reads(subject) as connection:
        return [schemas.SavedFilterOut(**row) for row in filters.owned(connection, subject.name)]


@router.put("/me/filters", responses=problems.documented(400, 404, 409, 422, 503))
def save_own_filter(
    subject: Annotated[Subject, needs(None)], request: Request, writes: Writes, asked: schemas.FilterAsked
) -> schemas.SavedFilterOut:
    """Keep a filter of cases under a name, instead of what one kept under it; there is room for nine."""
    _check_keeps(request)

    def save() -> int:
        with writes(subject) as connection:
            return filter_acts.save(connection, actor_of(request), asked.name, asked.todo, asked.q)

    try:
        place = save()
    except IntegrityError:  # another window of the same person took the place
        place = save()
    return schemas.SavedFilterOut(place=place, **asked.model_dump())


@router.delete("/me/filters", status_code=204, responses=problems.documented(404, 422, 503))
def remove_own_filter(
    subject: Annotated[Subject, needs(None)],
    request: Request,
    writes: Writes,
    query: Annotated[schemas.FilterNamed, Query()],
) -> Response:
    """Forget a filter of one's own."""
    _check_keeps(request)
    with writes(subject) as connection:
        filter_acts.remove(connection, actor_of(request), query.name)
    return Response(status_code=204)


@router.post("/me/password", responses=problems.documented(400, 401, 404, 422, 429, 503))
async def change_own_password(
    subject: Annotated[Subject, needs(None)], request: Request, asked: schemas.PasswordChange
) -> schemas.SessionOut:
    """Choose a password of one's own; all sessions of the account end, and a new one begins."""
    if request.state.known.kind is not CredentialKind.SESSION:
        raise problems.not_found("password", f"of this {request.state.known.kind}", "Only an account has one.")
    return await _in_turn(request, subject.name, lambda: _changed(request, subject, asked))


def _check_keeps(request: Request) -> None:
    kind = request.state.known.kind
    if kind is not CredentialKind.SESSION:  # its label may be somebody's login
        raise problems.not_found("filter", f"of this {kind}", "Only who signed in keeps filters.")


def _changed(request: Request, subject: Subject, asked: schemas.PasswordChange) -> schemas.SessionOut:
    charged = _checked(request, subject.name, asked.password.get_secret_value())
    new = asked.new_password.get_secret_value()
    with writing(_engine(request)) as connection:  # of its own: a refused new password is no wrong present one
        if not accounts.settle(connection, charged):
            raise problems.ProblemError(401, REFUSED)
    with writing(_engine(request)) as connection:
        account_acts.set_password(connection, actor_of(request), subject.name, new, own=True)
    request.app.state.door.forget(token_shown(request) or "")
    fresh = accounts.Charged(charged.id, charged.login, None)
    return opened(request, fresh)


def subject_out(known: Known) -> schemas.SubjectOut:
    """Return how a credential that is known is told to whoever shows it."""
    subject = known.subject
    return schemas.SubjectOut(
        name=subject.name,
        display_name=known.display_name,
        kind=known.kind,
        role=subject.role,
        scope_kind=subject.scope.kind,
        scope_codes=sorted(subject.scope.codes),
        permissions=sorted(PERMISSIONS[subject.role]),
        scene=known.scene,
        expires_at=known.expires_at,
        has_password=known.has_password,
        interim_password=known.interim_password,
    )


async def _in_turn(request: Request, login: str, work: Callable[[], schemas.SessionOut]) -> schemas.SessionOut:
    """Do what compares a password, which anybody may ask for: in threads that nothing else waits for."""
    address = address_of(request.scope)
    request.app.state.rates.check_sign_in(address, login)
    sign_ins: Strangers = request.app.state.sign_ins

    def counted() -> schemas.SessionOut:
        with writing(_engine(request)) as connection:  # of its own: counted, whatever comes of it
            has_left = attempts.take_sign_in(connection, address)
        if not has_left:
            raise too_many_sign_ins(1)
        return work()

    return await sign_ins.run(address, counted)


def _checked(request: Request, login: str, password: str) -> accounts.Charged:
    """Return the account whose password this is; what is wrong takes as long as what is right, and is counted."""
    with writing(_engine(request)) as connection:
        charged = accounts.charge(connection, login)
        is_known = accounts.one(connection, login) is not None
    is_right = False
    try:
        is_right = passwords.is_right(password, charged.password_hash if charged else None)
    finally:  # recorded, whatever is raised
        if not is_right:
            # A login that is none may be a password in the wrong field: it is not written down.
            actor = Actor(login if is_known else NOBODY, address=actor_of(request).address)
            told = "wrong, locked, disabled or unknown"
            request.app.state.refusals.take(actor, Action.SESSION_REFUSED, "password", told)
    if charged is None or not is_right:
        raise problems.ProblemError(401, REFUSED)
    return charged


def opened(request: Request, charged: accounts.Charged) -> schemas.SessionOut:
    """Begin a session of an account for which somebody has vouched; 401 if it was changed or disabled meanwhile."""
    seen = actor_of(request)
    with writing(_engine(request)) as connection:
        begun = acts.begin(connection, charged, seen.address, seen.request_id)
    if begun is None:
        raise problems.ProblemError(401, REFUSED)
    token, known = begun
    assert known.expires_at is not None
    request.app.state.door.expect(token, known)  # so that strangers behind the same address do not hold it up
    return schemas.SessionOut(token=token, expires_at=known.expires_at, subject=subject_out(known))


def _closed(request: Request, subject: Subject, identifier: str) -> Response:
    known: Known = request.state.known
    if known.kind is not CredentialKind.SESSION:  # its label may be somebody's login
        raise problems.not_found("session", f"of this {known.kind}", "Only who signed in can sign out.")
    with writing(_engine(request)) as connection:
        acts.end(connection, actor_of(request), subject.name, identifier)
    request.app.state.door.forget(token_shown(request) or "")
    return Response(status_code=204)


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine
