"""The page `/vital-signs` (城市体征): the tree down to its leaves, what moves it most, and districts side by side."""

import asyncio

from fastapi import APIRouter, Request, Response

from cityops.reference import CITY_CODE
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.vital_signs import shown

PATH = "/vital-signs"
EVERY_MS = 5000
"""As often as the API makes the tree anew."""

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=signs`."""
    asked = Address.parse(request.url.path, request.url.query)
    region = asked.query.get("region", CITY_CODE)
    codes = dict.fromkeys((region, CITY_CODE))  # districts stand side by side whichever is open
    told = await asyncio.gather(*(api.ask(request, "GET", "vital-signs", params={"region": one}) for one in codes))
    for answer in told:
        if not answer.ok:
            return api.turned_away(request, answer) or api.missing(request)
    own, city = told[0].body, told[-1].body
    values = shown.page(own, city, asked)
    if asked.query.get("part") == "signs":
        return document.part(request, "vital_signs_part.html", **values)
    return document.page(request, "vital_signs.html", every=EVERY_MS, **values)
