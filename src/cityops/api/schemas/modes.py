"""Shapes of the API's questions and answers on modes, and on walls and what is sent to them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import NO_NUL, Page, RegionAsked, RegionCode, Shape, WrittenTime
from cityops.domain.access import ScopeKind
from cityops.domain.modes.modes import Grade, Matter, ModeKind, NewMode
from cityops.domain.modes.roster import RosterDuty, Watch
from cityops.domain.modes.walls import LONGEST_PUSH, SCENE


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing: write it down")
    return text.strip()


_Reason = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra=NO_NUL), AfterValidator(_said)]
_Name = Annotated[str, Field(min_length=1, max_length=64, json_schema_extra=NO_NUL), AfterValidator(_said)]
_Title = Annotated[str, Field(max_length=40, json_schema_extra=NO_NUL)]
_Grade = Annotated[int, Field(ge=1, le=4, description="1 (Ⅰ, the gravest) to 4 (Ⅳ); null of an event")]
SceneId = Annotated[str, Field(pattern=f"^{SCENE.pattern}$", examples=["flood"])]


class ModeAsked(Asked):
    """A mode to be started; without titles it is called by matter, grade and kind."""

    region: RegionAsked = Field(description="the city or a district")
    kind: ModeKind
    matter: Matter
    grade: _Grade | None = None
    reason: _Reason
    approver: _Name
    until: WrittenTime | None = Field(
        default=None, description="planned end; of a drill, which is over by it, within 24 h"
    )
    drill: bool = False
    title_zh: _Title = ""
    title_en: _Title = ""

    def mode(self) -> NewMode:
        """Return what is to be started."""
        grade = None if self.grade is None else Grade(self.grade)
        return NewMode(
            *(self.region, self.kind, self.matter, grade, self.reason, self.approver, self.until, self.drill),
            *(self.title_zh.strip(), self.title_en.strip()),
        )


class ModeProlonged(Asked):
    """Another planned end; null: none."""

    until: WrittenTime | None


class ModeEnded(Asked):
    """Why a mode is over."""

    reason: _Reason


class ModeState(Shape):
    """What holds in a region now: its district's own mode, else the city's, else `normal`."""

    kind: ModeKind
    region_code: RegionCode | None = Field(
        default=None, description="whose mode it is: the district's own, or the city's"
    )
    matter: Matter | None = None
    grade: _Grade | None = None
    title_zh: str = "平时"
    title_en: str = "Normal"
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = Field(
        default=None, description="planned end; it holds until somebody ends it, a drill until then"
    )
    drill: bool = False


class ModeOut(Shape):
    """A mode, in force or over."""

    id: int
    region_code: RegionCode
    kind: ModeKind
    matter: Matter
    grade: _Grade | None
    title_zh: str
    title_en: str
    reason: str
    approver: str
    drill: bool
    started_by: str
    since: datetime
    until: datetime | None
    ended_at: datetime | None = Field(description="null: in force")
    ended_by: str | None = Field(description="null of a drill that was over by its planned end")


class ModePage(Page[ModeOut]):
    """One page of modes, newest first; `next` is the cursor of the following page, null on the last."""


class DutyOut(Shape):
    """Somebody who is on duty, from when until when; `order` is in which order those of a role are called."""

    role: str
    order: int
    person: str
    phone: str | None = Field(
        description="masked for who does not handle persons' data there; null in the state, which screens show"
    )
    starts_at: datetime
    ends_at: datetime


class RosterGap(Shape):
    """From when until when nobody of a role is on duty; `role` is empty where nobody at all is."""

    role: str
    starts_at: datetime
    ends_at: datetime


class RosterOut(Shape):
    """Who is on duty in a region under the mode that holds there, and when within a day nobody is."""

    region_code: RegionCode = Field(description="whose roster it is: the district's own for this mode, or the city's")
    kind: ModeKind
    drill: bool = Field(description="the mode is a drill")
    now: list[DutyOut] = Field(description="by role, in the order in which they are called")
    later: list[DutyOut] = Field(description="who comes within a day")
    gaps: list[RosterGap]

    @classmethod
    def of(
        cls, found: Watch, *, drill: bool, phone: Callable[[RosterDuty], str | None] = lambda _: None
    ) -> "RosterOut":
        """Return a watch as it is answered, with what is told of each number."""
        gaps = [RosterGap(role=one.role, starts_at=one.starts_at, ends_at=one.ends_at) for one in found.gaps]
        now, later = ([_duty(one, phone(one)) for one in some] for some in (found.now, found.later))
        return cls(region_code=found.region_code, kind=found.kind, drill=drill, now=now, later=later, gaps=gaps)


def _duty(one: RosterDuty, phone: str | None) -> DutyOut:
    told = {name: getattr(one, name) for name in ("role", "person", "starts_at", "ends_at")}
    return DutyOut(order=one.place, phone=phone, **told)


class WallPush(Asked):
    """A scene to be held on a wall, for so many minutes."""

    scene: SceneId
    minutes: Annotated[int, Field(ge=1, le=int(LONGEST_PUSH.total_seconds() / 60))] = 30


class WallShows(Asked):
    """Which scene a wall shows."""

    scene: SceneId


class WallOut(Shape):
    """A display with what it shows; what was sent to it stands here until its time is over or it is released."""

    id: str
    label: str
    page: str | None = Field(description="the one page that it is bound to; scenes are those of `/`")
    scope_kind: ScopeKind
    scope_codes: list[str]
    shows: str | None = Field(description="the scene that it told of last")
    answered_at: datetime | None = Field(description="when it told; null: never")
    scene: str | None = Field(description="which was sent, and is held there")
    sent_by: str | None
    sent_at: datetime | None
    held_until: datetime | None
