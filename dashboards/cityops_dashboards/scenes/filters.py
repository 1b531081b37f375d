"""Which alarms and cases a scene shows: by declared codes, which the wall holds against what the state tells."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from cityops import reference
from cityops.declarations import Strict
from cityops.domain.alarms.rules import RuleClass
from cityops.domain.regions import RegionLevel
from cityops_dashboards.scenes.codes import declared, once


@cache
def _alarm_classes() -> tuple[str, ...]:
    return tuple(one.value for one in RuleClass)


@cache
def _event_classes() -> tuple[str, ...]:
    return tuple(row["code"] for row in reference.rows("event_classes"))


@cache
def _event_groups() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["group_code"] for row in reference.rows("event_classes")))


@cache
def _sources() -> tuple[str, ...]:
    return tuple(row["code"] for row in reference.rows("source_systems") if row["carries"] == "events")


@cache
def _districts() -> tuple[str, ...]:
    return tuple(one.code for one in reference.regions() if one.level is RegionLevel.DISTRICT)


LEVELS: Mapping[str, int] = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}

AlarmClasses = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(lambda code: declared(code, _alarm_classes())),
            Field(json_schema_extra=lambda told: told.update(enum=[*_alarm_classes()])),
        ],
        ...,
    ],
    Field(min_length=1),
    AfterValidator(once),
]
EventClasses = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(lambda code: declared(code, _event_classes())),
            Field(json_schema_extra=lambda told: told.update(enum=[*_event_classes()])),
        ],
        ...,
    ],
    Field(min_length=1),
    AfterValidator(once),
]
EventGroups = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(lambda code: declared(code, _event_groups())),
            Field(json_schema_extra=lambda told: told.update(enum=[*_event_groups()])),
        ],
        ...,
    ],
    Field(min_length=1),
    AfterValidator(once),
]
Sources = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(lambda code: declared(code, _sources())),
            Field(json_schema_extra=lambda told: told.update(enum=[*_sources()])),
        ],
        ...,
    ],
    Field(min_length=1),
    AfterValidator(once),
]
Districts = Annotated[
    tuple[
        Annotated[
            str,
            AfterValidator(lambda code: declared(code, _districts())),
            Field(json_schema_extra=lambda told: told.update(enum=[*_districts()])),
        ],
        ...,
    ],
    Field(min_length=1),
    AfterValidator(once),
]
Levels = Annotated[tuple[Literal["blue", "yellow", "orange", "red"], ...], Field(min_length=1), AfterValidator(once)]
Stages = Annotated[tuple[Literal["found", "dispatched", "handling"], ...], Field(min_length=1), AfterValidator(once)]


class Filter(Strict):
    """Names what belongs to a panel: of each list one must fit, and of all lists that are given each."""

    @model_validator(mode="after")
    def _says_something(self) -> "Filter":
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"names nothing; name one of {', '.join(type(self).model_fields)}, or leave it out")
        return self


class AlarmsChosen(Filter):
    """Which open alarms belong to a panel: groups of one rule in one district, each with its gravest level."""

    classes: AlarmClasses | None = None
    """What their rules warn of."""
    levels: Levels | None = None
    regions: Districts | None = None


class CasesChosen(Filter):
    """Which cases belong to a panel; those of a district stand in its own scene."""

    classes: EventClasses | None = None
    groups: EventGroups | None = None
    """Groups of classes: all classes of a group."""
    stages: Stages | None = None
    sources: Sources | None = None
    """Who brings them."""

    @property
    def all_classes(self) -> tuple[str, ...]:
        """The classes that fit both lists."""
        return tuple(
            row["code"]
            for row in reference.rows("event_classes")
            if (self.classes is None or row["code"] in self.classes)
            and (self.groups is None or row["group_code"] in self.groups)
        )


def told(alarms: AlarmsChosen | None, cases: CasesChosen | None) -> dict[str, Any]:
    """Return which alarms and cases the scripts show, by the words of the state; null: all of them."""
    return {
        "alarms": alarms
        and {
            "classes": alarms.classes,
            "levels": alarms.levels and [LEVELS[one] for one in alarms.levels],
            "regions": alarms.regions,
        },
        "cases": cases
        and {
            "classes": cases.all_classes if cases.classes or cases.groups else None,
            "stages": cases.stages,
            "sources": cases.sources,
        },
    }
