"""The page `/platform`: who is connected, devices, channels, what is kept and what came by day, counted live."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.access import Permission, ScopeKind
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.platform import exchange

PATH = "/platform"
EVERY_MS = 5000

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=platform`."""
    asked = Address.parse(request.url.path, request.url.query)
    wanted: Mapping[str, Permission] = {
        "platform/inventory": Permission.PLATFORM_READ,
        "channels/counts": Permission.CHANNEL_READ,
        "rejects/counts": Permission.REJECT_READ,
    }
    told = await asyncio.gather(*(_told(request, path, needed) for path, needed in wanted.items()))
    found, channels, rejects = told
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    values = _shown(found.body, channels.body if channels.ok else None, rejects.body if rejects.ok else None, asked)
    if asked.query.get("part") == "platform":
        return document.part(request, "platform_part.html", **values)
    return document.page(request, "platform.html", every=EVERY_MS, **values)


async def _told(request: Request, path: str, needed: Permission) -> api.ApiAnswer:
    """Return what the API tells; 403 where the role is not told anyway."""
    return await api.ask(request, "GET", path) if viewer.may(needed) else api.ApiAnswer(403)


def _shown(told: Any, channels: Any, rejects: Any, asked: Address) -> dict[str, Any]:
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    lang = asked.lang
    is_city = known.subject.scope.kind not in {ScopeKind.DISTRICTS, ScopeKind.STREETS}
    return {
        "figures": exchange.figures(told, channels, lang, is_city=is_city),
        "sources": exchange.sources(told, rejects, lang),
        "kinds": exchange.kinds(told, lang),
        "days": exchange.days(told, lang),
        "quality": exchange.quality(told, lang),
        "is_city": is_city,
        "as_of": told["as_of"],
        "summed_until": told["summed_until"],
        "states_as_of": told["states_as_of"],
        "counted_since": told["counted_since"],
        "knows_rejects": rejects is not None,
        "file": write("/export/sources.csv", {"lang": lang}),
    }
