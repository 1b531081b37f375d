"""The pages `/indicators` (指标目录), with an entry each below it, and `/catalog.jsonld`, made of declarations."""

from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.indicators import entry, linked, listed

PATH = "/indicators"
LINKED = "/catalog.jsonld"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the catalogue by theme, or what of it a search finds."""
    asked = Address.parse(request.url.path, request.url.query)
    found = await api.ask(request, "GET", "indicators")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    return document.page(request, "indicators.html", **listed.page(found.body, asked))


@router.get(f"{PATH}/{{code}}")
async def show_entry(request: Request, code: str) -> Response:
    """Give the entry of one indicator."""
    asked = Address.parse(request.url.path, request.url.query)
    found = await api.ask(request, "GET", f"indicators/{api.segment(code)}")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    values = entry.page(found.body, asked, may_export=viewer.may(Permission.EXPORT_READ))
    told = linked.of_entry(found.body, _origin(request), asked.lang)
    return document.page(request, "indicator.html", linked=linked.in_page(told), **values)


@router.get(LINKED)
async def show_linked(request: Request) -> Response:
    """Give the whole catalogue as JSON-LD, in the words of schema.org."""
    asked = Address.parse(request.url.path, request.url.query)
    found = await api.ask(request, "GET", "indicators")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    return _linked(linked.of_catalogue(found.body, _origin(request), asked.lang))


def _linked(told: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(linked.written(told), media_type="application/ld+json", headers=headers)


def _origin(request: Request) -> str:
    """Return the beginning of the addresses by which this dashboard was asked."""
    return str(request.base_url).rstrip("/")
