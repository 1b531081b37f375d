"""The page `/account`: who one is, one's own sessions, and a password of one's own; from and to the API."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from cityops_dashboards.access import viewer
from cityops_dashboards.access.cookies import Cookies
from cityops_dashboards.access.viewer import Viewers
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as forms
from cityops_dashboards.forms.form import Form, FormTrouble
from cityops_dashboards.texts import text

PATH = "/account"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page."""
    return await _page(request)


@router.post(PATH)
async def act(request: Request) -> Response:
    """End a session, or change the password."""
    form = await forms.read(request)
    return await (_end(request, form) if form.get("do") == "end" else _change_password(request, form))


async def _end(request: Request, form: Form) -> Response:
    answer = await forms.ask(request, "DELETE", f"sessions/{forms.segment(form.get('id'))}")
    if answer.ok or answer.status == 404:  # it has ended already
        return forms.done(request, PATH, "session")
    return forms.turned_away(request, answer) or await _page(request, forms.trouble_of(_lang(request), answer))


async def _change_password(request: Request, form: Form) -> Response:
    new = form.get("new_password")
    if new != form.get("again"):
        return await _page(request, FormTrouble(text(_lang(request), "form.trouble.differ")))
    answer = await forms.ask(request, "POST", "me/password", {"password": form.get("password"), "new_password": new})
    if not answer.ok:
        return await _page(request, forms.trouble_of(_lang(request), answer))
    cookies: Cookies = request.app.state.cookies
    viewers: Viewers = request.app.state.viewers
    viewers.forget(viewer.token())
    on = forms.done(request, PATH, "password")
    cookies.keep_session(request, on, answer.body["token"], datetime.fromisoformat(answer.body["expires_at"]))
    return on


async def _page(request: Request, trouble: FormTrouble | None = None) -> Response:
    answer = await forms.ask(request, "GET", "sessions")
    if not answer.ok and (away := forms.turned_away(request, answer)):
        return away
    [_, here, *_] = [*viewer.token().split("_"), ""]
    status = trouble.status if trouble else 200
    sessions = answer.body if answer.ok else []
    return forms.page(request, "account.html", status, sessions=sessions, here=here, trouble=trouble)


def _lang(request: Request) -> str:
    return Address.parse("", request.url.query).lang
