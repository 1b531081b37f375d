"""The page `/statistics`: how cases were handled by district, unit, class or source, as its address asks."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.events.rates import SMALL, CaseMeasure
from cityops.domain.intervals import CITY_ZONE, Interval
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.statistics.table import DEFAULT_SORT, GROUP, rows
from cityops_dashboards.texts import text

PATH = "/statistics"
GROUPINGS = ("district", "unit", "class", "source")
DAYS = (7, 31, 92)
DEFAULT_DAYS = 31
LONGEST = timedelta(days=100)
"""What the API counts at once."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; `trouble` names why it cannot be answered."""

    by: str
    sort: str
    days: int | None
    """The last so many, today among them; None: from one date to another."""
    start: datetime
    end: datetime
    trouble: str = ""


def read(address: Address, now: datetime) -> Asked:
    """Return what an address asks for; what it does not say, or says wrongly, is the default."""
    query = address.query
    by = query.get("by", "") if query.get("by") in GROUPINGS else GROUPINGS[0]
    sort = query.get("sort", DEFAULT_SORT)
    sort = sort if sort.removeprefix("-") in {GROUP, *CaseMeasure} else DEFAULT_SORT
    if "from" in query or "to" in query:
        return _between(by, sort, query.get("from", ""), query.get("to", ""), now)
    told = query.get("days", "")
    days = int(told) if told in {str(one) for one in DAYS} else DEFAULT_DAYS
    return Asked(by, sort, days, Interval.DAY.floor(now) - timedelta(days=days - 1), now)


def _between(by: str, sort: str, first: str, last: str, now: datetime) -> Asked:
    """Return the period of two dates of the city, both of which belong to it."""
    try:
        start, end = (
            datetime.combine(date.fromisoformat(one), datetime.min.time(), CITY_ZONE) for one in (first, last)
        )
        end += timedelta(days=1)
    except (ValueError, OverflowError):
        return Asked(by, sort, None, now, now, "statistics.no_dates")
    trouble = "statistics.turned" if start >= end else "statistics.too_long" if end - start > LONGEST else ""
    return Asked(by, sort, None, start, end, trouble)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page."""
    address = Address.parse(request.url.path, request.url.query)
    asked, lang = read(address, utc_now()), address.lang
    if asked.trouble:
        sentence = text(lang, asked.trouble, n=LONGEST.days)
        return document.page(request, "statistics.html", **_frame(asked, address), table=None, trouble=sentence)
    period = {"start": asked.start.isoformat(), "end": asked.end.isoformat()}
    ways = ({"by": asked.by} | period, {"by": "all"} | period)
    found, whole = await asyncio.gather(*(api.ask(request, "GET", "cases/rates", params=one) for one in ways))
    for answer in (found, whole):
        if not answer.ok:
            return api.turned_away(request, answer) or api.missing(request)
    table = {
        "rows": rows(found.body, asked.sort, lang),
        "whole": rows(whole.body, GROUP, lang),
        "measures": found.body["definitions"],
        "as_of": found.body["as_of"],
    }
    return document.page(request, "statistics.html", **_frame(asked, address), table=table, trouble="")


def _frame(asked: Asked, address: Address) -> dict[str, Any]:
    period = {"start": asked.start.isoformat(), "end": asked.end.isoformat()}
    file = write("/export/rates.csv", {"by": asked.by} | period | {"lang": address.lang})
    last = asked.end if asked.days else asked.end - timedelta(days=1)
    return {
        "asked": asked,
        "groupings": GROUPINGS,
        "choices": DAYS,
        "small": SMALL,
        "first": asked.start.astimezone(CITY_ZONE).date().isoformat(),
        "last": last.astimezone(CITY_ZONE).date().isoformat(),
        "file": file if viewer.may(Permission.EXPORT_READ) and not asked.trouble else None,
        "sorted_by": lambda one: address.altered(sort=f"-{one}" if asked.sort == one else one),
    }
