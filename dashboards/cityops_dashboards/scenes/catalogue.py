"""Figures: what a panel of a scene can be, each declared once: its fields, which of them it needs, its sizes."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from cityops import reference
from cityops.declarations import Strict
from cityops.domain.points import CHANNELS
from cityops.indicators import in_force
from cityops_dashboards.scenes.codes import declared, once
from cityops_dashboards.scenes.filters import AlarmsChosen, CasesChosen


def _metrics() -> list[str]:
    return [metric.code for metric in reference.metrics()]


def _declared() -> list[str]:
    return [*in_force().indicators]


def _departments() -> list[str]:
    return [row["code"] for row in reference.rows("departments")]


def _kinds() -> list[str]:
    return [*(kind.code for kind in reference.device_kinds()), CHANNELS]


Indicator = Annotated[
    str,
    AfterValidator(lambda code: declared(code, _metrics())),
    Field(json_schema_extra=lambda told: told.update(enum=_metrics())),
]
DeclaredIndicator = Annotated[
    str,
    AfterValidator(lambda code: declared(code, _declared())),
    Field(json_schema_extra=lambda told: told.update(enum=_declared())),
]
Department = Annotated[
    str,
    AfterValidator(lambda code: declared(code, _departments())),
    Field(json_schema_extra=lambda told: told.update(enum=_departments())),
]
DeviceKindCode = Annotated[
    str,
    AfterValidator(lambda code: declared(code, _kinds())),
    Field(json_schema_extra=lambda told: told.update(enum=_kinds())),
]


class Figure(Strict):
    """A panel of a scene; what it is of stands in `figure`."""

    script: ClassVar[str]
    """The name that its module, script, style and texts have."""
    least: ClassVar[tuple[int, int]]
    """Pixels of the canvas below which it is no longer whole."""
    glyph_px: ClassVar[float] = 0.9 * 22
    """Height of the smallest character that matters in it: text of 22 px."""
    figure: str

    @property
    def shown(self) -> tuple[str, ...]:
        """The indicators that it shows."""
        return getattr(self, "indicators", ())


class TrendsPanel(Figure):
    """Lines of the last day, one under the other, on one axis of time: the cause above its effect."""

    script: ClassVar = "trends"
    least: ClassVar = (400, 190)
    figure: Literal["trends"]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=2), AfterValidator(once)]


class VitalsPanel(Figure):
    """Numbers of a theme, each with its age and how much stands behind it."""

    script: ClassVar = "vitals"
    least: ClassVar = (400, 136)
    figure: Literal["vitals"]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=6), AfterValidator(once)]
    """The first ones are shown where there is little room."""


class MapPanel(Figure):
    """The districts by an indicator, with alarms and urgent cases on them: the first of its indicators is shown."""

    script: ClassVar = "city_map"
    least: ClassVar = (500, 480)
    figure: Literal["map"]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=4), AfterValidator(once)]
    devices: DeviceKindCode | None = None
    """Devices of this kind, or video channels, by place and state below the alarms; key D hides and shows them."""
    main_points: bool = False
    """Whether places that matter are named: stations, reservoirs; the first to go where it is crowded."""


class AlarmsPanel(Figure):
    """Open alarms in groups, the gravest first."""

    script: ClassVar = "warnings"
    least: ClassVar = (440, 280)
    figure: Literal["alarms"]
    filter: AlarmsChosen | None = None
    """Which of them; the others are counted in its last line."""


class CasesPanel(Figure):
    """The steps of the closed loop with their counts, and the cases that press most."""

    script: ClassVar = "events"
    least: ClassVar = (440, 230)
    figure: Literal["cases"]
    filter: CasesChosen | None = None
    """Which of them; the others are counted in its head."""


class RosterPanel(Figure):
    """What waits for whoever is on duty: unacknowledged, to be dispatched, overdue, silent."""

    script: ClassVar = "waiting"
    least: ClassVar = (400, 60)
    figure: Literal["roster"]


class SourcesPanel(Figure):
    """The source systems: whose each is, how much it brings, how old its newest is; who is late stands first."""

    script: ClassVar = "source_totals"
    least: ClassVar = (600, 400)
    figure: Literal["sources"]


class PlatformPanel(Figure):
    """What the platform holds and what comes in."""

    script: ClassVar = "totals"
    least: ClassVar = (400, 260)
    figure: Literal["platform"]


class DevicesPanel(Figure):
    """Devices by their state, and by the system that they belong to."""

    script: ClassVar = "device_totals"
    least: ClassVar = (400, 300)
    figure: Literal["devices"]


class ClassesPanel(Figure):
    """Kinds of cases by how many were reported today."""

    script: ClassVar = "case_classes"
    least: ClassVar = (400, 260)
    figure: Literal["classes"]


class PlacesPanel(Figure):
    """Districts of the city, or streets of a district, with several indicators beside each other: the worst first."""

    script: ClassVar = "comparison"
    least: ClassVar = (440, 300)
    figure: Literal["places"]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=4), AfterValidator(once)]


class IndicatorsPanel(Figure):
    """Indicators by days, months or years: a card each with value, period, changes, the periods before and target."""

    script: ClassVar = "indicators"
    least: ClassVar = (440, 320)
    figure: Literal["indicators"]
    indicators: Annotated[tuple[DeclaredIndicator, ...], Field(min_length=1, max_length=12), AfterValidator(once)]
    """In this order; those for which there is no room are left out from the end, and counted."""


FIGURES: Mapping[str, type[Figure]] = {
    "trends": TrendsPanel,
    "vitals": VitalsPanel,
    "map": MapPanel,
    "alarms": AlarmsPanel,
    "cases": CasesPanel,
    "roster": RosterPanel,
    "sources": SourcesPanel,
    "platform": PlatformPanel,
    "devices": DevicesPanel,
    "classes": ClassesPanel,
    "places": PlacesPanel,
    "indicators": IndicatorsPanel,
}
"""The registry: what stands after `figure:`, and what a panel of it may say."""

Panel = Annotated[
    TrendsPanel
    | VitalsPanel
    | MapPanel
    | AlarmsPanel
    | CasesPanel
    | RosterPanel
    | SourcesPanel
    | PlatformPanel
    | DevicesPanel
    | ClassesPanel
    | PlacesPanel
    | IndicatorsPanel,
    Field(discriminator="figure"),
]
