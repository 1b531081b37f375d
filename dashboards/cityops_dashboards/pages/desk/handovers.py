"""The page `/handover` (交接班): who sits where, what is open, a shift handed over and confirmed by both."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Permission, Scope
from cityops.domain.regions import RegionLevel
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.desk.page import FILTERS
from cityops_dashboards.pages.document import clock
from cityops_dashboards.pages.todo.page import own_unit
from cityops_dashboards.texts import name, text

PATH = "/handover"
EVERY_MS = 3000
OFFERED, SEATS, PAST = 50, 100, 20
LEVELS = ("red", "orange", "yellow", "blue")
"""The gravest first."""

STAGES = ("found", "dispatched", "handling")

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=shifts`."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.may(Permission.SHIFT_HANDOVER):
        return plain.notice(asked.lang, "handover.not_yours", 403)
    answers = await _answers(request, asked)
    if (bad := next((one for one in answers.values() if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    values = _shown(answers, asked)
    if asked.query.get("part") == "shifts":
        return document.part(request, "handover_part.html", **values)
    return document.page(request, "handover.html", every=EVERY_MS, **values)


async def _answers(request: Request, asked: Address) -> dict[str, ApiAnswer]:
    after = {"after": asked.query["after"]} if asked.query.get("after") else {}
    wanted = {
        "offered": ("handovers", {"open": "true", "limit": str(OFFERED)}),
        "seats": ("handovers", {"sitting": "true", "limit": str(SEATS)}),
        "past": ("handovers", {"open": "false", "limit": str(PAST)} | after),
        "alarms": ("alarms/counts", {"by": "level", "open": "true"}),
        "unacknowledged": ("alarms/counts", {"by": "level", "open": "true", "acknowledged": "false"}),
        "quiet": ("alarms/counts", {"by": "level", "open": "true", "quiet": "true"}),
        "stages": ("cases/counts", {"by": "stage", "open": "true"}),
        "todos": ("cases/counts", {"by": "todo"} | own_unit()),
    }
    found = await asyncio.gather(*(api.ask(request, "GET", path, params=p) for path, p in wanted.values()))
    return dict(zip(wanted, found, strict=True))


def _shown(answers: Mapping[str, ApiAnswer], asked: Address) -> dict[str, Any]:
    known, now, lang = viewer.current(), utc_now(), asked.lang
    assert known is not None  # the door lets nobody else in
    mine = known.subject.name
    lists = {key: [shift(row, mine, now, lang) for row in answers[key].body["items"]] for key in ("offered", "seats")}
    lists["offered"].sort(key=lambda one: one["part"] != "answer")  # what waits for the viewer comes first
    past = [shift(row, mine, now, lang) for row in answers["past"].body["items"]]
    waiting = {one["group"]: one["count"] for one in answers["todos"].body}
    return lists | {
        "past": past,
        "next": answers["past"].body["next"],
        "is_first": not asked.query.get("after"),
        "counted": told(now_open(answers), lang),
        "todos": [(one, waiting.get(one, 0)) for one in FILTERS],
        "regions": regions(known.subject.scope, lang),
        "seat_names": sorted({one["seat"] for one in (*lists["offered"], *lists["seats"], *past)}),
        "people": sorted({who for one in (*lists["seats"], *past) for who in (one["giver"], one["taker"])} - {mine}),
    }


def shift(row: Mapping[str, Any], mine: str, now: datetime, lang: str) -> dict[str, Any]:
    """Return a handover of the API as the page shows it; `part` is what somebody called `mine` has to say to it."""
    is_open = row["settled_at"] is None
    parts = {row["to_account"]: "answer", row["from_account"]: "withdraw"}
    return {
        "id": row["id"],
        "seat": row["seat"],
        "place": region_name(lang, row["region_code"]),
        "giver": row["from_account"],
        "taker": row["to_account"],
        "offered": clock(row["offered_at"], now),
        "settled": None if is_open else clock(row["settled_at"], now),
        "since": row["settled_at"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "notes": row["notes"],
        "counted": told(row["counted"], lang),
        "part": parts.get(mine) if is_open else None,
    }


def told(counted: Mapping[str, Mapping[str, int]], lang: str) -> dict[str, str]:
    """Return what was open when a shift was offered, alarms and cases in a line each."""
    alarms, cases = counted["alarms"], counted["cases"]
    levels = [f"{text(lang, f'level.{one}')} {alarms[one]}" for one in LEVELS if alarms.get(one)]
    stages = [f"{text(lang, f'stage.{one}')} {cases[one]}" for one in STAGES if cases.get(one)]
    marked = [text(lang, f"handover.{one}", n=alarms[one]) for one in ("unacknowledged", "quiet") if alarms.get(one)]
    urgent = [text(lang, "handover.urgent", n=cases["urgent"])] if cases.get("urgent") else []
    return {
        "alarms": _line(text(lang, "handover.alarms", n=alarms["open"]), levels + marked, lang),
        "cases": _line(text(lang, "handover.cases", n=cases["open"]), stages + urgent, lang),
    }


def _line(sum_: str, parts: Sequence[str], lang: str) -> str:
    return text(lang, "handover.of_which", sum=sum_, parts=" · ".join(parts)) if parts else sum_


def now_open(answers: Mapping[str, ApiAnswer]) -> dict[str, dict[str, int]]:
    """Return what is open at this moment as a handover counts it, but for what is urgent, from the API's counts."""
    by_level = {str(one["group"]): one["count"] for one in answers["alarms"].body}
    stages = {one["group"]: one["count"] for one in answers["stages"].body}
    alarms = {one: by_level.get(str(len(LEVELS) - at), 0) for at, one in enumerate(LEVELS)}
    sums = {name: _sum(answers[name].body) for name in ("unacknowledged", "quiet")}
    return {
        "alarms": alarms | sums | {"open": sum(by_level.values())},
        "cases": stages | {"open": sum(stages.values())},
    }


def _sum(counted: Sequence[Mapping[str, Any]]) -> int:
    return sum(one["count"] for one in counted)


def regions(scope: Scope, lang: str) -> list[tuple[str, str]]:
    """Return of which centres somebody may hand a seat over: the city's, and those of districts."""
    return [
        (one.code, name(lang, one))
        for one in reference.regions()
        if one.level is not RegionLevel.STREET and scope.covers(one.code)
    ]
