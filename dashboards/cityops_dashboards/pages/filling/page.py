"""The page `/filling` (在线填报): what is due, what waits for review, files out and in, what filling in costs."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.filling.due import SheetStanding
from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.document import clock

PATH = "/filling"
MOST_SHOWN = 200
SHOWN = {
    "due": (SheetStanding.LATE, SheetStanding.RETURNED, SheetStanding.SOON, SheetStanding.OPEN),
    "review": (SheetStanding.SUBMITTED,),
    "done": (SheetStanding.APPROVED,),
}
"""The lists of the page, and which sheets stand in each."""

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page with the list that `?show=` names: what is due, what waits for review, what is done."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "filling.not_yours", 403)
    first = "review" if viewer.may(Permission.FORM_REVIEW) else "due"
    chosen = asked.query["show"] if asked.query.get("show") in SHOWN else first
    params = {"limit": str(MOST_SHOWN), "standing": [one.value for one in SHOWN[chosen]]}
    paths: dict[str, Any] = {"filling/due": params, "filling/forms": None, "filling/burden": None}
    found = await asyncio.gather(*(api.ask(request, "GET", path, params=given) for path, given in paths.items()))
    if (bad := next((one for one in found if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    due, forms, burden = (one.body for one in found)
    return document.page(
        request,
        "filling.html",
        chosen=chosen,
        lists=[(name, sum(due["counts"][one] for one in standings)) for name, standings in SHOWN.items()],
        late=due["counts"][SheetStanding.LATE],
        more=due["total"] - len(due["items"]),
        sheets=[row(one, asked.lang) for one in due["items"]],
        files=_files(forms, asked.lang),
        burden=costs(burden),
    )


def row(sheet: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return a sheet as a line of the list."""
    day = datetime.fromisoformat(sheet["start"]).astimezone(CITY_ZONE).date()
    return {
        "path": f"{PATH}/{sheet['form']}/{sheet['region_code']}/{day}",
        "title": sheet[f"title_{lang}"],
        "place": region_name(lang, sheet["region_code"]),
        "period": period_words(day, sheet["end"]),
        "standing": sheet["standing"],
        "due": clock(sheet["due_at"]),
        "due_at": sheet["due_at"],
    }


def period_words(day: date, end: str) -> str:
    """Return a period as people name it, by how long it is: 2026-11-27, 2026-10, 2026 Q3, 2026."""
    last = datetime.fromisoformat(end).astimezone(CITY_ZONE).date()
    days = (last - day).days
    if days > 300:
        return f"{day.year}"
    if days > 80:
        return f"{day.year} Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if days > 25 else f"{day:%Y-%m-%d}"


def _files(forms: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Return the newest period of each form of the own area, for which a file can be had and sent."""
    found = []
    for one in (form for form in forms if form["regions"] and form["newest"]):
        start, end = date.fromisoformat(one["newest"]), Grain(one["period"]).floor(utc_now())
        told = {"code": one["code"], "start": start, "period": period_words(start, end.isoformat())}
        found.append(told | {"title": one[f"title_{lang}"], "due": one[f"due_{lang}"], "level": one["level"]})
    return found


def costs(burden: Mapping[str, Any]) -> dict[str, Any]:
    """Return what filling in costs, in figures that can be read."""
    return {
        "levels": [
            {
                "level": one["level"],
                "cells": f"{one['cells_per_month']:.1f}",
                "share": percent(one["share_prefilled"]),
            }
            for one in burden["levels"]
        ],
        "share": percent(burden["share_prefilled"]),
        "cells": f"{sum(one['cells'] for one in burden['measured']):,}",
        "prefilled": percent(burden["measured_share_prefilled"]),
        "taken": percent(burden["measured_share_taken"]),
        "since": burden["since"][:7],
    }


def percent(share: float | None) -> str:
    """Return a share as it is shown: only all of them are 100 %."""
    return "–" if share is None else f"{min(share, 0.99) if share < 1 else share:.0%}"
