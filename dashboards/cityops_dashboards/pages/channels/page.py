"""The page `/channels`: online rates by district and industry, faults, plans, and up to four channels on demand.

A channel is opened by a click with a reason, never by itself; the page alone may show the gateway in a frame.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.statistics.table import percent
from cityops_dashboards.texts import text

PATH = "/channels"
MOST = 60
"""Channels of a region that are listed; a plan has 64 at most."""
STATES = ("online", "offline", "unknown")

Body = Mapping[str, Any]

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page: with the channels of a plan, around a place, or of a region, as its address asks."""
    asked = Address.parse(request.url.path, request.url.query)
    rates, plans, listed = await asyncio.gather(
        api.ask(request, "GET", "channels/rates"),
        api.ask(request, "GET", "channels/plans"),
        _listed(request, asked),
    )
    for answer in (rates, plans, listed):
        if answer is not None and not answer.ok:
            return api.turned_away(request, answer) or api.missing(request)
    values = _shown(rates.body, plans.body, None if listed is None else listed.body, asked)
    page = document.page(request, "channels.html", **values)
    page.headers["Content-Security-Policy"] = request.app.state.framing
    return page


async def _listed(request: Request, asked: Address) -> api.ApiAnswer | None:
    """Return the channels around a place or of a region; None where neither is asked for."""
    query = asked.query
    if "lon" in query and "lat" in query:
        return await api.ask(request, "GET", "channels/nearby", params={"lon": query["lon"], "lat": query["lat"]})
    if region := query.get("region"):
        return await api.ask(request, "GET", "channels", params={"region": region, "limit": str(MOST)})
    return None


def _shown(rates: Any, plans: Any, listed: Any, asked: Address) -> dict[str, Any]:
    lang = asked.lang
    chosen = next((one for one in plans if one["code"] == asked.query.get("plan")), None)
    title, rows = _chosen(chosen, listed, asked)
    return {
        "districts": _rates(rates["items"], "region_code", lambda one: region_name(lang, one["region_code"])),
        "industries": _rates(rates["items"], "industry", lambda one: one[f"name_{lang}"]),
        "faults": [_line(one, lang) for one in rates["faults"]],
        "plans": [(one["code"], one[f"name_{lang}"], *_online(one["channels"])) for one in plans],
        "chosen": title,
        "listed": [_line(one, lang) for one in rows],
        "plays": rates["plays"],
        "may_open": rates["plays"] and viewer.may(Permission.CHANNEL_OPEN),
        "about": asked.query.get("about", "") or (f"plan:{chosen['code']}" if chosen else ""),
    }


def _chosen(plan: Body | None, listed: Any, asked: Address) -> tuple[str, Sequence[Body]]:
    """Return what is listed and its name: a plan before all else; nothing where nothing is asked for."""
    if plan is not None:
        return plan[f"name_{asked.lang}"], plan["channels"]
    if isinstance(listed, list):
        return text(asked.lang, "channels.nearby"), listed
    return (region_name(asked.lang, asked.query["region"]), listed["items"]) if listed else ("", [])


def _rates(items: Sequence[Body], by: str, name: Any) -> list[tuple[str, str, str, str, int]]:
    """Return code, name, share online, of how many, and how many are off; the worst share first."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    names: dict[str, str] = {}
    for one in items:
        sums[one[by]].update({state: one[state] for state in STATES})
        names[one[by]] = name(one)
    rows = sorted(sums.items(), key=lambda item: (item[1]["online"] / max(1, item[1].total()), item[0]))
    return [
        (code, names[code], percent(of["online"], of.total()), f"{of['online']:,}/{of.total():,}", of["offline"])
        for code, of in rows
    ]


def _online(channels: Sequence[Body]) -> tuple[int, int]:
    return sum(one["state"] == "online" for one in channels), len(channels)


def _line(one: Body, lang: str) -> dict[str, Any]:
    away = one.get("away_m")
    return {
        "code": one["code"],
        "name": one["name_zh"],
        "place": region_name(lang, one["region_code"]),
        "away": "" if away is None else text(lang, "device.away", n=f"{away:.0f}"),
        "state": one["state"],
        "since": one["state_since"],
    }
