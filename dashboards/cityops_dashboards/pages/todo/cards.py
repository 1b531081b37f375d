"""A case as a card of the to-do: how long it still has, what and where it is, whose it is, what to do next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cityops import reference
from cityops.domain.events.acts import Act
from cityops.domain.events.status import Status
from cityops_dashboards.pages.case.offers import act_name, region_name, unit_name
from cityops_dashboards.pages.document import clock
from cityops_dashboards.texts import text

NEXT = {
    Status.REPORTED: Act.ACCEPT,
    Status.ACCEPTED: Act.FILE,
    Status.VERIFYING: Act.FILE,
    Status.FILED: Act.DISPATCH,
    Status.DISPATCHED: Act.SIGN,
    Status.SIGNED: Act.FEED_BACK,
    Status.PROCESSING: Act.FEED_BACK,
    Status.DONE: Act.CHECK,
    Status.VERIFYING_RESULT: Act.CLOSE,
}
"""The next thing to do with a case in a state; whether one may, its own page says."""

BY_ONE_TAP = {Act.SIGN, Act.ACCEPT}
"""These need nothing more than to be said."""


def card(row: Mapping[str, Any], now: datetime, lang: str) -> dict[str, Any]:
    """Return what a card shows of a case of the API's list."""
    following = NEXT.get(Status(row["status"]))
    return {
        "id": row["id"],
        "version": row["version"],
        "number": row["external_id"],
        "title": row["title"],
        "lamp": row["lamp"] or "green",
        "due_at": row["due_at"],
        "occurred": clock(row["occurred_at"], now),
        "place": region_name(lang, row["region_code"]),
        "unit": unit_name(lang, row["unit"]),
        "status": text(lang, f"status.{row['status']}"),
        "severity": None if row["severity"] == "normal" else text(lang, f"severity.{row['severity']}"),
        "kind": next(
            (one[f"name_{lang}"] for one in reference.rows("event_classes") if one["code"] == row["class_code"]),
            row["class_code"],
        ),
        "marks": drilled(row, lang) + [text(lang, f"mark.{mark}") for mark in row["marks"] if mark in SAID],
        "next": following,
        "next_name": act_name(following, lang) if following else "",
        "at_once": following in BY_ONE_TAP,
        "is_overdue": row["lamp"] == "red",
    }


def drilled(row: Mapping[str, Any], lang: str) -> list[str]:
    """Return the mark of what was made in a drill, which it keeps, also once the drill is over."""
    return [text(lang, "mode.drill")] if row.get("drill") else []


SAID = {"returned", "postponed", "suspended", "locked", "extension_asked", "supervised", "appeal_open"}
"""Marks that tell whoever must act something; the others are for statistics."""
