"""The page `/desk`: alarms by group, the map and what is chosen, cases by what is due; a key for each act."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.regions import district_of
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.figures.plan import covering, labels, plan
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case import page as case
from cityops_dashboards.pages.desk import alarms
from cityops_dashboards.pages.todo.page import cards, own_unit

PATH = "/desk"
CORE = ("440103", "440104", "440105", "440106")
MAP_PX = (536, 396)
FILTERS = ("overdue", "near_due", "to_accept", "to_dispatch", "to_sign", "to_check", "to_decide", "to_handle")
EVERY_MS = 1500
GROUPS, ALL_GROUPS, CASES, CLEARED, CHILDREN, NOTICES = 60, 500, 60, 12, 30, 20
"""Rows of each list: what there is beyond them is counted, and reached by a filter or by going on."""

AT_ONCE = 200
"""Alarms of a group that one key acknowledges."""

CLEARED_WITHIN = timedelta(minutes=30)

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, its lists for `?part=lists`, or what is chosen for `?part=group`, `alarm` or `case`."""
    asked = Address.parse(request.url.path, request.url.query)
    shown = {"group": _group, "alarm": _alarm, "case": _case}.get(asked.query.get("part", ""))
    if shown is not None:
        return await shown(request, asked)
    if "show" not in asked.query:
        asked = Address(asked.path, {**asked.query, "show": await _first(request, asked)})
    answers = await _lists(request, asked)
    needed = (one for name, one in answers.items() if name != "notices")  # without them the desk counts by itself
    if (bad := next((one for one in needed if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    values = _shown(answers, asked)
    if asked.query.get("part") == "lists":
        return document.part(request, "desk_lists.html", **values)
    return document.page(request, "desk.html", every=EVERY_MS, **values)


async def _first(request: Request, asked: Address) -> str:
    """Return what is shown to who has chosen nothing: the first of the filters that has cases."""
    counted = await api.ask(request, "GET", "cases/counts", params={"by": "todo"} | own_unit() | _text(asked))
    waiting = {one["group"]: one["count"] for one in counted.body} if counted.ok else {}
    return next((one for one in FILTERS if waiting.get(one)), FILTERS[0])


async def _lists(request: Request, asked: Address) -> dict[str, ApiAnswer]:
    todo = asked.query["show"]
    since = (utc_now() - CLEARED_WITHIN).isoformat()
    wanted = {
        "groups": ("alarms/groups", {"limit": str(ALL_GROUPS)}),  # those that are not listed ring, too
        "cleared": ("alarms", {"open": "false", "start": since, "limit": str(CLEARED)}),
        "notices": ("alarms/notices", {"limit": str(NOTICES)}),
        "counts": ("cases/counts", {"by": "todo"} | own_unit() | _text(asked)),
        "cases": (
            "cases",
            {"todo": todo, "order": "due", "limit": str(CASES)} | own_unit() | _text(asked) | _after(asked),
        ),
        "saved": ("me/filters", {}),
    }
    found = await asyncio.gather(*(api.ask(request, "GET", path, params=p) for path, p in wanted.values()))
    return dict(zip(wanted, found, strict=True))


def _text(asked: Address) -> dict[str, str]:
    return {"q": asked.query["q"]} if asked.query.get("q") else {}


def _after(asked: Address) -> dict[str, str]:
    return {"after": asked.query["after"]} if asked.query.get("after") else {}


def window(asked: Address, shown: int, total: int, following: str | None) -> dict[str, Any]:
    """Return which cases of how many a page of the list holds, and the addresses of the next one and of the first."""
    told = asked.query.get("at", "") if asked.query.get("after") else ""
    before = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
    last = before + shown
    return {
        "first": before + 1,
        "last": last,
        "total": max(total, last),
        "is_onward": bool(asked.query.get("after")),
        "start": asked.altered(after=None, at=None, part=None),
        "next": following and asked.altered(after=following, at=str(last), part=None),
    }


def _shown(answers: Mapping[str, ApiAnswer], asked: Address) -> dict[str, Any]:
    now, lang = utc_now(), asked.lang
    body = answers["groups"].body
    waiting = {one["group"]: one["count"] for one in answers["counts"].body}
    chosen, found = asked.query["show"], answers["cases"].body
    heard = [row for row in body["items"] if not row["quiet"]]
    unfolded = "unfold" in asked.query
    shown, lines = alarms.folding(heard) if body["flood"] and not unfolded else (heard, [])
    listed = shown if asked.query.get("groups") == "all" else shown[:GROUPS]
    frame = covering(*MAP_PX, CORE)
    marks = alarms.marks(body["places"])
    shapes = plan(frame, alarms.levels_by_district(heard), marks)
    return {
        "groups": [alarms.group(row, now, lang) for row in listed],
        "folds": [alarms.fold(line, lang) for line in lines],
        "flood": body["flood"],
        "unfolded": unfolded,
        "quiet": [alarms.group(row, now, lang) for row in body["items"] if row["quiet"]],
        "counted": (sum(row["count"] for row in heard), len(heard)),
        "others": len(shown) - len(listed),
        "unacknowledged": body["unacknowledged"],
        "gravest": max((row["level"] for row in heard if row["unacknowledged"]), default=0),
        "waiting_alarms": " ".join(filter(None, map(_waiting, heard))),
        "notices": _notices(answers["notices"], lang),
        "cleared": [alarms.alarm(row, now, lang) for row in answers["cleared"].body["items"]],
        "filters": [(one, waiting[one]) for one in FILTERS],
        "chosen": chosen,
        "window": window(asked, len(found["items"]), waiting.get(chosen, 0), found["next"]),
        "q": asked.query.get("q", ""),
        "saved": saved(answers["saved"].body, asked),
        "may_save": viewer.is_person(),
        "cases": cards(answers["cases"], lang),
        "map": {"frame": frame, "shapes": [*shapes], "labels": [*labels(frame, lang, marks)]},
        "may_handle": viewer.may(Permission.ALARM_HANDLE),
    }


def _notices(answer: ApiAnswer, lang: str) -> str | None:
    """Return the newest notices for the desk's script, oldest first, as JSON; None where there are none to be had."""
    if not answer.ok:
        return None
    told = [alarms.notice(row, lang) for row in reversed(answer.body["items"])]
    return json.dumps(told, ensure_ascii=False)


def saved(kept: Sequence[Mapping[str, Any]], asked: Address) -> list[dict[str, Any]]:
    """Return the filters that the viewer keeps, and whether each is the one that is shown."""
    shown = asked.query.get("show"), asked.query.get("q")
    return [
        {**one, "address": asked.to(PATH, show=one["todo"], q=one["q"]), "is_shown": (one["todo"], one["q"]) == shown}
        for one in kept
    ]


def _waiting(row: Mapping[str, Any]) -> str:
    """Return how many alarms of a group nobody has acknowledged, as the desk's script counts them."""
    return f"{row['rule_code']}/{row['region_code']}:{row['unacknowledged']}" if row["unacknowledged"] else ""


async def _group(request: Request, asked: Address) -> Response:
    """Give a group: its gravest alarm whole, and the others in a line each."""
    params = _group_of(asked.query.get("rule", ""), asked.query.get("region", ""))
    found = await api.ask(request, "GET", "alarms", params=params | {"limit": str(AT_ONCE)})
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    rows, beyond = found.body["items"], 0
    if found.body["next"]:
        rows, beyond = await _gravest(request, params, rows)
    rows = sorted(rows, key=lambda row: (-row["level"], row["onset"]))[:AT_ONCE]
    if not rows:
        return document.part(request, "desk_nothing.html")
    return await _whole(request, asked, rows[0]["id"], rows, beyond)


async def _gravest(
    request: Request, params: Mapping[str, str], newest: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], int]:
    """Return of a group of more alarms than are acted on at once the gravest too, and how many are left out."""
    counted = await api.ask(request, "GET", "alarms/counts", params={**params, "by": "level"})
    levels = {int(one["group"]): one["count"] for one in counted.body} if counted.ok else {0: len(newest)}
    wanted = {**params, "level": str(max(levels, default=0)), "limit": str(AT_ONCE)}
    found = await api.ask(request, "GET", "alarms", params=wanted)
    rows = {row["id"]: row for row in (*newest, *(found.body["items"] if found.ok else ()))}
    return [*rows.values()], max(0, sum(levels.values()) - AT_ONCE)


def _group_of(rule: str, region: str) -> dict[str, str]:
    """Return how the open alarms of a group are asked for."""
    return {"open": "true", "rule": rule, "region": region}


async def _alarm(request: Request, asked: Address) -> Response:
    return await _whole(request, asked, asked.query.get("id", ""), [])


async def _case_of(request: Request, one: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the group's open case that alarms may still be added to; None where there is none, or all have it."""
    if not rows and one["event_id"] is None and one["cleared_at"] is None:
        params = _group_of(one["rule_code"], district_of(one["region_code"]))
        found = await api.ask(request, "GET", "alarms", params=params | {"limit": str(AT_ONCE)})
        rows = found.body["items"] if found.ok else []
    known = max((row["event_id"] for row in rows if row["event_id"]), default=None)
    if known is None or not _left(rows):
        return None
    case = await api.ask(request, "GET", f"cases/{known}")
    is_open = case.ok and case.body["stage"] != "closed"
    return {"id": known, "number": case.body["external_id"]} if is_open else None


def _left(rows: list[dict[str, Any]]) -> int:
    """Return how many of a group's alarms have no case, as the API counts them: without those that are kept quiet."""
    return sum(row["event_id"] is None and row["quiet"] in {None, "silenced"} for row in rows)


async def _whole(
    request: Request, asked: Address, number: object, rows: list[dict[str, Any]], beyond: int = 0
) -> Response:
    found = await api.ask(request, "GET", f"alarms/{api.segment(str(number))}")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    now, lang, one = utc_now(), asked.lang, found.body
    onset, moved = datetime.fromisoformat(one["onset"]), {"basis": "modes_basis" if one["limits_in"] else "basis"}
    values = {
        "alarm": alarms.alarm(one, now, lang) | {"rule": one["rule_code"], "version": one["rule_version"]},
        "newest": alarms.number(one["metric"], one["newest_value"]),
        "newest_ts": one["newest_ts"],
        "metric": alarms.metric_name(one["metric"], lang),
        "video": (one["lon"], one["lat"]) if one["lon"] is not None and viewer.may(Permission.CHANNEL_READ) else None,
        "device": one["device_code"] if viewer.may(Permission.DEVICE_READ) else None,
        "texts": [(key, words) for key in alarms.TEXTS if (words := one["texts"][f"{moved.get(key, key)}_{lang}"])],
        "unchecked": one["texts"][f"{moved['basis']}_mark"] == "default",
        "curve": alarms.drawn(await _readings(request, one, onset, now), one["metric"], onset, now),
        "frame": alarms.CURVE,
        "history": one["history"],
        "children": [alarms.alarm(row, now, lang) for row in rows[:CHILDREN]] if len(rows) > 1 else [],
        "left_out": max(0, len(rows) - CHILDREN) + beyond,
        "ids": ",".join(str(row["id"]) for row in rows) or str(one["id"]),
        "group": bool(rows),
        "without_case": _left(rows) if rows else int(one["event_id"] is None),
        "joins": await _case_of(request, one, rows),
        "may_handle": viewer.may(Permission.ALARM_HANDLE),
        "may_report": viewer.may(Permission.EVENT_HANDLE),
        "is_open": one["cleared_at"] is None,
    }
    return document.part(request, "desk_alarm.html", **values)


async def _readings(request: Request, one: Mapping[str, Any], onset: datetime, now: datetime) -> list[dict[str, Any]]:
    if one["device_code"] is None or one["metric"] is None:
        return []
    params = {"metric": one["metric"], "start": (onset - alarms.BEFORE).isoformat(), "end": now.isoformat()}
    found = await api.ask(request, "GET", f"devices/{api.segment(one['device_code'])}/readings", params=params)
    return found.body["items"] if found.ok else []


async def _case(request: Request, asked: Address) -> Response:
    found = await api.ask(request, "GET", f"cases/{api.segment(asked.query.get('id', ''))}")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    return document.part(request, "desk_case.html", **await case.values(request, found.body, asked.lang))
