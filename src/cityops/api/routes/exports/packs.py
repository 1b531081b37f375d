"""Daily packs over HTTP: which there are, and each as a file; they hold the whole city, and go to whoever sees it."""

from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.recording import recorded
from cityops.domain.access import Permission, ScopeKind, Subject
from cityops.domain.audit import Action
from cityops.domain.exports.packs import Pack
from cityops.services.indicators import packs as folder
from cityops.settings import settings

router = APIRouter(prefix="/packs", tags=["export"])


@router.get("", responses=problems.documented(422))
def list_packs(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    _: Annotated[schemas.Query, Query()],
) -> schemas.PackList:
    """List the packs, the newest day first, with size, SHA-256 and when each was made.

    A pack holds the whole city: who sees a part of it has none, and asks for files of that part at /export.
    """
    return schemas.PackList(
        items=[schemas.PackOut.model_validate(one, from_attributes=True) for one in _packs(subject)]
    )


@router.get(
    "/{day}",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}}, **problems.documented(404, 422)},
)
def get_pack(
    subject: Annotated[Subject, needs(Permission.EXPORT_READ)],
    request: Request,
    day: date,
    _: Annotated[schemas.Query, Query()],
) -> FileResponse:
    """Give the pack of a day as it was made; a part can be asked for (`Range`), to go on where one broke off."""
    found = next((one for one in _packs(subject) if one.day == day), None)
    if found is None:
        raise problems.ProblemError(
            404,
            f"There is no pack of {day} for you: /api/v1/packs lists those there are. They hold the whole city; "
            "files of a part of it are at /api/v1/export.",
        )
    engine, wanted = request.app.state.engine, {"sha256": found.sha256}
    with recorded(engine, actor_of(request), Action.EXPORT_READ, request.url.path, wanted) as tally:
        tally.bytes = found.bytes
    headers = {"ETag": f'"{found.sha256}"', "Cache-Control": "no-store"}
    file = Path(settings().packs) / found.name
    return FileResponse(file, headers=headers, media_type="application/zip", filename=found.name)


def _packs(subject: Subject) -> list[Pack]:
    """Return the packs that somebody may see: all or none."""
    if subject.scope.kind is not ScopeKind.CITY or not settings().packs:
        return []
    return folder.packs(Path(settings().packs))
