"""The page `/modes` (平急): what is in force where, started, prolonged and ended; scenes sent to walls by name."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.modes.modes import Grade, Matter, ModeKind, may_change
from cityops.domain.modes.roster import AHEAD
from cityops.domain.modes.walls import ANSWERS
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.desk.handovers import regions
from cityops_dashboards.pages.document import clock
from cityops_dashboards.scenes.shelf import in_force
from cityops_dashboards.texts import name, text

PATH = "/modes"
EVERY_MS = 2000
OPEN, PAST = 50, 20
KINDS = tuple(one for one in ModeKind if one is not ModeKind.NORMAL)

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=modes`."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "modes.not_yours", 403)
    answers = await _answers(request, asked)
    if (bad := next((one for what, one in answers.items() if what != "roster" and not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    values = _shown(answers, asked)
    if asked.query.get("part") == "modes":
        return document.part(request, "modes_part.html", **values)
    return document.page(request, "modes.html", every=EVERY_MS, **values, **_choices(asked.lang))


async def _answers(request: Request, asked: Address) -> dict[str, ApiAnswer]:
    after = {"after": asked.query["after"]} if asked.query.get("after") else {}
    wanted: dict[str, tuple[str, dict[str, str]]] = {
        "open": ("modes", {"open": "true", "limit": str(OPEN)}),
        "past": ("modes", {"open": "false", "limit": str(PAST)} | after),
        "walls": ("walls", {}),
    }
    if (known := viewer.current()) and viewer.may(Permission.STATE_READ):
        wanted["roster"] = ("roster", {"region": document.mode_of(known.subject.scope)})
    found = await asyncio.gather(*(api.ask(request, "GET", path, params=p) for path, p in wanted.values()))
    return dict(zip(wanted, found, strict=True))


def _shown(answers: Mapping[str, ApiAnswer], asked: Address) -> dict[str, Any]:
    now, lang = utc_now(), asked.lang
    scenes = {one.id: one.title.in_(lang) for one in in_force()}
    return {
        "open": [told(row, now, lang) for row in answers["open"].body["items"]],
        "past": [told(row, now, lang) for row in answers["past"].body["items"]],
        "next": answers["past"].body["next"],
        "is_first": not asked.query.get("after"),
        "walls": [wall(row, scenes, now) for row in answers["walls"].body],
        "scenes": scenes,
        "roster": roster(found.body, lang, now) if (found := answers.get("roster")) and found.ok else None,
        "may_push": viewer.may(Permission.WALL_PUSH),
    }


def told(row: Mapping[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """Return a mode of the API as the page shows it."""
    known = viewer.current()
    grade, until = row["grade"], row["until"]
    return {
        "id": row["id"],
        "title": row[f"title_{lang}"],
        "place": region_name(lang, row["region_code"]),
        "kind": row["kind"],
        "grade": Grade(grade).roman if grade else None,
        "drill": row["drill"],
        "reason": row["reason"],
        "approver": row["approver"],
        "by": row["started_by"],
        "since": clock(row["since"], now),
        "began": row["since"],
        "until": until and clock(until, now),
        "is_past_end": bool(until) and datetime.fromisoformat(until) <= now,
        "ended": row["ended_at"] and clock(row["ended_at"], now),
        "ended_by": row["ended_by"],
        "mine": known is not None and may_change(known.subject, row["region_code"]),
    }


def roster(told: Mapping[str, Any], lang: str, now: datetime) -> dict[str, Any]:
    """Return who is on duty as the page shows it, and when nobody is."""
    duties = [(one, part == "now") for part in ("now", "later") for one in told[part]]
    return {
        "title": text(lang, f"roster.kind.{told['kind']}"),
        "drill": told["drill"],
        "place": region_name(lang, told["region_code"]),
        "gaps": [_gap(one, lang, now) for one in told["gaps"]],
        "duties": [one | _hours(one, now) | {"is_now": is_now} for one, is_now in duties],
    }


def _gap(one: Mapping[str, Any], lang: str, now: datetime) -> str:
    starts, ends = (datetime.fromisoformat(one[name]) for name in ("starts_at", "ends_at"))
    hours = _hours(one, now)
    key = "roster.gap_day" if ends - starts >= AHEAD else "roster.gap"
    return text(lang, key, role=one["role"], **{"from": hours["since"], "to": hours["until"]})


def _hours(one: Mapping[str, Any], now: datetime) -> dict[str, str]:
    return {"since": clock(one["starts_at"], now), "until": clock(one["ends_at"], now)}


def wall(row: Mapping[str, Any], scenes: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return a wall of the API as the page shows it."""
    at = row["answered_at"]
    return {
        "id": row["id"],
        "label": row["label"],
        "shows": scenes.get(row["shows"], row["shows"]),
        "answered": at and clock(at, now),
        "answers": bool(at) and now - datetime.fromisoformat(at) <= ANSWERS,
        "scene": scenes.get(row["scene"], row["scene"]),
        "by": row["sent_by"],
        "until": row["held_until"] and clock(row["held_until"], now),
        "has_scenes": row["page"] in {None, "/"},
    }


def _choices(lang: str) -> dict[str, Any]:
    """Return what there is to choose from for who may start a mode."""
    known = viewer.current()
    places = regions(known.subject.scope, lang) if known else []
    return {
        "regions": [one for one in places if known and may_change(known.subject, one[0])],
        "kinds": [one.value for one in KINDS],
        "matters": [(one.value, name(lang, one)) for one in Matter],
        "grades": [(one.value, one.roman) for one in Grade],
    }
