"""What makes the panel of each figure of a scene: on the wall, and on a district's page from the same scene."""

from collections.abc import Callable, Mapping
from typing import Any

from cityops_dashboards.addresses import Address
from cityops_dashboards.panels.case_classes import case_classes
from cityops_dashboards.panels.city_map import city_map
from cityops_dashboards.panels.comparison import comparison
from cityops_dashboards.panels.device_health import health_line
from cityops_dashboards.panels.device_totals import device_totals
from cityops_dashboards.panels.events import events
from cityops_dashboards.panels.indicators import indicators
from cityops_dashboards.panels.source_totals import source_totals
from cityops_dashboards.panels.totals import totals
from cityops_dashboards.panels.trends import trends
from cityops_dashboards.panels.vitals import vitals
from cityops_dashboards.panels.waiting import waiting
from cityops_dashboards.panels.warnings import warnings
from cityops_dashboards.scenes.catalogue import Figure

Made = Callable[[Address, Figure], Any]
MADE: Mapping[str, Made] = {
    "trends": lambda address, figure: trends(address.lang, len(figure.shown)),
    "vitals": lambda address, _: vitals(address.lang),
    "map": lambda address, _: city_map(address),
    "alarms": lambda address, _: warnings(address.lang, health_line()),
    "cases": lambda address, _: events(address.lang),
    "roster": lambda address, _: waiting(address.lang),
    "sources": lambda address, _: source_totals(address.lang),
    "platform": lambda address, _: totals(address.lang),
    "devices": lambda address, _: device_totals(address.lang),
    "classes": lambda address, _: case_classes(address.lang),
    "places": lambda address, _: comparison(address.lang),
    "indicators": lambda address, _: indicators(address.lang),
}
"""By figure, what makes its panel."""
