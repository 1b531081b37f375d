"""Data liaisons and stewards of the simulated city: fill in forms that are due, and approve them, through the API.

Left to people are the newest month of one street, and the newest sheets of another for review.
"""

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from cityops import reference
from cityops.client import ApiError, Client
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.filling.forms import CellPart
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel, district_of
from cityops.reference.forms import shipped_forms

log = structlog.get_logger()

DISTRICT = "440105"
"""Of this district the streets fill in, too: of all 176 it would take minutes."""

LEFT, TO_REVIEW = "440105001", "440105002"
LIAISON, STEWARD = "模拟数据联络员", "模拟数据专员"
BASES = {
    "grid_officers": 60.0,
    "grid_visits": 1200.0,
    "disputes_settled": 20.0,
    "orders_revisited": 40.0,
    "sites_active": 200.0,
    "works_inspected": 80.0,
    "food_passed": 300.0,
    "visitors": 6.0,
    "residents_content": 400.0,
}
"""What is filled in where nothing is known yet: a value, or a denominator."""

REASON = "模拟数据，超出通常范围"


def fillers(codes: frozenset[str]) -> tuple[Subject, Subject]:
    """Return as whom they come in: the liaison of these districts, and the steward."""
    liaison = Subject(LIAISON, Role.DATA_LIAISON, Scope(ScopeKind.DISTRICTS, codes))
    return liaison, Subject(STEWARD, Role.DATA_STEWARD, WHOLE_CITY)


def fill_in(liaison: Client, steward: Client, seed: int) -> int:
    """Fill in what is due and approve it, the oldest first; return how many sheets that were.

    Raises
    ------
    ApiError
        The API does not answer.
    """
    done = 0
    for region in reference.regions():
        is_theirs = region.level is RegionLevel.STREET and district_of(region.code) == DISTRICT
        if region.level is not RegionLevel.DISTRICT and not is_theirs:
            continue
        due = liaison.page("/api/v1/filling/due", region=region.code, limit=100)["items"]
        newest = {one["form"]: max(x["start"] for x in due if x["form"] == one["form"]) for one in due}
        for one in sorted(due, key=lambda sheet: str(sheet["start"])):
            is_newest = one["start"] == newest[one["form"]]
            if one["state"] == "open" and not (is_newest and region.code == LEFT):
                done += _filled(liaison, steward, one, seed, approves=not (is_newest and region.code == TO_REVIEW))
    return done


def _filled(liaison: Client, steward: Client, due: Mapping[str, Any], seed: int, *, approves: bool) -> bool:
    path = f"/api/v1/filling/sheets/{due['form']}/{due['region_code']}/{_day(due['start'])}"
    sheet = liaison.page(path)
    answers = _answers(sheet, random.Random(f"{seed} {path}"))
    try:
        try:
            sent = liaison.fill_in(path, sheet["version"], answers)
        except ApiError as error:
            if error.status != 422:
                raise
            sent = liaison.fill_in(path, sheet["version"], [one | {"reason": REASON} for one in answers])
        if approves:
            steward.approve(path, sent["version"])
    except ApiError as error:
        if error.status not in {404, 409, 422}:  # somebody was first, or it is declared otherwise by now
            raise
        log.info("sheet left", sheet=path, reason=str(error))
        return False
    return True


def _day(start: str) -> str:
    return f"{datetime.fromisoformat(start).astimezone(CITY_ZONE):%Y-%m-%d}"


def _answers(sheet: Mapping[str, Any], dice: random.Random) -> list[dict[str, Any]]:
    """Return what is filled in: known figures as they stand or a little off, the rest near what is usual."""
    found: dict[str, dict[str, Any]] = {}
    for cell in sorted(sheet["cells"], key=lambda one: str(one["part"])):  # the denominator comes first
        code, part, known = cell["indicator"], cell["part"], cell["offered"]
        told = found.setdefault(code, {"indicator": code})
        if part == CellPart.NUMERATOR and cell["offered_from"] != "registry":
            value = told[CellPart.DENOMINATOR] * dice.uniform(0.93, 0.99)
        elif known is not None and (cell["offered_from"] != "last_period" or dice.random() < 0.5):
            value = known
        else:
            value = (BASES.get(code, 10.0) if known is None else known) * dice.uniform(0.96, 1.04)
        told[part] = round(value, shipped_forms().indicators[code].decimals if part == CellPart.VALUE else 0)
    return [*found.values()]
