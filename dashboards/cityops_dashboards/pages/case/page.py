"""The page `/cases/{id}`: how a case stands, how it came there, and what may be done now by whoever looks."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.metrics import WarningLevel
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.figures.plan import PlanMark, around, labels, plan
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import act_name, in_charge, offers, region_name, units
from cityops_dashboards.pages.case.progress import bars, history
from cityops_dashboards.texts import text

EVERY_MS = 5000
MAP_PX, MAP_KM = (358, 138), 6.0

router = APIRouter(include_in_schema=False)


@router.get("/cases/{number}")
async def show(request: Request, number: str) -> Response:
    """Give the page, or its moving part for `?part=case`."""
    asked = Address.parse(request.url.path, request.url.query)
    found = await api.ask(request, "GET", f"cases/{api.segment(number)}")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    told = await values(request, found.body, asked.lang)
    if asked.query.get("part") == "case":
        return document.part(request, "case_part.html", **told)
    return document.page(request, "case.html", every=EVERY_MS, **told)


async def values(request: Request, case: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return what the templates of a case show of it."""
    now = utc_now()
    class_row = next((row for row in reference.rows("event_classes") if row["code"] == case["class_code"]), None)
    return {
        "case": case,
        "class_name": class_row[f"name_{lang}"] if class_row else case["class_code"],
        "status": text(lang, f"status.{case['status']}"),
        "place": region_name(lang, case["region_code"]),
        "unit": in_charge(lang, case),
        "source": _source(lang, case["source"]),
        "bars": bars(case, now, lang),
        "history": history(case, now, lang),
        "offers": offers(case, lang),
        "standards": await _standards(request, case, lang),
        "units_for": lambda act: [*units(lang, case["region_code"], act)],
        "act_name": lambda act: act_name(act, lang),
        "files": await _files(request, case),
        "map": _map(case, lang),
        "device": await _device(request, case),
        "video": viewer.may(Permission.CHANNEL_READ),
    }


def _source(lang: str, code: str) -> str:
    return next((row[f"name_{lang}"] for row in reference.rows("source_systems") if row["code"] == code), code)


async def _standards(request: Request, case: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """Return the standards of the case's class; the one that it has comes first."""
    found = await api.ask(request, "GET", "standards", params={"class": case["class_code"]})
    if not found.ok:
        return []
    told = [
        {
            "code": one["code"],
            "words": f"{one[f'condition_{lang}']} · {one[f'limit_{lang}']}",
            "closing": one[f"closing_{lang}"],
            "is_example": one["is_example"],
        }
        for one in found.body
    ]
    return sorted(told, key=lambda one: one["code"] != case["standard"])


async def _files(request: Request, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = await api.ask(request, "GET", f"cases/{case['id']}/evidence")
    return found.body["items"] if found.ok else []


async def _device(request: Request, case: Mapping[str, Any]) -> str | None:
    """Return the code of the device whose alarm the case was made of; None where it was not, or not to be told."""
    alarm = next((step["data"]["alarm"] for step in case["history"] if "alarm" in step["data"]), None)
    if alarm is None or not viewer.may(Permission.ALARM_READ):
        return None
    found = await api.ask(request, "GET", f"alarms/{api.segment(str(alarm))}")
    return found.body["device_code"] if found.ok else None


def _map(case: Mapping[str, Any], lang: str) -> dict[str, Any] | None:
    """Return the map around the case's place, None where that is not known."""
    if case["lon"] is None or case["lat"] is None:
        return None
    frame = around(*MAP_PX, case["lon"], case["lat"], MAP_KM)
    mark = PlanMark(case["lon"], case["lat"], WarningLevel.NONE)
    return {"frame": frame, "shapes": [*plan(frame, {}, [mark])], "labels": [*labels(frame, lang, [mark])]}
