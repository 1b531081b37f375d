"""Shapes of the API's answers on the load of alarms on a seat, and on cures for rules that raise too much."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.alarms.cures import CureKind
from cityops.domain.alarms.load import LoadState


class LoadFigureOut(Shape):
    """A figure of ISA-18.2 with the greatest value that is acceptable, and that which can still be managed."""

    code: str
    value: float | None = Field(description="null: there was nothing to divide by")
    acceptable: float | None = Field(description="null: any value is")
    manageable: float | None = Field(description="null: what is not acceptable is over")
    state: LoadState


class FloodOut(Shape):
    """A flood: ten annunciations or more within ten minutes, until fewer than five."""

    start: datetime
    end: datetime


class FrequentAlarm(Shape):
    """An alarm that came often."""

    rule_code: str
    metric: str | None
    region_code: RegionCode
    device_code: str | None = Field(description="null: it is of a region")
    device_name_zh: str | None
    count: int
    chattering: bool


class WorstRule(Shape):
    """A rule with its annunciations."""

    code: str
    name_zh: str | None
    name_en: str | None
    in_force: bool
    count: int
    share: float = Field(description="of all annunciations, from 0 to 1")


class AlarmLoadOut(Shape):
    """The load of alarms on a seat over a period: figures, floods, the most frequent alarms and the worst rules."""

    as_of: datetime
    start: datetime
    end: datetime
    kept_since: datetime | None = Field(description="since when there are rules, and alarms are kept; null: never")
    is_conclusive: bool = Field(description="whether the period has the 30 days that the standard asks for")
    region_code: RegionCode | None = Field(description="null: all that may be seen")
    total: int = Field(description="annunciations: alarms that were raised and heard")
    kept_quiet: int = Field(description="alarms that were raised and quiet from the first; in no figure")
    figures: list[LoadFigureOut]
    floods: list[FloodOut] = Field(description="the newest 200")
    floods_total: int
    hours: list[int] = Field(description="annunciations in each whole or begun hour from `start` on")
    frequent: list[FrequentAlarm]
    worst_rules: list[WorstRule]


class CellChange(Shape):
    """A cell of the rule's row in the rules file, before and after."""

    column: str
    before: str
    after: str


class LostByLength(Shape):
    """Of the alarms of some length: how many there were under the rule as it is, and how many would be lost."""

    up_to_s: int | None = Field(description="shorter than this, and not in the band before; null: longer")
    alarms: int
    lost: int


class LostAlarm(Shape):
    """An alarm that no alarm would be about any more."""

    device_code: str | None
    device_name_zh: str | None
    region_code: RegionCode
    start: datetime
    length_s: float
    level: int = Field(ge=1, le=4, description="its worst")


class CureOut(Shape):
    """A change of the rule with what it would have made of the alarms."""

    kind: CureKind
    change: list[CellChange] = Field(description="empty: the row is taken out of the file")
    alarms_now: int = Field(description="with the rule as it is, by the same simulation")
    alarms_then: int
    missed: int = Field(description="of those lost: orange or red ones, and ones of 15 minutes or more")
    lost: list[LostByLength]
    later: int = Field(description="alarms that would be told later")
    latest_s: float = Field(description="by how much at most")
    longest_lost: list[LostAlarm] = Field(
        description="the longest five of those lost, of the objects with most alarms"
    )


class AlarmCuresOut(Shape):
    """Cures for a rule, and what they were tried on; nothing is applied."""

    rule_code: str
    version: int
    name_zh: str
    name_en: str
    as_of: datetime
    start: datetime = Field(
        description="of what the cures were tried on: the first reading, or alarm, that was taken"
    )
    end: datetime
    tried_on: Literal["readings", "alarms"] = Field(description="alarms: the rule looks at no values")
    readings: int
    objects: int = Field(description="that the cures were tried on: those with the most alarms")
    objects_of: int = Field(description="with an alarm of this rule in the period")
    recorded: int = Field(description="alarms that were really raised of what the cures were tried on")
    recorded_of: int = Field(description="alarms of the rule that were raised in the period")
    cures: list[CureOut] = Field(description="the one that leaves the fewest alarms first; retiring the rule last")
    apply: list[str] = Field(description="verbs by which a change is put in force, the file edited between them")
