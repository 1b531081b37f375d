"""The page `/alarms/load`: what a seat has to bear, hour by hour, which rules raise the most, and what would help."""

from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.domain.access import ScopeKind
from cityops.domain.regions import RegionLevel
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.load import lines
from cityops_dashboards.texts import name

PATH = "/alarms/load"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, with the cures for a rule that `?rule=` names: they are tried only when somebody asks."""
    asked = Address.parse(request.url.path, request.url.query)
    region = {"region": asked.query["region"]} if asked.query.get("region") else {}
    found = await api.ask(request, "GET", "alarms/load", params=region)
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    chosen = asked.query.get("rule", "")
    tried = await api.ask(request, "GET", "alarms/load/cures", params={"rule": chosen}) if chosen else None
    if tried is not None and tried.status not in {200, 404, 422}:
        return api.turned_away(request, tried) or api.missing(request)
    cures = lines.cures(tried.body, asked.lang) if tried and tried.ok else None
    values = {"chosen": chosen, "cures": cures, "regions": _regions(asked), "region": region.get("region", "")}
    return document.page(request, "load.html", **values, **_shown(found.body, asked.lang))


def _shown(load: Any, lang: str) -> dict[str, Any]:
    return {
        "figures": lines.figures(load["figures"], lang),
        "over": sum(one["state"] == "over" for one in load["figures"]),
        "chart": lines.drawn(load),
        "frame": lines.CHART,
        "busy": lines.BUSY_HOUR,
        "worst": lines.worst(load, lang),
        "frequent": lines.frequent(load, lang),
        "period": lines.period(load, lang),
        "total": f"{load['total']:,}",
        "kept_quiet": f"{load['kept_quiet']:,}",
        "floods": load["floods_total"],
        "is_conclusive": load["is_conclusive"],
        "as_of": lines.moment(load["as_of"]),
    }


def _regions(asked: Address) -> list[tuple[str, str]]:
    """Return the districts that whoever sees the whole city may choose a seat by."""
    known = viewer.current()
    if known is None or known.subject.scope.kind is not ScopeKind.CITY:
        return []
    return [(one.code, name(asked.lang, one)) for one in reference.regions() if one.level is RegionLevel.DISTRICT]
