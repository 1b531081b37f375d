"""Which page stands at which address: the frame around all pages, and HTTP 404 where there is none."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from dash import Dash, Input, Output, State, dcc, html
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops import reference
from cityops.client import Client
from cityops_dashboards.access import viewer
from cityops_dashboards.access.door import name_of, outside
from cityops_dashboards.access.forged import FRAME, ForgedCallbacks
from cityops_dashboards.access.paths import PathKind, kind_of
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.pages import notice, wall
from cityops_dashboards.pages.data import page as data
from cityops_dashboards.pages.district import page as district
from cityops_dashboards.texts import LANGUAGES, text
from cityops_dashboards.threads import off_loop

Layout = Callable[[Address], Any]

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""

PAGES: tuple[tuple[re.Pattern[str], Layout], ...] = (
    (re.compile(r"/"), wall.layout),
    (re.compile(r"/districts/\d{6}"), district.layout),
    (re.compile(r"/data"), data.layout),
)

ANSWERED_ELSEWHERE = {PathKind.OPEN, PathKind.FORM, PathKind.DOCUMENT}
"""What Dash does not answer: a status there is the right one."""

_log = structlog.get_logger()


def page_at(path: str) -> Layout | None:
    """Return the layout function of the page at a path, None where there is none."""
    layout = next((layout for pattern, layout in PAGES if pattern.fullmatch(path)), None)
    known = {one.code for one in reference.regions()}
    if layout is district.layout and district.code_in(path) not in known:
        return None
    return layout


class MissingPages:
    """Gives the pages that are not there the status 404: Dash answers every address with its frame and 200."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and correct the answer's status."""

        async def send_corrected(message: Message) -> None:
            path = scope["path"]
            is_ours = page_at(path) is not None or kind_of(path) in ANSWERED_ELSEWHERE
            if message["type"] == "http.response.start" and not is_ours:
                kind = dict(message["headers"]).get(b"content-type", b"")
                message["status"] = 404 if kind.startswith(b"text/html") else message["status"]
            await send(message)

        await self.app(scope, receive, send_corrected if scope["type"] == "http" else send)


def install_pages(server: FastAPI, client: Client) -> Sequence[str]:
    """Give the server all pages, 404 elsewhere; return the hashes of the scripts that stand in a page itself."""
    server.add_middleware(MissingPages)
    dash = Dash(
        __package__,
        server=server,  # type: ignore[arg-type]  # Dash's annotation knows Flask only
        assets_folder="assets",
        index_string=INDEX,
        title="cityops",
        update_title="",
        serve_locally=True,
        assets_path_ignore=["documents"],  # of pages that the server writes
        suppress_callback_exceptions=True,  # each page brings its own parts
    )
    dash.backend.websocket_capability = False  # else every page opens one, though no callback uses it
    dash.layout = html.Div([dcc.Location(id="url", refresh=False), html.Div(id="page"), _late()])
    _show_pages(dash)
    wall.register(dash)
    district.register(dash, client)
    data.register(dash, client)
    off_loop(dash.callback_map, FRAME)
    server.add_middleware(ForgedCallbacks, dash=dash)  # around Dash's own, which reads the body
    hashes: Sequence[str] = dash.csp_hashes()
    return hashes


def _late() -> html.P:
    """Return what the scripts show while a part of a page was not answered; the frame comes before any language."""
    words = attributes(**{f"data_{lang}": text(lang, "late") for lang in LANGUAGES})
    return html.P(id="page-late", role="status", hidden=True, **words)


def _refusal(address: Address) -> str | None:
    """Return why the viewer may not see a page that it comes to without loading it; the door answers the others."""
    known = viewer.current()
    region = outside(address, known) if known else None
    return region and text(address.lang, "refused.region", region=name_of(address.lang, region))


def _show_pages(dash: Dash) -> None:
    @dash.callback(Output("page", "children"), Input("url", "pathname"), State("url", "search"))
    def show(path: str | None, search: str | None) -> Any:
        address = Address.parse(path, search)
        layout = page_at(address.path)
        if layout is None:
            return notice.layout(address, text(address.lang, "notice.missing", path=address.path))
        if sentence := _refusal(address):
            return notice.layout(address, sentence)
        try:
            return layout(address)
        except Exception:  # the screen must say so, not stay black
            _log.exception("page failed", path=address.path)
            return notice.layout(address, text(address.lang, "notice.failed"))
