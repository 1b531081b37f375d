"""Shapes of the API's questions and answers on alarms, their rules and what keeps them quiet."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from cityops.api.schemas.access import Asked, Code
from cityops.api.schemas.shape import Page, RegionAsked, RegionCode, Shape, WrittenTime
from cityops.api.schemas.situation import StandingPlace
from cityops.domain.alarms.course import AlarmStep, QuietKind
from cityops.domain.alarms.grouping import NoticeKind
from cityops.domain.modes.modes import ModeKind

MOST_AT_ONCE = 1_000
_LARGEST_ID = 2**63 - 1
_PRINTABLE = r"^[^\x00-\x1f\x7f/]+$"
AlarmId = Annotated[int, Field(ge=1, le=_LARGEST_ID, strict=True)]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AlarmBrief(Shape):
    """An alarm in one line of a list; whether it is active and whether it is acknowledged are two facts."""

    id: int
    rule_code: str
    rule_version: int
    name_zh: str | None = Field(description="of its rule")
    name_en: str | None
    alarm_class: str
    priority: int = Field(ge=1, le=3, description="1 at once, 2 promptly, 3 in the course of the day")
    level: int = Field(ge=0, le=4, description="now: 1 blue, 2 yellow, 3 orange, 4 red; 0: its cause is gone")
    worst_level: int = Field(ge=1, le=4)
    metric: str | None
    value_raised: float | None
    value_worst: float | None
    region_code: RegionCode
    source: str | None
    device_code: str | None
    device_name_zh: str | None
    lon: float | None
    lat: float | None
    onset: datetime = Field(description="time of the reading that raised it")
    raised_at: datetime
    gone_at: datetime | None = Field(description="when its cause was gone")
    cleared_at: datetime | None = Field(description="null: it is open; a latched one is until it is reset")
    cleared_why: str | None = Field(description="null: its cause was gone")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    latched: bool
    quiet: QuietKind | None
    quiet_by: str | None
    quiet_why: str | None
    quiet_until: datetime | None
    chattering: bool
    event_id: int | None = Field(description="the case that was made of it")
    previous_id: int | None = Field(description="the alarm before it of the same object and rule")
    symptom_of: int | None
    drill: bool = Field(description="raised in a drill of its matter; left out of figures")
    mode_id: int | None = Field(
        default=None, description="the mode whose limits raised it; null: those of the rule's version did"
    )
    limits_in: ModeKind | None = Field(default=None, description="of which kind that mode was")


class AlarmNext(Shape):
    """What is to be acknowledged next; null: nothing is."""

    alarm: AlarmBrief | None


class AlarmGroup(Shape):
    """Open alarms of one rule in one district; `id` is that of the gravest, `quiet` what keeps them quiet."""

    rule_code: str
    name_zh: str | None
    name_en: str | None
    alarm_class: str
    metric: str | None
    region_code: RegionCode
    id: int
    level: int = Field(ge=0, le=4)
    priority: int = Field(ge=1, le=3, description="of the most urgent of them")
    count: int
    unacknowledged: int
    cases: int = Field(description="how many cases were made of them")
    onset: datetime = Field(description="of the first of them")
    highest: float | None = Field(description="of their worst values")
    lowest: float | None
    quiet: QuietKind | None
    drill: bool = Field(default=False, description="all of them were raised in a drill")


class AlarmPlace(Shape):
    """Where an open alarm is."""

    id: int
    level: int = Field(ge=1, le=4)
    lon: float
    lat: float


class AlarmFlood(Shape):
    """A flood of alarms for whoever asks: ten annunciations in ten minutes began it, fewer than five end it."""

    since: datetime
    annunciations: int = Field(description="since then, with those that began it; of the last six hours at most")


class AlarmGroups(Shape):
    """Open alarms in groups, the gravest first, and where the gravest of them are; `flood` while there is one."""

    items: list[AlarmGroup]
    flood: AlarmFlood | None
    places: list[AlarmPlace]
    of: int = Field(description="how many groups there are in all")
    total: int = Field(description="how many alarms there are in all")
    unacknowledged: int


class AlarmNotice(Shape):
    """What was told at once of a group of alarms, as far as one may see them; `kind` is as seen from there."""

    id: int
    at: datetime
    kind: NoticeKind
    rule_code: str = Field(description="of the gravest of them; a group may hold alarms of several rules")
    name_zh: str | None
    name_en: str | None
    alarm_class: str | None
    metric: str | None
    region_code: RegionCode = Field(description="the smallest region that holds them all")
    level: int = Field(ge=0, le=4)
    count: int = Field(description="open alarms of the group that are not kept quiet")
    new: int = Field(description="of which had not been told before")
    graver: int = Field(description="of which have grown graver since")
    gone: int = Field(description="alarms that have cleared since, or were kept quiet")
    unacknowledged: int
    waiting_since: datetime | None = Field(description="since when the first of the unacknowledged ones stands")
    alarm_id: int | None = Field(description="the gravest")


class AlarmNotices(Shape):
    """The newest notices, newest first; ask again with `after` set to `next` for those that come later."""

    items: list[AlarmNotice]
    next: int | None


class AlarmCaseAsked(Asked):
    """A case to be made of an alarm; its class, where alarms of this kind have none of their own.

    With `group` it is one case of all open alarms of its rule in its district, and those that came since are added.
    """

    class_code: Code | None = Field(None, alias="class")
    group: bool = False


class AlarmCase(Shape):
    """The case that an alarm has."""

    event_id: int


class AlarmPage(Page[AlarmBrief]):
    """One page of alarms, newest first."""


class AlarmCount(Shape):
    """Number of alarms in one group."""

    group: str | int
    count: int


class AlarmLine(Shape):
    """One line of an alarm's journal; `ts` is the time of the reading, `at` of the line."""

    at: datetime
    kind: AlarmStep
    ts: datetime | None
    level: int | None
    value: float | None
    by: str | None
    detail: dict[str, Any]


class DeviceAlarm(AlarmBrief):
    """An alarm of a device, with the lines of its journal that tell what has kept it quiet, oldest first."""

    quieted: list[AlarmLine]


class DeviceAlarms(Shape):
    """The newest alarms of a device, open and past, newest first; `truncated` says that there are older ones."""

    device_code: str
    items: list[DeviceAlarm]
    truncated: bool


class AlarmTexts(Shape):
    """The four texts of a rule (ISA-18.2), and what its limits go back to; empty where nobody has written them."""

    cause_zh: str = ""
    cause_en: str = ""
    consequence_zh: str = ""
    consequence_en: str = ""
    response_zh: str = ""
    response_en: str = ""
    priority_reason_zh: str = ""
    priority_reason_en: str = ""
    basis_zh: str = ""
    basis_en: str = ""
    basis_mark: str = ""
    modes_basis_zh: str = ""
    modes_basis_en: str = ""
    modes_basis_mark: str = ""


class AlarmOut(AlarmBrief):
    """An alarm with its rule's texts, the newest reading of what it is of, and its journal, oldest line first."""

    texts: AlarmTexts
    newest_ts: datetime | None
    newest_value: float | None
    history: list[AlarmLine]


class AlarmRuleOut(Shape):
    """A rule in force; `definition` has the cells of its row in the rules file."""

    code: str
    version: int
    since: datetime
    set_by: str
    definition: dict[str, str]


class AlarmAct(StrEnum):
    """What may be done to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    RESET = "reset"
    COMMENT = "comment"
    SYMPTOM = "symptom"


class AlarmActAsked(Asked):
    """An act: shelving needs a reason (and an end, unless it is until the alarm ends), a comment its words."""

    act: AlarmAct
    reason: Words | None = None
    until: WrittenTime | None = None
    symptom_of: AlarmId | None = None

    @model_validator(mode="after")
    def _whole(self) -> "AlarmActAsked":
        if self.act in {AlarmAct.SHELVE, AlarmAct.COMMENT} and self.reason is None:
            raise ValueError(f"{self.act} needs a reason")
        return self


class AlarmActsAsked(AlarmActAsked):
    """An act on several alarms at once."""

    ids: Annotated[list[AlarmId], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AlarmActDone(Shape):
    """What became of an act on one alarm; `why` where it was not done."""

    id: int
    done: bool
    why: str | None


class QuietAsked(Asked):
    """What to keep quiet until when: the alarms of a region, by rule, class or metric, or those of a device."""

    region: RegionAsked | None = None
    rule: Code | None = None
    alarm_class: Code | None = Field(None, alias="class")
    metric: Code | None = None
    device: Annotated[str, Field(min_length=1, max_length=128, pattern=_PRINTABLE)] | None = None
    reason: Words
    until: WrittenTime

    @model_validator(mode="after")
    def _one_of_both(self) -> "QuietAsked":
        if (self.device is None) == (self.region is None):
            raise ValueError("give a region, whose alarms are silenced, or a device, which is taken out of service")
        return self


class QuietMade(Shape):
    """The number of what was entered."""

    id: int


class QuietOut(Shape):
    """A silence, or a device out of service."""

    id: int
    kind: QuietKind
    region_code: RegionCode
    device: str | None
    rule_code: str | None
    alarm_class: str | None
    metric: str | None
    reason: str
    by: str
    starts_at: datetime
    ends_at: datetime
    ended_by: str | None


class QuietList(Shape):
    """What keeps alarms quiet now or later, in order of its end."""

    items: list[QuietOut]


class RegionAlarms(Shape):
    """Open alarms of one child region."""

    code: RegionCode
    open: int
    worst: int = Field(ge=0, le=4, description="the gravest level that stands, 0 where none does")


class StandingGroup(Shape):
    """Open alarms of one rule in one place, as a wall tells them: how bad, since when, and who has them in hand."""

    rule_code: str
    name_zh: str | None = Field(description="of its rule")
    name_en: str | None
    alarm_class: str
    metric: str | None
    region_code: RegionCode = Field(description="the street where all of them are, else the district")
    level: int = Field(ge=1, le=4, description="of the gravest")
    count: int
    value: float | None = Field(description="the worst that any of them has reached")
    onset: datetime = Field(description="of the first of them")
    unacknowledged: int
    unacknowledged_since: datetime | None = Field(description="when the first that nobody acknowledged was raised")
    acknowledged_by: str | None = Field(description="who acknowledged last; null: nobody has any of them")
    cases: int = Field(description="how many cases were made of them")
    case_number: str | None = Field(description="of one of these cases, as it is called by those who handle it")
    drill: bool = Field(default=False, description="all of them were raised in a drill")


class GroupTally(Shape):
    """A group of open alarms as it is counted: of which matter, where, how grave, how many."""

    alarm_class: str
    region_code: RegionCode
    level: int = Field(ge=1, le=4, description="of the gravest")
    count: int


class AlarmsState(Shape):
    """Open alarms of a region by level, without those that are suppressed, shelved or out of service."""

    red: int
    orange: int
    yellow: int
    blue: int
    unacknowledged: int
    regions: list[RegionAlarms]
    groups_open: int = Field(description="number of groups that these alarms make, by rule and district")
    groups: list[StandingGroup] = Field(
        description="the gravest of them, and the gravest of each class; with as many groups as there are, their"
        " counts sum up to those by level"
    )
    tallies: list[GroupTally] = Field(description="all of these groups, as they are counted")
    places: list[StandingPlace] = Field(
        description="where the gravest are, at most 200: of the gravest level those of the situation's rule first,"
        " the worst before others; alarms of no device are nowhere"
    )
