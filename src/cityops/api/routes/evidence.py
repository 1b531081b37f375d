"""Photos and files of cases over HTTP: sent as the body of a request, listed, and served to who handles the case.

A picture shows faces, plates and house numbers, which nothing masks: it is served to those who read who reported a
case, and to nobody else.
"""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from sqlalchemy import RowMapping
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.access.strangers import Strangers
from cityops.api.connections import Reads, ReadTransactions, Writes, WriteTransactions
from cityops.api.pages import LARGEST_ID
from cityops.api.room import make_room
from cityops.api.schemas import NO_NUL
from cityops.clock import utc_now
from cityops.domain.access import Permission, Subject
from cityops.domain.events.evidence import LARGEST_BYTES, Evidence, Medium
from cityops.services import evidence as acts
from cityops.store.events import evidence as store

router = APIRouter(tags=["evidence"])
UPLOADS = r"/cases/\d+/evidence"
"""Addresses to which a file is sent, behind the API's prefix: their bodies may be larger than others."""

BYTES_OF_AN_ITEM = 150
"""Of what is under way: a file counts as many items as rows of as many bytes."""

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Opened by itself, a file runs nothing and is of no origin."""

_Case = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in (Medium.JPEG, Medium.PDF)},
    },
    304: {"description": "It is the one that was named in If-None-Match"},
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": f"The file's bytes, at most {LARGEST_BYTES}; Content-Type says what it is.",
        "content": {one.value: {"schema": {"type": "string", "format": "binary"}} for one in Medium},
    }
}


class UploadQuery(schemas.Query):
    """What a file is called; in the address, since a header holds no Chinese."""

    name: Annotated[str, Field(max_length=255, json_schema_extra=NO_NUL)] = ""


@router.post(
    "/cases/{event_id}/evidence",
    status_code=201,
    openapi_extra=_BODY,
    responses={
        200: {"model": schemas.EvidenceOut, "description": "The case has it already"},
        **problems.documented(400, 404, 413, 415, 422, 503),
    },
)
async def add_evidence(
    subject: Annotated[Subject, needs(Permission.EVENT_HANDLE)],
    request: Request,
    response: Response,
    reads: Reads,
    writes: Writes,
    event_id: _Case,
    query: Annotated[UploadQuery, Query()],
) -> schemas.EvidenceOut:
    """Send a photo or file for a case: JPEG, PNG or PDF as the body, for an act that names its digest within a day.

    A picture is kept upright, at most 2,560 pixels long, as a JPEG without metadata; where and when it was taken is
    read before. The same file again is answered as the first time, with 200.
    """
    await run_in_threadpool(_check_case, reads, subject, event_id)
    sent = await _received(request)
    said = request.headers.get("content-type", "")
    uploads: Strangers = request.app.state.uploads

    def work() -> tuple[bool, RowMapping]:
        return _kept(request, writes, subject, event_id, acts.examined(sent, said, query.name, utc_now()))

    is_new, row = await uploads.run(request.state.known.id, work)
    response.status_code = 201 if is_new else 200
    return schemas.EvidenceOut(**row)


@router.get("/cases/{event_id}/evidence", responses=problems.documented(404, 422, 503))
def get_evidence_of_case(
    subject: Annotated[Subject, needs(Permission.PERSON_READ)],
    reads: Reads,
    event_id: _Case,
    _: Annotated[schemas.Query, Query()],
) -> schemas.EvidenceList:
    """List the photos and files of a case, the oldest first."""
    _check_case(reads, subject, event_id)
    with reads(subject) as connection:
        if not store.is_read(connection, event_id, subject.scope):
            told = "Your unit has given this case back: its photos and files are shown to who handles it."
            raise problems.ProblemError(403, told)
        rows = store.of_case(connection, event_id)
    return schemas.EvidenceList(event_id=event_id, items=[schemas.EvidenceOut(**row) for row in rows])


@router.get("/evidence/{digest}", response_class=Response, responses={**_FILE, **problems.documented(404, 422, 503)})
def get_evidence(
    subject: Annotated[Subject, needs(Permission.PERSON_READ)],
    request: Request,
    reads: Reads,
    digest: _Digest,
    _: Annotated[schemas.Query, Query()],
) -> Response:
    """Give a photo or file of a case that one may see; a PDF is for saving, and no browser opens it in its window."""
    with reads(subject) as connection:
        found = _found(store.find(connection, digest, subject.scope), digest)
        headers = _headers(found, digest)
        if _is_held(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        make_room(request, found["bytes"] // BYTES_OF_AN_ITEM)
        return Response(store.content(connection, digest), media_type=found["medium"], headers=headers)


@router.get(
    "/evidence/{digest}/preview", response_class=Response, responses={**_FILE, **problems.documented(404, 422, 503)}
)
def get_preview(
    subject: Annotated[Subject, needs(Permission.PERSON_READ)],
    request: Request,
    reads: Reads,
    digest: _Digest,
    _: Annotated[schemas.Query, Query()],
) -> Response:
    """Give a photo in small, at most 320 pixels long; a file that is no picture has none."""
    with reads(subject) as connection:
        found = _found(store.find(connection, digest, subject.scope), digest)
        headers = _headers(found, f"{digest}-preview")
        if found["width"] is None:
            raise problems.not_found("preview of", digest, "It is no picture: ask for the file itself.")
        if _is_held(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(store.preview(connection, digest), media_type=Medium.JPEG, headers=headers)


def _check_case(reads: ReadTransactions, subject: Subject, event_id: int) -> None:
    with reads(subject) as connection:
        if not store.is_case(connection, event_id):
            raise problems.not_found("event", event_id, "The ids stand in /api/v1/events.")


async def _received(request: Request) -> bytes:
    """Return the whole body; no more is held of all bodies together than there is room for.

    Raises
    ------
    problems.ProblemError
        400: it was cut off. 429: there is no room now.
    """
    length = request.headers.get("content-length", "")
    make_room(request, (int(length) if length.isdigit() else LARGEST_BYTES) // BYTES_OF_AN_ITEM)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
    except ClientDisconnect:
        told = f"The file was cut off after {len(body):,} bytes; nothing of it is kept: send it again."
        raise problems.ProblemError(400, told) from None
    return bytes(body)


def _kept(
    request: Request, writes: WriteTransactions, subject: Subject, event_id: int, file: Evidence
) -> tuple[bool, RowMapping]:
    with writes(subject) as connection:
        is_new = acts.add(connection, actor_of(request), event_id, file)
        return is_new, store.one(connection, event_id, file.digest)


def _found(row: RowMapping | None, digest: str) -> RowMapping:
    if row is None:
        raise problems.not_found("evidence", digest, "The digests stand in /api/v1/cases/{event_id}/evidence.")
    return row


def _headers(found: RowMapping, tag: str) -> dict[str, str]:
    how = "attachment" if found["medium"] == Medium.PDF else "inline"
    plain = "evidence" + Medium(found["medium"]).ending
    return {
        "ETag": f'"{tag}"',
        # Kept by the browser, and asked for each time all the same: a case may leave somebody's area.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f"{how}; filename={plain}; filename*=UTF-8''{quote(found['name'], safe='')}",
        "Content-Security-Policy": POLICY,
    }


def _is_held(request: Request, tag: str) -> bool:
    held = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag in held or "*" in held
