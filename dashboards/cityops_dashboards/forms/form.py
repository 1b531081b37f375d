"""Pages of forms without scripts: what a form sent, what the API answers to it, and the page by its template."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from cityops import characters
from cityops.characters import Flaw
from cityops.client import bearer
from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.intervals import CITY_ZONE
from cityops.limits import flawed
from cityops_dashboards.access import viewer
from cityops_dashboards.access.ways import SHOWN, WALL, in_menu, ways
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import plain
from cityops_dashboards.texts import catalogue, text

LONGEST = 65_536
"""Bytes of a form: an area of all 176 streets takes 5,000."""

TABS = (
    ("accounts", Permission.ACCOUNT_ADMINISTER),
    ("keys", Permission.CREDENTIAL_ADMINISTER),
    ("displays", Permission.CREDENTIAL_ADMINISTER),
    ("audit", Permission.AUDIT_READ),
)
"""Pages below `/admin`, and what they need: the API refuses others, here it is only not offered."""

_templates = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class FormError(Exception):
    """A form that cannot be sent on; the text is the key of the sentence that says why."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sent; blank fields are as if they were not there."""

    values: Mapping[str, list[str]]

    def get(self, name: str) -> str:
        """Return a field's last value, empty where there is none."""
        return self.values.get(name, [""])[-1]

    def every(self, name: str) -> list[str]:
        """Return all values of a field."""
        return self.values.get(name, [])


NO_FORM = Form({})


class FlawedFormError(Exception):
    """A form with text that nothing can keep; answered 422 with the names of its fields."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("; ".join(one.item for one in flaws))
        self.flaws = flaws


async def on_flawed(_: Request, error: Exception) -> Response:
    """Answer a form that cannot be read; for the application."""
    assert isinstance(error, FlawedFormError)
    return flawed(error.flaws)


async def read(request: Request) -> Form:
    """Read what a form sent; one that is too long counts as empty.

    Raises
    ------
    FlawedFormError
        A field is no Unicode, or holds NUL.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST:
            return NO_FORM
    if flaws := [*characters.in_address(b"", body)]:
        raise FlawedFormError(flaws)
    return Form(parse_qs(body.decode()))


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What the API said; status 0 where it did not."""

    status: int
    body: Any = None

    @classmethod
    def of(cls, answer: httpx.Response) -> "ApiAnswer":
        """Return what an answer says; without a body where that is not JSON, as from a proxy in between."""
        try:
            return cls(answer.status_code, answer.json() if answer.content else None)
        except json.JSONDecodeError:
            return cls(answer.status_code)

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def detail(self) -> str:
        """The sentence of its problem document, which is English; empty where it sent none."""
        return str(self.body.get("detail", "")) if isinstance(self.body, dict) else ""


@dataclass(frozen=True, slots=True)
class FormTrouble:
    """Why a form was not done: in the page's language, and in the API's own words."""

    sentence: str
    detail: str = ""
    status: int = 422


async def ask(
    request: Request, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None
) -> ApiAnswer:
    """Ask the API in the name of the viewer; never with the dashboard's own key."""
    client: httpx.AsyncClient = request.app.state.upstream
    shown = bearer(viewer.token()) | viewer.forwarded(request)
    try:
        answer = await client.request(method, f"/api/v1/{path}", json=body, params=params, headers=shown)
    except httpx.HTTPError:
        return ApiAnswer(0)
    return ApiAnswer.of(answer)


def segment(value: str) -> str:
    """Return a value as one piece of a path."""
    return quote(value, safe="")


def turned_away(request: Request, answer: ApiAnswer) -> Response | None:
    """Return what to show after an answer that leaves no form to show; None after the others."""
    asked = Address.parse(request.url.path, request.url.query)
    if answer.status == 401:
        return RedirectResponse(asked.to("/sign-in", next=asked.altered()), 303, {"Cache-Control": "no-store"})
    if answer.status == 403:
        return _refusal(asked.lang)
    if answer.status == 404 or (answer.status == 422 and request.method == "GET"):
        return missing(request)  # an address that names what cannot be, such as a login with a control character
    if answer.status == 429:
        return plain.notice(asked.lang, "often", 429, again_s=15)
    if not answer.ok and request.method == "GET":
        return plain.notice(asked.lang, "away", 503, again_s=15)
    return None


def missing(request: Request) -> Response:
    """Return the page for what is not there."""
    asked = Address.parse(request.url.path, request.url.query)
    return page(request, "missing.html", 404, sentence=text(asked.lang, "notice.missing", path=asked.path))


def trouble_of(lang: str, answer: ApiAnswer) -> FormTrouble:
    """Return why the API did not do what a form asked."""
    key = {401: "password", 404: "gone", 409: "taken", 422: "refused", 400: "refused", 429: "often"}
    sentence = text(lang, f"form.trouble.{key.get(answer.status, 'away')}")
    return FormTrouble(sentence, answer.detail, answer.status if answer.status in key else 503)


def done(request: Request, path: str, what: str) -> RedirectResponse:
    """Return the way to the page that shows what was done, so that loading it again does nothing twice."""
    lang = Address.parse("", request.url.query)
    return RedirectResponse(lang.to(path, done=what), 303, {"Cache-Control": "no-store"})


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page: its template with `values` and what all of them need."""
    asked = Address.parse(request.url.path, request.url.query)
    lang, known = asked.lang, viewer.current()
    assert known is not None  # the door lets nobody else in
    was_done = f"done.{asked.query.get('done', '')}"
    frame = {
        "lang": lang,
        "known": known,
        "address": asked,
        "as_of": utc_now().astimezone(CITY_ZONE).strftime("%H:%M:%S"),
        "done": catalogue(lang).get(was_done, "") if request.method == "GET" else "",
        "tabs": offered(known),
        "role": viewer.role(lang, known.subject),
        "area": viewer.area(lang, known.subject.scope),
        "ways": [(known.wall if one.path == WALL else one.path, one.words) for one in ways() if one.path in SHOWN],
        "menu": in_menu(),
        "t": lambda key, **filled: text(lang, key, **filled),
        "when": when,
    }
    return HTMLResponse(
        _templates.get_template(template).render(frame | values), status, {"Cache-Control": "no-store"}
    )


def offered(known: viewer.Viewer) -> Sequence[str]:
    """Return the pages of the administration that a viewer may see."""
    return [name for name, permission in TABS if known.subject.may(permission)]


def when(moment: str | datetime | None, *, seconds: bool = False) -> str:
    """Return a moment of the API in the city's time."""
    if moment is None:
        return "–"
    instant = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return instant.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def is_ahead(moment: str, now: datetime) -> bool:
    """Tell whether a moment of the API is still to come."""
    return datetime.fromisoformat(moment) > now


def _refusal(lang: str) -> Response:
    known = viewer.current()
    assert known is not None
    sentence = text(lang, "refused.admin_why", role=viewer.role(lang, known.subject))
    area = viewer.area(lang, known.subject.scope)
    return plain.refusal(lang, text(lang, "refused.admin"), sentence, known.part, area)
