"""Signing in and out in a browser, letting a display in, and who one is: from the API's sessions to cookies."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cityops.client import bearer
from cityops_dashboards.access import viewer
from cityops_dashboards.access.cookies import Cookies
from cityops_dashboards.access.viewer import ApiAwayError, ApiBusyError, Viewers
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as forms
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.plain import LastTrouble

AWAY = LastTrouble("signin.away", 503)
WRONG = LastTrouble("signin.wrong", 401)
TOO_OFTEN = LastTrouble("signin.too_often", 429)
TROUBLES = {400: WRONG, 401: WRONG, 422: WRONG, 429: TOO_OFTEN}

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def form(request: Request) -> Response:
    """Give the form."""
    return page(request, Address.parse("/sign-in", request.url.query))


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Sign in and go on to the page first asked for, or to the viewer's own; the form again where that fails."""
    asked = Address.parse("/sign-in", request.url.query)
    try:
        given = await forms.read(request)
    except forms.FlawedFormError as error:
        await _tell(request, error)
        raise
    login, password = given.get("login"), given.get("password")
    try:
        answer = await _client(request).post(
            "/api/v1/sessions", json={"login": login, "password": password}, headers=viewer.forwarded(request)
        )
    except httpx.HTTPError:
        return page(request, asked, AWAY, login)
    if not answer.is_success:
        return page(request, asked, TROUBLES.get(answer.status_code, AWAY), login)
    return signed_in(request, asked, answer.json())


async def _tell(request: Request, error: forms.FlawedFormError) -> None:
    """Have the API, which audits each sign-in that it refuses, refuse this one too: by the same fields."""
    body = {one.item: "\0" for one in error.flaws}
    with suppress(httpx.HTTPError):
        await _client(request).post("/api/v1/sessions", json=body, headers=viewer.forwarded(request))


@router.get("/sign-out")
async def ask_sign_out(request: Request) -> Response:
    """Ask whether to sign out: a link changes nothing."""
    return plain.sign_out(Address.parse("", request.url.query).lang)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session at the API and in the browser; a display's token stays."""
    for token in _cookies(request).tokens(request):
        if token.startswith("session_"):
            try:
                await _client(request).delete("/api/v1/sessions/current", headers=bearer(token))
            except httpx.HTTPError:
                return plain.notice(Address.parse("", request.url.query).lang, "away", 503)
            _viewers(request).forget(token)
    answer = RedirectResponse(Address.parse("", request.url.query).to("/sign-in"), 303)
    _cookies(request).end_session(request, answer)
    return answer


@router.post("/display/{token}")
@router.get("/display/{token}")
async def display(request: Request, token: str) -> Response:
    """Let a display in by the address it was given; the token goes into a cookie and leaves the address.

    Asks first where that may not be wanted; the answer is the same address by POST, which no other site can send.
    """
    lang = Address.parse("", request.url.query).lang
    if request.method == "POST":
        await forms.read(request)  # it has no fields; what nothing can keep is refused here as in every form
    try:
        found = await _viewers(request).find(token, request) if token.startswith("display_") else None
    except ApiBusyError:
        return plain.notice(lang, "often", 429, again_s=15)
    except ApiAwayError:
        return plain.notice(lang, "away", 503, again_s=15)
    if found is None:
        return plain.notice(lang, "display.ended", 401)
    if request.method == "GET" and await _is_to_be_asked(request):
        return plain.become_display(lang, request.url.path, found.name)
    answer = RedirectResponse(Address("", dict(request.query_params)).to(found.home), 303)
    answer.headers["Cache-Control"] = "no-store"
    _cookies(request).keep_display(request, answer, token)
    return answer


async def _is_to_be_asked(request: Request) -> bool:
    """Whether an address could make a display of a browser against its user's will.

    Another site's link might; and who is signed in did not come to be a wall. A wall that opens its own address,
    typed or kept, is asked nothing, for nobody may be there.
    """
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    for token in _cookies(request).tokens(request):
        if token.startswith("session_") and await _viewers(request).find(token, request):
            return True
    return False


@router.get("/me")
async def me() -> dict[str, Any]:
    """Say who looks: a page asks whether it is still made for them, and why a stream ended, which cannot tell."""
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    return {"name": known.name, "kind": known.kind, "expires_at": known.expires_at, "viewer": viewer.key()}


def page(request: Request, asked: Address, trouble: LastTrouble | None = None, login: str = "") -> Response:
    """Return the form, with what went wrong at the last try."""
    has_sign_on = request.app.state.sign_on is not None
    return plain.sign_in(asked.lang, onward(asked), login=login, trouble=trouble, sign_on=has_sign_on)


def signed_in(request: Request, asked: Address, opened: dict[str, Any]) -> Response:
    """Have the browser keep a session that the API has opened, and go on."""
    known = viewer.read(opened["token"], opened["subject"])
    answer = RedirectResponse(onward(asked) or Address("", asked.query).to(known.home), 303)
    answer.headers["Cache-Control"] = "no-store"
    _cookies(request).keep_session(request, answer, known.token, datetime.fromisoformat(opened["expires_at"]))
    return answer


def onward(asked: Address) -> str:
    """Return the page to go to after signing in; empty unless it is one of ours."""
    path = asked.query.get("next", "")
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\", "/sign-", "/display/"))
    return path if is_ours and path.isprintable() else ""


def _client(request: Request) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.app.state.upstream
    return client


def _cookies(request: Request) -> Cookies:
    cookies: Cookies = request.app.state.cookies
    return cookies


def _viewers(request: Request) -> Viewers:
    viewers: Viewers = request.app.state.viewers
    return viewers
