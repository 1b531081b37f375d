"""The page `/conflicts`: indicators whose sources differ on the left, beside them the sources over time, and acts."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.access import Permission
from cityops.domain.indicators.marks import CorrectionAction, CorrectionStatus
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.conflicts.drawing import HEIGHT, WIDTH, drawn
from cityops_dashboards.texts import unit

PATH = "/conflicts"
EVERY_MS = 10_000
ROWS = 40
"""Periods that the table shows, the newest first; the plot has all of them."""

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=conflicts`."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "conflicts.not_yours", 403)
    listed, corrections = await asyncio.gather(
        api.ask(request, "GET", "conflicts"), api.ask(request, "GET", "corrections", params={"holding": "true"})
    )
    if (bad := next((one for one in (listed, corrections) if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    code = asked.query.get("indicator") or (listed.body[0]["indicator"] if listed.body else "")
    found = await _sources(request, asked, code, listed.body) if code else None
    if found is not None and found.status not in {200, 404, 422}:
        return api.turned_away(request, found) or api.missing(request)
    values = {
        "rows": [_row(one, asked.lang) for one in listed.body],
        "others": _others(corrections.body, {one["indicator"] for one in listed.body}),
        "chosen": _chosen(found.body, asked.lang) if found and found.ok else None,
        "code": code,
        "may_correct": viewer.may(Permission.INDICATOR_CORRECT),
        "actions": [one.value for one in CorrectionAction],
    }
    if asked.query.get("part") == "conflicts":
        return document.part(request, "conflicts_part.html", **values)
    return document.page(request, "conflicts.html", every=EVERY_MS, **values)


async def _sources(request: Request, asked: Address, code: str, listed: Sequence[Mapping[str, Any]]) -> ApiAnswer:
    """Ask for the sources of an indicator in the region that the address names, else where they differ newest."""
    newest = next((one["newest"]["region_code"] for one in listed if one["indicator"] == code), None)
    region = asked.query.get("region") or newest
    params = {"region": region} if region else {}
    return await api.ask(request, "GET", f"indicators/{code}/sources", params=params)


def _row(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    newest = one["newest"]
    return {
        "code": one["indicator"],
        "name": one[f"name_{lang}"],
        "place": region_name(lang, newest["region_code"]),
        "day": _day(newest["start"]),
        "percent": _percent(newest["relative"]),
        "differing": one["differing"],
        "corrections": one["open_corrections"],
        "stale": one["stale_corrections"],
    }


def _others(corrections: Sequence[Mapping[str, Any]], listed: set[str]) -> list[str]:
    """Return indicators that are corrected though no two sources of them differ."""
    return sorted({one["indicator"] for one in corrections} - listed)


def _chosen(told: Mapping[str, Any], lang: str) -> dict[str, Any]:
    decimals = told["decimals"]
    names = {one["code"]: one[f"name_{lang}"] for one in told["sources"]}
    points = told["points"]
    newest = list(reversed(points))[:ROWS]
    first = next((one for one in newest if one["differs"]), newest[0] if newest else None)
    return {
        "code": told["indicator"],
        "name": told[f"name_{lang}"],
        "unit": unit(lang, told["unit"]),
        "place": region_name(lang, points[0]["region_code"]) if points else "",
        "region": points[0]["region_code"] if points else "",
        "rule": told[f"rule_{lang}"],
        "tolerance": _percent(told["tolerance_relative"]),
        "sources": names,
        "lines": drawn(points, [*names], decimals),
        "frame": {"width": WIDTH, "height": HEIGHT},
        "points": [_point(one, names, decimals) for one in newest],
        "periods": [(one["start"], one["end"], _day(one["start"])) for one in newest],
        "first": first,
        "said": first["values"][0]["value"] if first else None,
        "corrections": [_correction(one, names, lang) for one in told["corrections"]],
        "day": _day,
    }


def _point(one: Mapping[str, Any], names: Mapping[str, str], decimals: int) -> dict[str, Any]:
    by_source = {value["source"]: value for value in one["values"]}
    cells = []
    for source in names:
        value = by_source.get(source)
        said = None if value is None else value["value"]
        shown = None if value is None else value["shown"]
        cells.append(
            {
                "said": "—" if said is None else f"{said:,.{decimals}f}",
                "shown": None if shown == said else "×" if shown is None else f"{shown:,.{decimals}f}",
                "wins": source == one["winner"],
                "stale": bool(value and value["stale_corrections"]),
            }
        )
    return {
        "day": _day(one["start"]),
        "finished": one["finished"],
        "cells": cells,
        "absolute": "—" if one["absolute"] is None else f"{one['absolute']:,.{decimals}f}",
        "relative": _percent(one["relative"]),
        "differs": one["differs"],
    }


def _correction(one: Mapping[str, Any], names: Mapping[str, str], lang: str) -> dict[str, Any]:
    low, high = one["expected_low"], one["expected_high"]
    status = CorrectionStatus(one["status"])
    return {
        **{
            name: one[name]
            for name in ("id", "action", "amount", "reason", "by", "state", "status", "applies", "stale")
        },
        "source": names.get(one["source"]) or one["source"],
        "place": one["region_code"] and region_name(lang, one["region_code"]),
        "from": _day(one["period_start"]),
        "to": _last(one["period_end"]),
        "expected": f"{low:g}" if low == high else f"{low:g} – {high:g}",
        "holds": one["holds"],
        "next": [each.value for each in CorrectionStatus if status.may_become(each)],
        "steps": [{**each, "at": _day(each["at"])} for each in one["steps"]],
    }


def _last(end: str) -> str:
    """Return the last day of a period that ends at a midnight, else when it ends."""
    local = datetime.fromisoformat(end).astimezone(CITY_ZONE)
    ends_a_day = (local.hour, local.minute) == (0, 0)
    return f"{local - timedelta(days=1):%Y-%m-%d}" if ends_a_day else f"{local:%Y-%m-%d %H:%M}"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.1f}%"


def _day(moment: str) -> str:
    local = datetime.fromisoformat(moment).astimezone(CITY_ZONE)
    return local.strftime("%Y-%m-%d" if (local.hour, local.minute) == (0, 0) else "%Y-%m-%d %H:%M")
