"""The page `/devices/{code}`: who a device is and where, what it measured, its alarms, states, cases around."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.alarms.course import QuietKind
from cityops.domain.devices import name_en
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import district_of, is_city
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.figures.plan import PlanMark, around, covering, labels, plan
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import in_charge, region_name, unit_name
from cityops_dashboards.pages.case.progress import span
from cityops_dashboards.pages.desk import alarms as lines
from cityops_dashboards.pages.device import curves
from cityops_dashboards.pages.document import clock
from cityops_dashboards.pages.todo.cards import drilled
from cityops_dashboards.texts import text

EVERY_MS = 7000
MAP_PX, CITY_KM = (360, 200), 80.0
ALARMS, TRANSITIONS, CASES, WITHIN_M = 30, 12, 12, 1_000
HEARD = frozenset({"unshelved", "unquieted"})

Body = Mapping[str, Any]
Row = dict[str, Any]

router = APIRouter(include_in_schema=False)


@router.get("/devices/{code}")
async def show(request: Request, code: str) -> Response:
    """Give the page, or its moving part for `?part=device`."""
    asked = Address.parse(request.url.path, request.url.query)
    path = f"devices/{api.segment(code)}"
    found = await api.ask(request, "GET", path)
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    values = _shown(found.body, await _beside(request, path), asked.lang)
    if asked.query.get("part") == "device":
        return document.part(request, "device_part.html", **values)
    return document.page(request, "device.html", every=EVERY_MS, **values)


async def _beside(request: Request, path: str) -> dict[str, Any]:
    """Return what else the API tells of a device; None of what it does not tell, or not to this role."""
    wanted: dict[str, tuple[str, dict[str, str], Permission]] = {
        "curves": (f"{path}/curves", {}, Permission.READING_READ),
        "alarms": (f"{path}/alarms", {"limit": str(ALARMS)}, Permission.ALARM_READ),
        "quiets": ("alarms/quiets", {}, Permission.ALARM_READ),
        "rules": ("alarm-rules", {}, Permission.CATALOGUE_READ),
        "transitions": (f"{path}/transitions", {"limit": str(TRANSITIONS)}, Permission.DEVICE_READ),
        "cases": (f"{path}/cases", {"within_m": str(WITHIN_M), "limit": str(CASES)}, Permission.EVENT_READ),
    }
    told = await asyncio.gather(
        *(api.ask(request, "GET", one, params=p) for one, p, needed in wanted.values() if viewer.may(needed))
    )
    answered = [name for name, (_, _, needed) in wanted.items() if viewer.may(needed)]
    bodies = {name: one.body if one.ok else None for name, one in zip(answered, told, strict=True)}
    return dict.fromkeys(wanted) | bodies


def _shown(device: Body, beside: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return what the templates show."""
    now = utc_now()
    alarms: Sequence[Body] | None = beside["alarms"] and beside["alarms"]["items"]
    open_ = [row for row in alarms or () if row["cleared_at"] is None]
    rules = curves.in_force(beside["rules"] or [], device)
    told, name = beside["curves"], device["name_zh"] if lang == "zh" else name_en(device["kind_en"], device["code"])
    return {
        "device": device,
        "name": name,
        "place": region_name(lang, device["region_code"]),
        "state": text(lang, f"device.state.{device['state']}"),
        "level": max((row["level"] for row in open_), default=0),
        "shape": lines.level_name(max((row["level"] for row in open_), default=0)),
        "facts": _facts(device, told, lang),
        "map": _map(device, max((row["level"] for row in open_), default=0), lang),
        "cards": None if told is None else curves.cards(told, device, rules, alarms or (), now, lang),
        "latest": [_latest(code, value, lang) for code, value in device["latest"].items()],
        "knows_rules": beside["rules"] is not None,
        "alarms": None if alarms is None else [alarm(row, now, lang) for row in alarms],
        "more_alarms": bool(beside["alarms"] and beside["alarms"]["truncated"]),
        "work": _work(beside["quiets"], device["code"], now, lang),
        "transitions": _transitions(beside["transitions"], now, lang),
        "silence": curves.of_silence(rules, lang),
        "cases": None if beside["cases"] is None else [_case(row, now, lang) for row in beside["cases"]["items"]],
        "more_cases": bool(beside["cases"] and beside["cases"]["truncated"]),
        "within": f"{WITHIN_M:,}",
    }


def _facts(device: Body, told: Body | None, lang: str) -> list[tuple[str, str]]:
    """Return who a device is, in words."""
    source = next((row for row in reference.rows("source_systems") if row["code"] == device["source"]), None)
    owner = unit_name(lang, {"kind": "department", "code": source["department_code"]}) if source else ""
    facts = [
        ("code", device["code"]),
        ("kind", device[f"kind_{lang}"]),
        ("source", source[f"name_{lang}"] if source else device["source"]),
        ("owner", owner),
        ("registered", datetime.fromisoformat(device["registered_at"]).astimezone(CITY_ZONE).strftime("%Y-%m-%d")),
        ("cadence", span(timedelta(seconds=device["expected_interval_s"]), lang)),
    ]
    if told is not None and told["items"]:
        n = sum(row["n"] for row in told["items"])
        facts.append(("coverage_day", curves.coverage(n, told["expected"] * len(told["items"]), lang)))
    return [(text(lang, f"device.{key}"), words) for key, words in facts if words]


def _latest(code: str, value: float, lang: str) -> tuple[str, str, str]:
    return lines.metric_name(code, lang), lines.number(code, value), lines.metric_unit(code, lang)


def _map(device: Body, level: int, lang: str) -> dict[str, Any]:
    """Return the plan of the device's district; of one that belongs to none, that around it."""
    lon, lat, region = device["lon"], device["lat"], device["region_code"]
    frame = around(*MAP_PX, lon, lat, CITY_KM) if is_city(region) else covering(*MAP_PX, [district_of(region)])
    mark = PlanMark(lon, lat, WarningLevel(level))
    return {"frame": frame, "shapes": [*plan(frame, {}, [mark])], "labels": [*labels(frame, lang)]}


def alarm(row: Body, now: datetime, lang: str) -> Row:
    """Return an alarm of a device: what, how grave and how bad, from when to when, who saw it, what kept it quiet."""
    until = row["cleared_at"] or row["gone_at"]
    lasted = (datetime.fromisoformat(until) if until else now) - datetime.fromisoformat(row["onset"])
    return lines.alarm(row, now, lang) | {
        "is_open": row["cleared_at"] is None,
        "level": row["worst_level"] if row["cleared_at"] else row["level"] or row["worst_level"],
        "lasted": span(lasted, lang),
        "cleared_why": row["cleared_why"] or "",
        "quieted": [_quieted(line, now, lang) for line in row["quieted"]],
    }


def _quieted(line: Body, now: datetime, lang: str) -> str:
    """Return one line of what kept an alarm quiet, or let it be heard again."""
    key = "device.heard" if line["kind"] in HEARD else f"quiet.{QuietKind(line['kind'])}"
    said = [clock(line["at"], now), text(lang, key), line["by"], line["detail"].get("why")]
    if until := line["detail"].get("until"):
        said.append(text(lang, "quiet.until", at=clock(until, now)))
    return " ".join(str(one) for one in said if one)


def _work(quiets: Body | None, code: str, now: datetime, lang: str) -> list[str]:
    """Return what takes the device out of service now."""
    found = [one for one in (quiets or {"items": []})["items"] if one["device"] == code]
    return [
        text(lang, "device.work", by=one["by"], reason=one["reason"], at=clock(one["ends_at"], now)) for one in found
    ]


def _transitions(told: Body | None, now: datetime, lang: str) -> list[Row] | None:
    """Return the changes of a device's state, newest first, each with how long it lasted."""
    if told is None:
        return None
    ends = [now, *(datetime.fromisoformat(one["at"]) for one in told["items"])]
    return [
        {
            "at": clock(one["at"], now),
            "before": text(lang, f"device.state.{one['before']}"),
            "after": text(lang, f"device.state.{one['after']}"),
            "lasted": span(end - datetime.fromisoformat(one["at"]), lang),
            "is_now": end == now,
        }
        for one, end in zip(told["items"], ends, strict=False)
    ]


def _case(row: Body, now: datetime, lang: str) -> Row:
    away = row["distance_m"]
    return {
        "id": row["id"],
        "title": " · ".join([*drilled(row, lang), row["title"]]),
        "lamp": None if row["stage"] == "closed" else row["lamp"] or "green",
        "due_at": row["due_at"],
        "status": text(lang, f"status.{row['status']}"),
        "unit": in_charge(lang, row),
        "occurred": clock(row["occurred_at"], now),
        "away": text(lang, "device.same_street") if away is None else text(lang, "device.away", n=f"{away:,}"),
    }
