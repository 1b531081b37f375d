"""The page `/views` (已存视图): questions of the data page that are kept under names, and keeping one more.

The data page leads here with its question; each kept one leads back there, and to a report of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.indicators.views import NEWEST, RelativePeriod
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import level_of
from cityops.domain.reports.declared import BELOW
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.forms import form as api
from cityops_dashboards.forms import plain
from cityops_dashboards.pages import document
from cityops_dashboards.pages.data.choice import PATH as DATA
from cityops_dashboards.pages.data.choice import Choice, read, regions_of, wall_time
from cityops_dashboards.pages.data.fits import catalogue, places
from cityops_dashboards.pages.data.heading import title
from cityops_dashboards.texts import text

PATH = "/views"
EVERY_MS = 5000

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page, or its list for `?part=list`; with a question of the data page, the form that keeps it."""
    asked = Address.parse(request.url.path, request.url.query)
    if not viewer.is_person():
        return plain.notice(asked.lang, "views.not_yours", 403)
    found = await api.ask(request, "GET", "views")
    if not found.ok:
        return api.turned_away(request, found) or api.missing(request)
    rows = [_row(one, asked) for one in found.body]
    listed = {"own": [one for one in rows if one["own"]], "others": [one for one in rows if not one["own"]]}
    if asked.query.get("part") == "list":
        return document.part(request, "views_list.html", **listed)
    return document.page(request, "views.html", every=EVERY_MS, new=_new(asked), **listed)


def _new(asked: Address) -> dict[str, Any] | None:
    """Return the question that is to be kept, as the form sends it; None where the address has none that is known."""
    choice = read(asked, utc_now())
    if "indicator" not in asked.query or not _is_known(choice):
        return None
    is_fixed = choice.period is None
    return {
        "words": title(choice),
        "time": _time(choice),
        "is_fixed": is_fixed,
        "back": choice.address(),
        "lists": {"indicators": choice.indicators, "only": choice.only, "lines": choice.lines},
        "given": {
            "region": choice.region,
            "level": choice.level.value,
            "interval": choice.interval.value,
            "period": choice.period.value if choice.period else "",
            "start": choice.start.isoformat() if is_fixed else "",
            "end": choice.end.isoformat() if is_fixed else "",
            "against": choice.against.value if choice.against else "",
            "shown": choice.view,
        },
    }


def _is_known(choice: Choice) -> bool:
    known = choice.region in places() and all(code in catalogue() for code in choice.indicators)
    return known and bool(regions_of(choice)) and choice.start < choice.end


def _row(one: Mapping[str, Any], asked: Address) -> dict[str, Any]:
    """Return a kept view as the list shows it."""
    choice = read(Address.parse(DATA, _query(one["question"]) + f"&lang={asked.lang}&theme={asked.theme}"), utc_now())
    known = _is_known(choice)
    return {
        **{name: one[name] for name in ("id", "name", "login", "own", "shared")},
        "words": title(choice) if known else text(asked.lang, "views.gone"),
        "time": _time(choice),
        "address": choice.address(),
        "report": asked.to("/reports", view=str(one["id"])) if known and _has_report(choice) else None,
    }


def _query(question: Mapping[str, Any]) -> str:
    """Return a question as the data page's address has it."""
    first, *others = question["indicators"]
    times = {name: wall_time(datetime.fromisoformat(question[name])) for name in ("start", "end") if question[name]}
    named = {name: question[name] for name in ("region", "level", "interval", "period", "against")}
    listed = {name: ",".join(question[name]) for name in ("only", "lines")}
    asked = {"indicator": first, "compare": ",".join(others), "view": question["shown"]}
    return write("", asked | named | listed | times).removeprefix("?")


def _has_report(choice: Choice) -> bool:
    """Whether there is a report of it that the viewer may make: by its own level or the one below, of their area."""
    known = viewer.current()
    is_theirs = known is not None and known.subject.scope.covers(choice.region)
    own = level_of(choice.region)
    is_of_one = own in BELOW and choice.level in {own, BELOW[own]}
    return is_theirs and is_of_one and viewer.may(Permission.REPORT_MAKE)


def _time(choice: Choice) -> str:
    """Return a view's time in words: the period that goes along with the clock, or from when to when."""
    if choice.period is RelativePeriod.NEWEST:
        interval = text(choice.lang, f"data.interval.{choice.interval.value}")
        return text(choice.lang, "views.newest", n=NEWEST[choice.interval], interval=interval)
    if choice.period is not None:
        return text(choice.lang, f"data.quick.{choice.period.value}")
    return " – ".join(f"{one.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" for one in (choice.start, choice.end))
