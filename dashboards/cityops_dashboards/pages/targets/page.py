"""The page `/targets` (政策目标): each target of policy with its newest value, what is missing, a bar of the way."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.filling.page import period_words
from cityops_dashboards.texts import text, unit

PATH = "/targets"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, what is furthest from its target first."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "targets.not_yours", 403)
    found = await api.ask(request, "GET", "targets")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    rows = [_row(one, asked.lang) for one in sorted(found.body, key=_farthest)]
    return document.page(request, "targets.html", rows=rows)


def _farthest(one: Mapping[str, Any]) -> tuple[bool, float]:
    """Return by what targets are ordered: those without a value last."""
    return one["share"] is None, one["share"] or 0.0


def _row(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    owners = {row["code"]: row[f"name_{lang}"] for row in reference.rows("departments")}
    share = one["share"]
    return {
        "code": one["indicator"],
        "name": one[f"name_{lang}"],
        "place": region_name(lang, one["region_code"]),
        "owner": owners.get(one["owner"], "—"),
        "unit": unit(lang, one["unit"]),
        "gap_unit": text(lang, "targets.points") if one["unit"] == "%" else unit(lang, one["unit"]),
        "target": f"{one[f'reached_{lang}']} {one['target']:,.{one['decimals']}f}",
        "value": None if one["value"] is None else f"{one['value']:,.{one['decimals']}f}",
        "period": one["value_start"] and period_words(_day(one["value_start"]), one["value_end"]),
        "finished": one["finished"],
        "corrected": one["quality"] is not None,
        "gap": None if one["gap"] is None else f"{max(0.0, one['gap']):,.{one['decimals']}f}",
        "is_reached": one["is_reached"],
        "percent": None if share is None else f"{share * 100:.1f}",
        "by": one["by"],
        "document": one[f"document_{lang}"],
        "published": one["published"],
        "example": one["example"],
    }


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(CITY_ZONE).date()
