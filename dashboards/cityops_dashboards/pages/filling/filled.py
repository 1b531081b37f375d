"""The page `/filling/FORM/REGION/DAY`: one sheet, to be filled in, or to be reviewed beside the period before."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.filling.forms import CellPart
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.pages import document
from cityops_dashboards.pages.document import clock
from cityops_dashboards.pages.filling.page import PATH, row
from cityops_dashboards.texts import text, unit

router = APIRouter(include_in_schema=False)
_Told = Mapping[str, Any]


@router.get(f"{PATH}/{{form}}/{{region}}/{{start}}")
async def show(request: Request, form: str, region: str, start: date) -> Response:
    """Give a sheet as whoever looks may act on it."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "filling.not_yours", 403)
    path = f"filling/sheets/{api.segment(form)}/{api.segment(region)}/{start}"
    found = await asyncio.gather(*(api.ask(request, "GET", one) for one in (path, "filling/forms")))
    if (bad := next((one for one in found if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    sheet, declared = found[0].body, next(one for one in found[1].body if one["code"] == form)
    return document.page(request, "filling_sheet.html", path=path, **shown(sheet, declared, asked.lang))


def shown(sheet: _Told, declared: _Told, lang: str) -> dict[str, Any]:
    """Return a sheet of the API as the page shows it."""
    now = utc_now()
    reasons = {one["indicator"]: one["reason"] for one in sheet["reasons"]}
    fields = [_field(one, sheet, reasons.get(one["indicator"], ""), lang) for one in declared["fields"]]
    cells = [cell for one in fields for cell in one["cells"]]
    told = [act | {"clock": clock(act["at"], now)} for act in sheet["acts"]]
    return {
        "sheet": row(sheet, lang) | {"version": sheet["version"], "state": sheet["state"]},
        "fields": fields,
        "may": sheet["may"],
        "offered": sum(cell["offered"] is not None for cell in cells),
        "asked_cells": len(cells),
        "acts": told,
        "returned": next((one for one in told[:1] if one["act"] == "return"), None),
    }


def _field(one: _Told, sheet: _Told, reason: str, lang: str) -> dict[str, Any]:
    cells = [cell for cell in sheet["cells"] if cell["indicator"] == one["indicator"]]
    return {
        "code": one["indicator"],
        "name": one[f"name_{lang}"],
        "definition": one[f"definition_{lang}"],
        "unit": unit(lang, one["unit"]),
        "usual": one["usual"] and f"{figure(one['usual'][0])} – {figure(one['usual'][1])}",
        "cells": [_cell(cell, one, lang) for cell in cells],
        "reason": reason,
        "faults": [_fault(fault, lang) for fault in sheet["faults"] if fault["indicator"] == one["indicator"]],
        "is_ratio": len(cells) > 1,
        "value": _ratio(cells, "value", one),
        "previous": _ratio(cells, "previous", one),
        "change": _change(cells, one),
    }


def _cell(cell: _Told, one: _Told, lang: str) -> dict[str, Any]:
    given = cell["value"]
    return {
        "part": cell["part"],
        "written": "" if given is None else f"{given:.12g}",
        "value": "–" if given is None else figure(given),
        "offered": None if cell["offered"] is None else f"{cell['offered']:.12g}",
        "offered_words": "" if cell["offered"] is None else figure(cell["offered"]),
        "offered_from": cell["offered_from"],
        "origin": cell["origin"],
        "offers_previous": cell["offered"] is not None and cell["offered"] == cell["previous"],
        "previous": None if cell["previous"] is None else figure(cell["previous"]),
        "approved": None if cell["approved"] in {None, given} else figure(cell["approved"]),
        "unit": unit(lang, one["unit"]) if cell["part"] == CellPart.VALUE else "",
    }


def _fault(fault: _Told, lang: str) -> dict[str, str]:
    low, high = (figure(fault[name]) if fault[name] is not None else "" for name in ("low", "high"))
    return {"kind": fault["kind"], "words": text(lang, f"filling.fault.{fault['kind']}", low=low, high=high)}


def _ratio(cells: Sequence[_Told], name: str, one: _Told) -> float | None:
    """Return what a field comes to: its value, or its numerator over its denominator."""
    parts = {cell["part"]: cell[name] for cell in cells}
    if CellPart.VALUE in parts:
        return None if parts[CellPart.VALUE] is None else float(parts[CellPart.VALUE])
    above, below = parts[CellPart.NUMERATOR], parts[CellPart.DENOMINATOR]
    return above / below * float(one["scale"]) if above is not None and below else None


def _change(cells: Sequence[_Told], one: _Told) -> str:
    """Return how much a field is more than in the period before: of a ratio in points, else in percent."""
    now, before = _ratio(cells, "value", one), _ratio(cells, "previous", one)
    if now is None or before is None:
        return ""
    told = f"{now - before:+.1f}" if len(cells) > 1 else f"{(now - before) / before:+.1%}" if before else ""
    return told.replace("-", "−")


def figure(value: float) -> str:
    """Return a number as it is read: with commas, and no more digits than were written."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
