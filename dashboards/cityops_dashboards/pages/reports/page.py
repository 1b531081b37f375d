"""The page `/reports`: those that are kept, one of them as it was made, drafts of this moment, and making one now.

A report is shown in a frame, under a policy of its own: the bytes that are kept, or a draft of this moment.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import level_of
from cityops.domain.reports.declared import BELOW, ReportPeriod
from cityops.domain.reports.spans import holding, named
from cityops.domain.reports.views import KIND as VIEW
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.pages.desk.handovers import regions
from cityops_dashboards.texts import text

PATH = "/reports"
EVERY_MS = 5000
LISTED, MODES = 40, 20
IN_EXPLORER = 4
"""Indicators that the data page takes at once."""

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its list for `?part=list`."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "reports.not_yours", 403)
    kinds, kept, modes = await _answers(request, asked)
    if (bad := next((one for one in (kinds, kept, modes) if not one.ok), None)) is not None:
        return api.turned_away(request, bad) or api.missing(request)
    rows = [_row(one, kinds.body, asked.lang) for one in kept.body["items"]]
    listed = {"rows": rows, "next": kept.body["next"], "kinds": kinds.body, "chosen": asked.query.get("id")}
    if asked.query.get("part") == "list":
        return document.part(request, "reports_list.html", **listed)
    seen = await _seen(request, asked, rows)
    makes = _makes(asked, kinds.body, modes.body["items"]) if viewer.may(Permission.REPORT_MAKE) else None
    draft = None
    if makes and not asked.query.get("id"):
        of_view = asked.query.get("view", "").isdigit()
        draft = await _draft_of_view(request, asked) if of_view else _draft(asked, kinds.body)
    return document.page(request, "reports.html", every=EVERY_MS, seen_one=seen, makes=makes, draft=draft, **listed)


async def _answers(request: Request, asked: Address) -> Sequence[ApiAnswer]:
    filters = {name: asked.query[name] for name in ("kind", "after") if asked.query.get(name)}
    if _is_draft(asked):
        filters.pop("kind", None)  # that of the draft
    wanted: list[tuple[str, dict[str, str]]] = [
        ("reports/kinds", {}),
        ("reports", {"limit": str(LISTED)} | filters),
        ("modes", {"limit": str(MODES)}),
    ]
    return await asyncio.gather(*(api.ask(request, "GET", path, params=params) for path, params in wanted))


def _is_draft(asked: Address) -> bool:
    """Whether the address asks for a draft, of a day, a mode or a view."""
    return any(asked.query.get(name) for name in ("day", "mode", "view"))


def _row(one: Mapping[str, Any], kinds: Sequence[Mapping[str, Any]], lang: str) -> dict[str, Any]:
    """Return a report of the API as the list shows it."""
    own = ReportPeriod.SPAN if one["kind"].startswith(VIEW) else ReportPeriod.MODE
    period = next((kind["period"] for kind in kinds if kind["kind"] == one["kind"]), own)
    bucket = datetime.fromisoformat(one["period_start"]), datetime.fromisoformat(one["period_end"])
    return {
        "id": str(one["id"]),
        "title": one[f"title_{lang}"],
        "place": region_name(lang, one["region_code"]),
        "period": named(ReportPeriod(period), bucket, lang),
        "edition": one["edition"],
        "made": document.clock(one["made_at"]),
        "by": one["made_by"],
    }


async def _seen(request: Request, asked: Address, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the report that the address names, or the newest of the list, with its saved views; None for a draft."""
    number = asked.query.get("id") or ("" if _is_draft(asked) else _first(rows))
    if not number.isdigit():
        return None
    answer = await api.ask(request, "GET", f"reports/{number}")
    if not answer.ok:
        return None
    lang = asked.lang
    return {
        "id": number,
        "page": write(f"/relay/reports/{number}", {"format": "html", "lang": lang}),
        "word": write(f"/relay/reports/{number}", {"format": "docx", "lang": lang}),
        "numbers": write(f"/relay/reports/{number}", {"format": "json"}),
        "views": [
            _explored(view, answer.body, asked) | {"title": view["title"][lang]} for view in _views(answer.body)
        ],
    }


def _first(rows: Sequence[Mapping[str, Any]]) -> str:
    return str(rows[0]["id"]) if rows else ""


def _views(numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the saved views of a report, each with the indicators that it has of the report's region."""
    declared = numbers["declared"]["views"]
    if (
        numbers["declared"]["period"] == ReportPeriod.SPAN
    ):  # one number of all of its time is no view of the data page
        declared = {name: one for name, one in declared.items() if one["interval"]} or declared
    found = ((one, numbers["views"][name]["indicators"]) for name, one in declared.items())
    return [one | {"known": [each["code"] for each in known]} for one, known in found if known]


def _explored(view: Mapping[str, Any], numbers: Mapping[str, Any], asked: Address) -> dict[str, str]:
    """Return the address of a saved view on the data page."""
    first, *others = view["known"][:IN_EXPLORER]
    start, end = (datetime.fromisoformat(numbers[name]).astimezone(CITY_ZONE) for name in ("start", "end"))
    start -= view["back"] * (end - start)
    level = level_of(numbers["region"]["code"])
    if view["level"] == "below":
        level = BELOW[level]
    question = {
        "indicator": first,
        "compare": ",".join(others),
        "region": numbers["region"]["code"],
        "level": level.value,
        "interval": view["interval"] or "day",
        "only": ",".join(view.get("only", ())),
        "start": start.strftime("%Y-%m-%dT%H:%M"),
        "end": end.strftime("%Y-%m-%dT%H:%M"),
    }
    return {"address": asked.to("/data", **question)}


def _makes(
    asked: Address, kinds: Sequence[Mapping[str, Any]], modes: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return what there is to choose from for who may make a report; None for who is over no region."""
    known = viewer.current()
    places = regions(known.subject.scope, asked.lang) if known else []
    if not places:
        return None
    yesterday = utc_now().astimezone(CITY_ZONE).date() - timedelta(days=1)
    scope_codes = {code for code, _ in places}
    titles = [(str(one["id"]), one[f"title_{asked.lang}"]) for one in modes if one["region_code"] in scope_codes]
    return {
        "kinds": [(one["kind"], one[f"title_{asked.lang}"]) for one in kinds],
        "regions": places,
        "day": asked.query.get("day") or yesterday.isoformat(),
        "modes": titles,
        "chosen": {name: asked.query.get(name, "") for name in ("kind", "region", "mode")},
    }


def _draft(asked: Address, kinds: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the draft that the address asks for: where it is shown, and what is sent to have it made."""
    kind = next((one for one in kinds if one["kind"] == asked.query.get("kind")), None)
    if kind is None:
        return None
    of_mode = kind["period"] == ReportPeriod.MODE
    given = {"kind": kind["kind"], "region": asked.query.get("region", ""), "day": asked.query.get("day", "")}
    if of_mode:
        given = {"kind": kind["kind"], "mode": asked.query.get("mode", "")}
    if not given["mode" if of_mode else "day"]:
        return {"trouble": text(asked.lang, "reports.no_mode" if of_mode else "reports.no_day")}
    closes = None if of_mode else _closes(kind, given["day"])
    return {
        "trouble": "",
        "given": given,
        "title": kind[f"title_{asked.lang}"],
        "page": write("/relay/reports/draft", given | {"format": "html", "lang": asked.lang}),
        "word": write("/relay/reports/draft", given | {"format": "docx", "lang": asked.lang}),
        "closes": closes and document.clock(closes),
        "is_closed": closes is None or closes <= utc_now(),
    }


async def _draft_of_view(request: Request, asked: Address) -> dict[str, Any]:
    """Return the draft of a view as `_draft` does; where there is none, why, in the API's own words."""
    given = {"view": asked.query["view"]}
    found = await api.ask(request, "GET", "reports/draft", params=given | {"format": "json"})
    if not found.ok:
        return {"trouble": text(asked.lang, "reports.no_view"), "said": found.detail}
    return {
        "trouble": "",
        "given": given,
        "title": found.body["declared"]["title"][asked.lang],
        "page": write("/relay/reports/draft", given | {"format": "html", "lang": asked.lang}),
        "word": write("/relay/reports/draft", given | {"format": "docx", "lang": asked.lang}),
        "closes": None,
        "is_closed": found.body["finished"],
    }


def _closes(kind: Mapping[str, Any], day: str) -> datetime | None:
    """Return when the period of a day is closed; None where that is no day."""
    try:
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), CITY_ZONE)
    except ValueError:
        return None
    return holding(ReportPeriod(kind["period"]), moment)[1] + timedelta(seconds=kind["closed_after_s"])
