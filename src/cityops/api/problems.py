"""Errors as RFC 9457 `application/problem+json`: each names the item, the reason and the remedy."""

from itertools import islice
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from cityops import characters
from cityops.api.schemas import Problem
from cityops.domain.events.evidence import BrokenError, OversizeError, UnfitError
from cityops.domain.filling.review import FillingError, OwnSheetError, SheetStandsError
from cityops.domain.grants import GrantError
from cityops.domain.handovers import HandoverError, NotYoursError
from cityops.domain.indicators.corrections import CorrectionError, NotOursError
from cityops.domain.indicators.privacy import RestrictedError
from cityops.domain.modes.modes import ModeError, NotOverItError
from cityops.domain.modes.walls import WallError
from cityops.domain.passwords import PasswordError
from cityops.mqtt.control import BrokerControlError
from cityops.services.accounts import AbsentError, TakenError
from cityops.services.alarm_cases import UnclassedError
from cityops.services.alarms import AlarmActError
from cityops.services.case_clocks import StandardError
from cityops.services.case_orders import NotThereError
from cityops.services.evidence import CrowdedError
from cityops.services.filters import FullError
from cityops.services.handovers import SettledError
from cityops.services.indicators.corrections import OverError
from cityops.services.modes import InForceError
from cityops.services.reports.making import ReportError
from cityops.services.walls import BoundError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
MOST_NAMED = 100
REFUSALS = frozenset({400, 401, 403, 422})
"""What the audit is told of; of 400 and 422 it keeps those of a sign-in alone."""

_log = structlog.get_logger()

_TITLES = {
    400: "The body cannot be read",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    409: "Not as things stand",
    410: "Not kept any more",
    412: "Somebody was first",
    413: "Too large",
    415: "Of a kind that is not taken",
    422: "The request cannot be answered as it stands",
    428: "The version is missing",
    429: "Too many at once",
    500: "Internal error",
    501: "Not in this installation",
    503: "The database is away",
}

_FORESEEN: dict[type[Exception], int] = {
    UnfitError: 415,
    OversizeError: 413,
    BrokenError: 422,
    CrowdedError: 429,
    FillingError: 422,
    SheetStandsError: 409,
    OwnSheetError: 403,
    NotYoursError: 403,
    HandoverError: 422,
    SettledError: 409,
    NotOverItError: 403,
    NotOursError: 403,
    CorrectionError: 422,
    OverError: 409,
    RestrictedError: 403,
    ModeError: 422,
    InForceError: 409,
    WallError: 422,
    BoundError: 422,
    ReportError: 422,
    FullError: 409,
    GrantError: 422,
    PasswordError: 422,
    TakenError: 409,
    AbsentError: 404,
    AlarmActError: 422,
    UnclassedError: 422,
    BrokerControlError: 503,
    NotThereError: 422,
    StandardError: 422,
}
"""What is refused by its meaning; the text names item, reason and remedy."""


class ProblemError(Exception):
    """A foreseen refusal; `detail` tells the caller what is wrong and what would work."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: list[dict[str, str | int]] | None = None,
        headers: dict[str, str] | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers
        self.more = more or {}


def not_found(kind: str, code: object, remedy: str) -> ProblemError:
    """Return the refusal for a thing that is not there."""
    return ProblemError(404, f"There is no {kind} {code}. {remedy}")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these error statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _TITLES[status], "content": content} for status in statuses}


async def readable(request: Request) -> None:
    """Refuse a body with text that nothing can keep, before the route and its guard see it; a dependency of them all.

    Addresses and headers were looked at by `cityops.limits`.

    Raises
    ------
    RequestValidationError
        Names each such text.
    """
    if getattr(request.scope["route"], "body_field", None) is None:
        return
    try:
        sent = await request.json()  # once: FastAPI takes the same
    except (ValueError, RecursionError):
        return  # FastAPI says so
    flaws = islice(characters.in_json(sent, await request.body()), MOST_NAMED)
    if told := [{"type": "text", "loc": ("body", one.item), "msg": one.reason} for one in flaws]:
        raise RequestValidationError(told)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(ProblemError, _on_problem)
    for kind in _FORESEEN:
        app.add_exception_handler(kind, _on_foreseen)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DBAPIError, _on_database)
    app.add_exception_handler(psycopg.Error, _on_driver)
    app.add_exception_handler(PoolTimeoutError, _on_away)
    app.add_exception_handler(TimeoutError, _on_away)
    app.add_exception_handler(Exception, _on_bug)


def _answer(
    status: int,
    detail: str,
    errors: list[dict[str, str | int]] | None = None,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> JSONResponse:
    title = _TITLES.get(status, "Request refused")
    problem = Problem(title=title, status=status, detail=detail, errors=errors, **more or {})
    return JSONResponse(problem.told(), status, headers, media_type=MEDIA_TYPE)


async def _on_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    _note(request, error.status, error.detail)
    return _answer(error.status, error.detail, error.errors, error.headers, error.more)


def _note(request: Request, status: int, detail: str) -> None:
    if status in REFUSALS:
        request.app.state.refusals.note(request, status, detail)


async def _on_foreseen(_: Request, error: Exception) -> JSONResponse:
    return _answer(_FORESEEN[type(error)], f"{error}.")


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors: list[dict[str, str | int]] = [_named(one) for one in error.errors()]
    told = "; ".join(f"{one['item']}: {one['reason']}" for one in errors[:5])
    _note(request, 422, told)
    return _answer(422, f"{told}. The parameters and their limits stand in /api/v1/openapi.json.", errors)


def _named(error: Any) -> dict[str, str | int]:
    item = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return {"item": item, "reason": "there is no such parameter here"}
    return {"item": item, "reason": str(error["msg"])}


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    details = {
        404: f"Nothing is served at {request.url.path}; the addresses stand in /api/v1/openapi.json.",
        405: f"{request.method} is not possible at {request.url.path}; what is stands in /api/v1/openapi.json.",
    }
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request)
    _note(request, error.status_code, str(error.detail))
    return _answer(error.status_code, details.get(error.status_code, str(error.detail)), headers=headers)


def _allowed(request: Request) -> str:
    """Return all methods of an address; Starlette names those of the first route that has it."""
    routes = iter_route_contexts(request.app.routes)
    here = (route for route in routes if compile_path(route.path or "")[0].match(request.url.path))
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


async def _on_database(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DBAPIError)
    if error.connection_invalidated:
        return await _on_away(request, error)
    return await _on_driver(request, error.orig if isinstance(error.orig, psycopg.Error) else error)


async def _on_driver(request: Request, error: Exception) -> JSONResponse:
    """Answer errors of the database as its driver tells them, as where a COPY is asked of it directly."""
    if isinstance(error, QueryCanceled):
        return _answer(
            503,
            "The database needed longer than is allowed for one question. Ask for a shorter period, "
            "a coarser interval or a smaller area.",
        )
    if isinstance(error, (OperationalError, psycopg.OperationalError)):
        return await _on_away(request, error)
    return await _on_bug(request, error)


async def _on_away(_: Request, error: Exception) -> JSONResponse:
    _log.warning("database away", error=str(error).splitlines()[0] if str(error) else type(error).__name__)
    detail = "The database cannot be reached or does not answer; nothing is wrong with the request. Try again soon."
    return _answer(503, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _on_bug(_: Request, __: Exception) -> JSONResponse:
    # Starlette raises the error again after this answer, and the server logs it with its traceback.
    return _answer(500, "An unexpected error; the server's log has it under this address and time.")
