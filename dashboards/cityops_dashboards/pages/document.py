"""Pages that the server writes as HTML, for phones and the desk: the frame, and the part that is asked for anew.

What they show comes from the API in the viewer's name; `assets/documents` keeps them up to date in the browser. They
load nothing of Dash, whose scripts are five megabytes.
"""

import hashlib
import json
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from cityops.clock import utc_now
from cityops.domain.access import Scope, ScopeKind
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import district_of
from cityops.reference import CITY_CODE
from cityops_dashboards.access import viewer
from cityops_dashboards.access.ways import SHOWN, WALL, in_menu, ways
from cityops_dashboards.addresses import Address
from cityops_dashboards.texts import catalogue, text

DOCUMENTS = (
    "/todo",
    "/cases/",
    "/desk",
    "/devices/",
    "/handover",
    "/modes",
    "/reports",
    "/alarms/load",
    "/statistics",
    "/conflicts",
    "/targets",
    "/platform",
    "/resources",
    "/channels",
    "/filling",
    "/vital-signs",
    "/views",
    "/indicators",
)
"""Where such pages stand."""

SPOKEN = ("span.", "document.", "outbox.", "mode.", "video.", "filling.said.", "filling.fault.", "filling.column.")
"""Beginnings of the texts that the scripts of these pages say."""

_templates = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, /, **values: Any) -> HTMLResponse:
    """Return a whole page: its template with `values` and what all of them need."""
    return HTMLResponse(_render(request, template, values), headers={"Cache-Control": "no-store"})


def part(request: Request, template: str, /, **values: Any) -> Response:
    """Return the moving part of a page, or 304 where the browser has it already."""
    html = _render(request, template, values)
    headers = {
        "ETag": f'"{hashlib.blake2b(html.encode(), digest_size=16).hexdigest()}"',
        "Cache-Control": "no-store",
        "X-Now": utc_now().isoformat(timespec="milliseconds"),
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(html, headers=headers)


def _render(request: Request, template: str, values: dict[str, Any]) -> str:
    asked, known = Address.parse(request.url.path, request.url.query), viewer.current()
    assert known is not None  # the door lets nobody else in
    lang = asked.lang
    frame = {
        "lang": lang,
        "known": known,
        "who": known.subject.name,  # not of the session: what was kept in one is sent in the next
        "address": asked,
        "role": viewer.role(lang, known.subject),
        "area": viewer.area(lang, known.subject.scope),
        "ways": [(known.part if one.path == WALL else one.path, one.words) for one in ways() if one.path in SHOWN],
        "menu": in_menu(),
        "mode_of": mode_of(known.subject.scope),
        "spoken": _spoken(lang),
        "asset": _asset,
        "t": lambda key, **filled: text(lang, key, **filled),
        "time": _time,
        "clock": clock,
        "seen": _seen,
        "replay": lambda moment: asked.to(viewer.own_wall(), at=_time(moment)),
    }
    return _templates.get_template(template).render(frame | values)


def mode_of(scope: Scope) -> str:
    """Return whose mode somebody works under: that of the own district, or the city's."""
    own = (
        {district_of(code) for code in scope.codes}
        if scope.kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}
        else set()
    )
    return own.pop() if len(own) == 1 else CITY_CODE


def _spoken(lang: str) -> str:
    """Return what the scripts need to know, as JSON that may stand in a page."""
    texts = {key: value for key, value in catalogue(lang).items() if key.startswith(SPOKEN)}
    told = json.dumps({"now": utc_now().isoformat(), "texts": texts}, ensure_ascii=False)
    return told.replace("<", "\\u003c")


@cache
def _asset(path: str) -> str:
    """Return the address of a file of ours, with its content's digest, so that a browser may keep it."""
    content = (files("cityops_dashboards") / "assets" / path).read_bytes()
    return f"/assets/{path}?m={hashlib.blake2b(content, digest_size=8).hexdigest()}"


def _time(moment: str | datetime | None) -> str:
    """Return a moment of the API as `<time>` wants it."""
    return moment.isoformat() if isinstance(moment, datetime) else moment or ""


def clock(moment: str | datetime, now: datetime | None = None) -> str:
    """Return a moment in the city's time: the clock alone today, with the day before it otherwise."""
    instant = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    here, today = instant.astimezone(CITY_ZONE), (now or utc_now()).astimezone(CITY_ZONE)
    return here.strftime("%H:%M" if here.date() == today.date() else "%m-%d %H:%M")


def _seen(*values: object) -> str:
    """Return a short digest of what a part of a page shows, by which a script knows whether that differs."""
    return hashlib.blake2b(repr(values).encode(), digest_size=6).hexdigest()
