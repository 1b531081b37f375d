"""Views of the data page over HTTP: one's own and those that others share, kept, called otherwise, forgotten."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.asked import SeriesQuery, resolve
from cityops.api.connections import Reads, Writes
from cityops.api.pages import LARGEST_ID
from cityops.api.schemas.indicators.views import ViewAsked, ViewChange, ViewOut
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.indicators.views import ViewQuestion
from cityops.domain.reach import Reach
from cityops.services.indicators import views as acts
from cityops.store.access.credentials import CredentialKind
from cityops.store.indicators import views

router = APIRouter(prefix="/views", tags=["series"])
_Reader = Annotated[Subject, needs(Permission.SERIES_READ)]
_Keeper = Annotated[Subject, needs(Permission.SERIES_READ, Reach.OWN)]
_Number = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", responses=problems.documented(422, 503))
def get_views(
    subject: _Reader, request: Request, reads: Reads, _: Annotated[schemas.Query, Query()]
) -> list[ViewOut]:
    """List one's own views, then those that others share, each by name; one by streets for who is over them."""
    login = keeper(request)
    with reads(subject) as connection:
        return [_out(row, login) for row in views.seen(connection, login)]


@router.post("", status_code=201, responses=problems.documented(400, 403, 404, 409, 422, 503))
def keep_view(subject: _Keeper, request: Request, writes: Writes, asked: ViewAsked) -> ViewOut:
    """Keep a question of the data page under a name, instead of what one kept under it; it must have an answer."""
    _check_keeps(request)
    _check_answer(request, subject, asked)
    with writes(subject) as connection:
        number = acts.keep(connection, actor_of(request), asked.name, asked.question, shared=asked.shared)
        kept = views.one(connection, subject.name, number)
        assert kept is not None  # within the same transaction
        return _out(kept, subject.name)


@router.put("/{view_id}", status_code=204, responses=problems.documented(400, 404, 409, 422, 503))
def change_view(subject: _Keeper, request: Request, writes: Writes, view_id: _Number, asked: ViewChange) -> Response:
    """Call a view of one's own otherwise, share it or not; another question is another view."""
    _check_keeps(request)
    with writes(subject) as connection:
        acts.change(connection, actor_of(request), view_id, asked.name, shared=asked.shared)
    return Response(status_code=204)


@router.delete("/{view_id}", status_code=204, responses=problems.documented(404, 422, 503))
def remove_view(subject: _Keeper, request: Request, writes: Writes, view_id: _Number) -> Response:
    """Forget a view of one's own; reports that were made of it stay."""
    _check_keeps(request)
    with writes(subject) as connection:
        acts.remove(connection, actor_of(request), view_id)
    return Response(status_code=204)


def keeper(request: Request) -> str:
    """Return the login of who has signed in; nobody's for a key, whose label may be somebody's login."""
    known = request.state.known
    return str(known.subject.name) if known.kind is CredentialKind.SESSION else ""


def _check_keeps(request: Request) -> None:
    if not keeper(request):
        kind = request.state.known.kind
        raise problems.not_found("view", f"of this {kind}", "Only who signed in keeps views.")


def _check_answer(request: Request, subject: Subject, question: ViewQuestion) -> None:
    """Refuse what the series would refuse, each indicator as it is asked for."""
    start, end = question.span(utc_now())
    for code in question.indicators:
        query = SeriesQuery(
            indicator=code,
            region=question.region,
            level=question.level,
            only=list(question.only),
            interval=question.interval,
            start=start,
            end=end,
            compare=question.against,
        )
        resolve(request.app.state.city, query, subject)


def _out(row: RowMapping, login: str) -> ViewOut:
    return ViewOut(
        id=row["id"],
        name=row["name"],
        login=row["login"],
        own=row["login"] == login,
        shared=row["shared"],
        made_at=row["made_at"],
        question=ViewQuestion.model_validate(row["question"]),
    )
