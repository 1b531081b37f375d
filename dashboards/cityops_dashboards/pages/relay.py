"""Acts and files of the pages that the server writes: passed on to the API in the viewer's name, and its answer back.

A browser thus needs no other host than the dashboard's. What may be done, and by whom, the API decides.
"""

import re

import httpx
from fastapi import APIRouter, HTTPException, Request, Response

from cityops.client import bearer
from cityops.limits import problem
from cityops_dashboards.access import viewer
from cityops_dashboards.exports import Relay

PASSED_ON = ("content-type", "content-length", "if-match")
PASSED_BACK = ("content-type", "etag", "retry-after", "cache-control")

_SHEET = r"filling/sheets/[a-z0-9_]+/\d+/\d{4}-\d\d-\d\d"

POSTED = re.compile(
    r"cases|cases/\d+/(acts|evidence)|alarms/acts|alarms/\d+/(acts|case)|handovers(/\d+/(accept|refuse|withdraw))?"
    rf"|{_SHEET}/(return|approve)|filling/forms/[a-z0-9_]+/[0-9-]+/import|corrections(/\d+/status)?|reports"
    r"|views|modes(/\d+/(end|prolong))?|walls/(here|[0-9a-f]{16}/(scene|release))|channels/\d{20}/openings"
)
"""What the pages may have done; no other address of the API can be reached through here."""

OWN = re.compile(r"me/filters|views/\d+")
"""What of one's own is put and removed through here."""

FILLED = re.compile(_SHEET)
"""What is filled in."""

UPLOADS = re.compile(r"/relay/cases/\d+/evidence")
"""Where photos and files come in, which are larger than anything else that is sent."""

SHOWN = re.compile(
    r"evidence/[0-9a-f]{64}(/preview)?|walls|modes|alarms/next|map/points|reports/(\d+|draft)"
    r"|filling/forms/[a-z0-9_]+/[0-9-]+/template"
)
"""Files, and what scripts ask for by themselves."""

PAST = re.compile(r"state(/timeline)?")
"""What the time machine asks for, with its parameters; the state of now comes by the stream."""

router = APIRouter(prefix="/relay", include_in_schema=False)


@router.post("/{path:path}")
async def act(request: Request, path: str) -> Response:
    """Pass an act, or a file, on to the API, piece by piece as it comes."""
    return await _passed(request, path, POSTED)


@router.put("/{path:path}")
async def keep(request: Request, path: str) -> Response:
    """Pass on what somebody keeps for themselves, or has filled in."""
    return await _passed(request, path, FILLED if FILLED.fullmatch(path) else OWN)


@router.delete("/{path:path}")
async def remove(request: Request, path: str) -> Response:
    """Pass on that somebody does not keep it any more."""
    return await _passed(request, path, OWN)


async def _passed(request: Request, path: str, allowed: re.Pattern[str]) -> Response:
    if not allowed.fullmatch(path):
        raise HTTPException(404)
    client: httpx.AsyncClient = request.app.state.upstream
    address = f"/api/v1/{path}" + (f"?{request.url.query}" if request.url.query else "")
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers} | _shown(request)
    try:
        answer = await client.request(request.method, address, content=request.stream(), headers=headers)
    except httpx.HTTPError as error:
        return _away(error)
    return Response(answer.content, answer.status_code, _back(answer))


@router.get("/{path:path}")
async def show(request: Request, path: str) -> Response:
    """Pass back a photo or file of a case, a short list, or a state of the past, to whoever may see it."""
    is_past = PAST.fullmatch(path) is not None and not {"at", "start"}.isdisjoint(request.query_params)
    if not is_past and not SHOWN.fullmatch(path):
        raise HTTPException(404)
    client: httpx.AsyncClient = request.app.state.upstream
    kept = {"If-None-Match": request.headers["if-none-match"]} if "if-none-match" in request.headers else {}
    address = f"/api/v1/{path}" + (f"?{request.url.query}" if request.url.query else "")
    asked = client.build_request("GET", address, headers=_shown(request) | kept)
    try:
        answer = await client.send(asked, stream=True)
    except httpx.HTTPError as error:
        return _away(error)
    return Relay(answer)


def _shown(request: Request) -> dict[str, str]:
    return bearer(viewer.token()) | viewer.forwarded(request)


def _back(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}


def _away(error: httpx.HTTPError) -> Response:
    detail = f"The API does not answer ({type(error).__name__}); what you did is kept here and sent again."
    return problem(503, "The API is away", detail, {"Retry-After": "5"})
