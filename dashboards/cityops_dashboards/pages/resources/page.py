"""The page `/resources`: datasets to search, who answers for them, scores, exchange by day, and what is used."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.resources.scores import SCORES
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as api
from cityops_dashboards.pages import document
from cityops_dashboards.pages.platform.exchange import count
from cityops_dashboards.pages.statistics.table import percent
from cityops_dashboards.texts import text

PATH = "/resources"
LISTED, USED, UNUSED = 30, 10, 12
FILTERS = ("q", "provider", "sharing", "cross_border", "overdue", "after")
FIGURES = ("datasets", "units", "themes", "rows", "restricted", "overdue", "never")

Body = Mapping[str, Any]

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give the page: with the datasets that its address asks for, and one of them whole."""
    asked = Address.parse(request.url.path, request.url.query)
    filters = {name: value for name in FILTERS if (value := asked.query.get(name))}
    if subject := asked.query.get("subject"):  # `theme` is that of the page
        filters["theme"] = subject
    listed, counts, quality, exchange, usage, unused = answers = await asyncio.gather(
        api.ask(request, "GET", "resources/datasets", params={**filters, "limit": str(LISTED)}),
        *(
            api.ask(request, "GET", f"resources/{part}")
            for part in ("counts", "quality", "exchange", "usage", "unused")
        ),
    )
    chosen, chain = await _chosen(request, asked.query.get("dataset"))
    for answer in (*answers, *((chosen, chain) if chosen and chain else ())):
        if not answer.ok:
            return api.turned_away(request, answer) or api.missing(request)
    lang, body = asked.lang, counts.body
    return document.page(
        request,
        "resources.html",
        figures=[(one, text(lang, f"resources.figure.{one}"), count(lang, body[one])) for one in FIGURES],
        themes=[one["code"] for one in body["by_theme"]],
        listed=[_line(one, lang) for one in listed.body["items"]],
        total=listed.body["total"],
        following=listed.body["next"],
        chosen=_line(chosen.body, lang) if chosen else None,
        chains=chain.body if chain else [],
        scorecard=scorecard(quality.body, lang),
        since=quality.body["since"],
        days=bars(exchange.body, lang),
        used=used(usage.body["items"], lang),
        unused=[one[f"name_{lang}"] for one in unused.body["items"]],
        most_unused=UNUSED,
        counted_since=unused.body["counted_since"],
        unused_since=unused.body["since"],
        count=lambda number: "—" if number is None else count(lang, number),
    )


async def _chosen(request: Request, code: str | None) -> tuple[api.ApiAnswer | None, api.ApiAnswer | None]:
    """Return the dataset that is asked for and the chain of its unit; None where none is."""
    if not code:
        return None, None
    found = await api.ask(request, "GET", f"resources/datasets/{api.segment(code)}")
    if not found.ok:
        return found, found
    return found, await api.ask(request, "GET", "resources/chain", params={"unit": found.body["provider_code"]})


def _line(one: Body, lang: str) -> dict[str, Any]:
    return {**one, "name": one[f"name_{lang}"], "provider": one[f"provider_{lang}"]}


def scorecard(told: Body, lang: str) -> list[dict[str, Any]]:
    """Return a row for each source: each score as a share with what it is of, and why items were refused."""
    rows = []
    for one in told["sources"]:
        scores = [(name, one["scores"][name]) for name in SCORES]
        cells = [
            (name, told_share(score["part"], score["whole"]), f"{score['part']:,}", f"{score['whole']:,}")
            for name, score in scores
        ]
        why = [f"{text(lang, 'platform.reason.' + r['reason'])} {r['count']:,}" for r in one["reasons"][:2]]
        names = {"name": one[f"name_{lang}"], "department": one[f"department_{lang}"]}
        rows.append({**names, "code": one["code"], "cells": cells, "why": " · ".join(why)})
    return rows


def told_share(part: int, whole: int) -> str:
    """Return a share in percent, a dash of nothing; one of a million is less than a tenth, and not one."""
    return "<0.1%" if 0 < 2000 * part < whole else percent(part, whole) or "—"


def bars(days: Sequence[Body], lang: str) -> list[dict[str, Any]]:
    """Return the days, oldest first, each with what was received and a height in percent of the largest."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for one in days:
        sums[one["day"]].update({name: one[name] for name in ("received", "rejected")})
    most = max((of["received"] for of in sums.values()), default=0)
    return [
        {
            "day": f"{date.fromisoformat(day):%m-%d}",
            "height": round(100 * of["received"] / most, 1) if most else 0,
            "received": f"{of['received']:,}",
            "short": count(lang, of["received"]),
            "rejected": f"{of['rejected']:,}",
        }
        for day, of in sorted(sums.items())
    ]


def used(items: Sequence[Body], lang: str) -> list[dict[str, Any]]:
    """Return the most used indicators with how often, and by which role most."""
    by: dict[str, Counter[str]] = defaultdict(Counter)
    roles: dict[str, Counter[str]] = defaultdict(Counter)
    for one in items:
        by[one["code"]].update({"reads": one["reads"], "exports": one["exports"]})
        roles[one["code"]][one["role"]] += one["reads"] + one["exports"]
    most = sorted(by.items(), key=lambda item: (-item[1].total(), item[0]))[:USED]
    return [
        {
            "code": code,
            "reads": of["reads"],
            "exports": of["exports"],
            "role": text(lang, f"role.{roles[code].most_common(1)[0][0]}"),
        }
        for code, of in most
    ]
