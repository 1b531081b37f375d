"""The ways on from each page to the others: one table, which the bars of wall, pages, documents and forms read."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer

WALL = "/"


class Purpose(StrEnum):
    """What people come to a page for; menus have a row of each."""

    DUTY = "duty"
    FIGURES = "figures"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Destination:
    """A page that people are led to, what it is called and for, and what it asks the API for."""

    path: str
    words: str
    purpose: Purpose
    needs: Permission | None = None
    or_needs: Permission | None = None
    """Whoever has this one instead is served there, too."""


WAYS = (
    Destination(WALL, "nav.wall", Purpose.DUTY),
    Destination("/desk", "desk.title", Purpose.DUTY, Permission.ALARM_READ),
    Destination("/todo", "todo.title", Purpose.DUTY, Permission.EVENT_HANDLE, Permission.FORM_FILL),
    Destination("/handover", "handover.title", Purpose.DUTY, Permission.SHIFT_HANDOVER),
    Destination("/modes", "modes.title", Purpose.DUTY, Permission.SHIFT_HANDOVER),
    Destination("/alarms/load", "load.title", Purpose.DUTY, Permission.ALARM_READ),
    Destination("/channels", "channels.title", Purpose.DUTY, Permission.CHANNEL_READ),
    Destination("/statistics", "statistics.title", Purpose.FIGURES, Permission.EVENT_READ),
    Destination("/data", "nav.data", Purpose.FIGURES),
    Destination("/views", "views.title", Purpose.FIGURES, Permission.SERIES_READ),
    Destination("/vital-signs", "vital.title", Purpose.FIGURES, Permission.AGGREGATE_READ),
    Destination("/indicators", "catalogue.title", Purpose.FIGURES, Permission.AGGREGATE_READ),
    Destination("/targets", "targets.title", Purpose.FIGURES, Permission.SERIES_READ),
    Destination("/reports", "reports.title", Purpose.FIGURES, Permission.REPORT_READ),
    Destination("/filling", "filling.title", Purpose.SOURCES, Permission.FORM_FILL),
    Destination("/conflicts", "conflicts.title", Purpose.SOURCES, Permission.SERIES_READ),
    Destination("/resources", "resources.title", Purpose.SOURCES, Permission.PLATFORM_READ),
    Destination("/platform", "platform.title", Purpose.SOURCES, Permission.PLATFORM_READ),
)

SHOWN = frozenset({WALL, "/desk", "/todo", "/statistics", "/data"})
"""Those that stand in the bar of a page itself; the others stand in its menu."""


def ways() -> list[Destination]:
    """Return the pages that serve the viewer of this request; those of acting are for people alone."""
    return [one for one in WAYS if viewer.opens(one.path) and _serves(one)]


def by_purpose(among: Collection[Destination]) -> list[tuple[str, list[Destination]]]:
    """Return the rows of a menu: the key of its words, and the pages."""
    return [(f"ways.{purpose}", [*pages]) for purpose, pages in groupby(among, lambda one: one.purpose)]


def in_menu() -> list[tuple[str, list[Destination]]]:
    """Return the rows of the menu of a page whose bar has some ways already."""
    return by_purpose([one for one in ways() if one.path not in SHOWN])


def _serves(one: Destination) -> bool:
    wanted = [need for need in (one.needs, one.or_needs) if need is not None]
    return not wanted or (viewer.is_person() and any(viewer.may(need) for need in wanted))
