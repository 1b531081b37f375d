"""Which page stands at which address: the frame around all pages, and HTTP 404 where there is none."""

from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from cityops_dashboards.addresses import Address
from cityops_dashboards.pages import wall

Layout = Callable[[Address], Any]

INDEX = """<!DOCTYPE html>
<html lang="{%lang%}">
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


def page_at(path: str) -> Layout | None:
    """Return the layout function of the page at a path, None where there is none."""
    if path == "/":
        return wall.layout
    return None


def install_pages(dash: Dash, server: FastAPI) -> None:
    """Give the application its frame, its pages and the route that answers for every other address."""
    dash.index_string = INDEX
    dash.layout = html.Div([dcc.Location(id="url", refresh="callback-nav"), html.Div(id="page")])

    @dash.callback(Output("page", "children"), Input("url", "pathname"), State("url", "search"))
    async def show(path: str | None, search: str | None) -> Any:
        address = Address.parse(path, search)
        layout = page_at(address.path)
        return layout(address) if layout else "404"

    wall.register(dash)

    @server.get("/{path:path}", include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        address = Address.parse(request.url.path, request.url.query)
        html_lang = "zh-CN" if address.lang == "zh" else "en"
        body = dash.index().replace("{%lang%}", html_lang)
        return HTMLResponse(body, 200 if page_at(address.path) else 404)
