"""The ways on from each page to the others: one table, which the bars of wall, pages, documents and forms read."""

from dataclasses import dataclass

from cityops.domain.access import Permission
from cityops_dashboards.access import viewer

WALL = "/"


@dataclass(frozen=True, slots=True)
class Destination:
    """A page that people are led to, what it is called, and what it asks the API for."""

    path: str
    words: str
    needs: Permission | None = None


WAYS = (
    Destination(WALL, "nav.wall"),
    Destination("/desk", "desk.title", Permission.ALARM_READ),
    Destination("/todo", "todo.title", Permission.EVENT_HANDLE),
    Destination("/handover", "handover.title", Permission.SHIFT_HANDOVER),
    Destination("/modes", "modes.title", Permission.SHIFT_HANDOVER),
    Destination("/filling", "filling.title", Permission.FORM_FILL),
    Destination("/alarms/load", "load.title", Permission.ALARM_READ),
    Destination("/reports", "reports.title", Permission.REPORT_READ),
    Destination("/statistics", "statistics.title", Permission.EVENT_READ),
    Destination("/data", "nav.data"),
    Destination("/vital-signs", "vital.title", Permission.AGGREGATE_READ),
    Destination("/indicators", "catalogue.title", Permission.AGGREGATE_READ),
    Destination("/targets", "targets.title", Permission.SERIES_READ),
    Destination("/conflicts", "conflicts.title", Permission.SERIES_READ),
    Destination("/platform", "platform.title", Permission.PLATFORM_READ),
    Destination("/resources", "resources.title", Permission.PLATFORM_READ),
    Destination("/channels", "channels.title", Permission.CHANNEL_READ),
)

PATHS = frozenset(one.path for one in WAYS)
SHOWN = frozenset({WALL, "/desk", "/todo", "/statistics", "/data"})
"""Those that stand in the bar of a page itself; the others stand in its menu."""


def ways() -> list[Destination]:
    """Return the pages that serve the viewer of this request; those of acting are for people alone."""
    return [one for one in WAYS if viewer.opens(one.path) and _serves(one)]


def _serves(one: Destination) -> bool:
    return one.needs is None or (viewer.is_person() and viewer.may(one.needs))
