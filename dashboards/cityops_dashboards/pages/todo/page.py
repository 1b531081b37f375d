"""The page `/todo`: what waits for whoever looks, the most overdue first, each with the next thing to do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Permission, Role, ScopeKind
from cityops.domain.filling.due import SheetStanding
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms.form import ApiAnswer
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import act_name
from cityops_dashboards.pages.todo.cards import card
from cityops_dashboards.texts import name

PATH = "/todo"
SEGMENTS: Mapping[bool, Sequence[str]] = {
    True: ("to_accept", "to_dispatch", "near_due", "overdue", "returned", "to_check"),
    False: ("to_sign", "to_handle", "near_due", "overdue", "returned", "to_check"),
}
"""What the centre's staff (True) and the units (False) are asked for."""

PRESSING: Mapping[str, Sequence[SheetStanding]] = {
    "due": (SheetStanding.LATE, SheetStanding.RETURNED, SheetStanding.SOON),
    "review": (SheetStanding.SUBMITTED,),
}
"""Sheets of forms that are told here, by the list of `/filling` in which they stand; the second is for reviewers."""

SHOWN = 50
"""Cards on a page: who has more filters at the desk."""

EVERY_MS = 5000

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its moving part for `?part=cards`."""
    known = viewer.current()
    assert known is not None  # the door lets nobody else in
    segments = SEGMENTS[known.subject.role in {Role.OPERATOR, Role.SHIFT_LEADER}]
    asked = Address.parse(request.url.path, request.url.query)
    is_part = asked.query.get("part") == "cards"
    sheets = {} if is_part else await _sheets(request)
    if not viewer.may(Permission.EVENT_READ):  # who fills in forms and handles no cases
        return document.page(request, "todo.html", sheets=sheets, has_cases=False, may_report=False)
    unit = own_unit()
    counts = await api.ask(request, "GET", "cases/counts", params={"by": "todo"} | unit)
    if not counts.ok:
        return api.turned_away(request, counts) or api.missing(request)
    waiting = {one["group"]: one["count"] for one in counts.body}
    shown = asked.query.get("show") or next((one for one in segments if waiting[one]), segments[0])
    found = await api.ask(request, "GET", "cases", params={"todo": shown, "order": "due", "limit": str(SHOWN)} | unit)
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    values = {
        "segments": [(one, waiting[one]) for one in segments],
        "shown": shown,
        "cards": cards(found, asked.lang),
        "act_name": lambda act: act_name(act, asked.lang),
        "left_out": max(0, waiting.get(shown, 0) - SHOWN),
        "may_report": viewer.may(Permission.EVENT_HANDLE),
    }
    if is_part:
        return document.part(request, "cards.html", **values)
    return document.page(request, "todo.html", every=EVERY_MS, sheets=sheets, has_cases=True, **values)


async def _sheets(request: Request) -> dict[str, list[tuple[str, int]]]:
    """Return how many sheets press whoever looks, by the list of `/filling` that has them; an API away: none."""
    if not viewer.may(Permission.FORM_FILL):
        return {}
    found = await api.ask(request, "GET", "filling/due", params={"limit": "1"})
    if not found.ok:
        return {}
    lists = PRESSING if viewer.may(Permission.FORM_REVIEW) else {"due": PRESSING["due"]}
    counts = {name: [(one.value, found.body["counts"][one]) for one in of] for name, of in lists.items()}
    return {name: told for name, of in counts.items() if (told := [pair for pair in of if pair[1]])}


def own_unit() -> dict[str, str]:
    """Return the filter by the unit that the viewer acts for; nothing for the centre's staff, who see to all."""
    known = viewer.current()
    assert known is not None
    scope = known.subject.scope
    if scope.kind is ScopeKind.CITY or len(scope.codes) != 1:
        return {}
    return {"unit": next(iter(scope.codes))}


def cards(found: ApiAnswer, lang: str) -> list[dict[str, Any]]:
    """Return the cards of an answer: what is due first comes first, what has no clock last."""
    rows = sorted(
        found.body["items"], key=lambda row: (row["due_at"] is None, row["due_at"] or "", row["occurred_at"])
    )
    return [card(row, utc_now(), lang) for row in rows]


@router.get(f"{PATH}/report")
async def report(request: Request) -> Response:
    """Give the form for something that somebody has come upon."""
    known, lang = viewer.current(), Address.parse("", request.url.query).lang
    assert known is not None
    scope = known.subject.scope
    regions = [
        (one.code, name(lang, one))
        for one in reference.regions()
        if scope.kind is ScopeKind.DEPARTMENTS or scope.covers(one.code)
    ]
    return document.page(request, "report.html", classes=_classes(lang), regions=regions)


def _classes(lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in reference.rows("event_classes"):
        groups.setdefault(row[f"group_{lang}"], []).append((row["code"], row[f"name_{lang}"]))
    return [*groups.items()]
