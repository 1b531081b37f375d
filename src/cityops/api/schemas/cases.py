"""Shapes of cases that are acted on: what is asked for, and a case with its clocks, history and what may be done."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from cityops.api.schemas.events import EventBrief, UnitOut
from cityops.api.schemas.shape import NO_NUL, UNMASKED, FreeText, Page, Query, RegionAsked, Shape, WrittenTime
from cityops.domain.access import Role
from cityops.domain.events.acts import Act, CaseKind, Clock, Mark, Master, Need, UnitKind
from cityops.domain.events.deadlines import Lamp
from cityops.domain.events.reported import DESCRIPTION_LIMIT, TITLE_LIMIT
from cityops.domain.events.status import Severity, Status
from cityops.domain.events.workdays import Why
from cityops.domain.masking import masked

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Instant = Annotated[WrittenTime, AfterValidator(lambda at: min(max(at, EARLIEST), LATEST))]
"""A time with its zone; one beyond those borders is taken for the border."""

REASON_LIMIT = 1000
MOST_FILES = 20


def _plain(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one, info) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, info) for one in value]
    return masked(value) if isinstance(value, str) and info.context is not UNMASKED else value


FreeData = Annotated[dict[str, Any], AfterValidator(_plain)]
"""What came with an act and has no field of its own; its text is masked as other text is."""


class CaseBrief(EventBrief):
    """A case in one line of a list of those who act."""

    version: str = Field(description="what an act shows in If-Match")
    master: Master = Field(description="who moves it: the source that reported it, or acts here")
    kind: CaseKind
    unit: UnitOut | None = Field(description="who handles it, or after a return who did last")
    standard: str | None
    due_at: datetime | None = Field(description="when the unit's time runs out; null while it does not run")
    lamp: Lamp | None = Field(description="green, yellow near the end, red beyond it; null without a running clock")
    overdue: bool = Field(description="whether it was handled after its time; a fact that no appeal alters")
    marks: list[Mark]


class CasePage(Page[CaseBrief]):
    """One page of cases in the order asked for; `next` is the cursor of the following page, null on the last."""


class CaseAround(CaseBrief):
    """A case near something, and how far it is."""

    distance_m: int | None = Field(description="null: its place is not known, but it lies in the same street")


class CasesAround(Shape):
    """Cases around a device: within a radius of it, or in its street; those that are open first, newest first."""

    device_code: str
    within_m: int
    since: datetime = Field(description="cases that are closed are told if they occurred since then")
    items: list[CaseAround]
    truncated: bool


class CaseCount(Shape):
    """Number of cases in one group."""

    group: str
    count: int


class SpanOut(Shape):
    """A stretch of time, whether it counts, and why; a clock that stands still has no end in its last one."""

    start: datetime
    end: datetime | None
    counted: bool
    why: Why


class ClockOut(Shape):
    """A run of a clock with how it is counted; the counted spans come to the limit and its extensions."""

    clock: Clock
    round: int
    limit_kind: str = Field(description="urgent_hours, work_hours, work_days, days; seconds by the natural clock")
    amount: int
    extensions: int
    allowed_s: int = Field(description="all that may be used, in seconds of what counts; extensions among it")
    started_at: datetime
    due_at: datetime | None = Field(description="null while it stands still without an end")
    provisional: bool = Field(description="it touches days for which no notice of holidays is published yet")
    paused: bool
    stopped_at: datetime | None
    overdue: bool | None = Field(description="null until it has stopped")
    lamp: Lamp | None = Field(description="null once it has stopped")
    spans: list[SpanOut]


class CaseStep(Shape):
    """One step: told by the source of the case (`by` source) or done here."""

    by: Master
    sequence: int
    at: datetime
    act: str | None = Field(description="null for a step of the source")
    from_status: Status | None
    status: Status
    actor: str | None
    role: Role | None = Field(description="null: the source, or the platform itself")
    unit: UnitOut | None = Field(description="for whom the actor acted; null: the centre")
    asked_unit: UnitOut | None
    reason: FreeText | None
    text: FreeText | None
    evidence: list[str] = Field(description="digests of files")
    data: FreeData


class HandlerOut(Shape):
    """A unit that has a case in hand, has had it (`until`), or reported it."""

    kind: UnitKind
    code: str
    duty: Literal["main", "co", "reporter"]
    since: datetime
    until: datetime | None


class OfferedAct(Shape):
    """An act that may be done now by who asks, with what must come with it."""

    act: str
    needs: list[Need]


class WithheldAct(Shape):
    """An act that may not be done now by who asks: why, and who may at all."""

    act: str
    reason_zh: str
    reason_en: str
    who: list[Role]


class CaseOut(CaseBrief):
    """A case as it is now: its history in one line of time, its clocks, what may be done and why not the rest."""

    description: FreeText | None
    address: FreeText | None
    lon: float | None
    lat: float | None
    received_at: datetime
    standard_version: int | None
    parent_id: int | None
    children: list[int]
    merged_into: int | None
    merged: list[int]
    citizen: bool = Field(description="whether somebody waits for an answer")
    refuse_until: datetime | None = Field(description="until when the unit may return it")
    waits_until: datetime | None = Field(description="when a postponed or suspended case goes on by itself")
    handlers: list[HandlerOut]
    clocks: list[ClockOut]
    history: list[CaseStep]
    possible: list[OfferedAct]
    others: list[WithheldAct]


_Free = {"json_schema_extra": NO_NUL}
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", examples=["water", "440106", "440106013"])]


class NewCase(Query):
    """A case that is reported here."""

    class_code: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", alias="class")]
    title: Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT, **_Free)]
    text: Annotated[str, Field(min_length=1, max_length=DESCRIPTION_LIMIT, description="what is the matter", **_Free)]
    region: RegionAsked
    severity: Severity = Severity.NORMAL
    address: Annotated[str, Field(max_length=TITLE_LIMIT, **_Free)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    occurred_at: Instant | None = None
    kind: CaseKind = CaseKind.CASE
    citizen: bool = Field(False, description="somebody waits for an answer")
    drill: bool | None = Field(None, description="only played; null: as the mode that holds there says")
    token: Token | None = Field(None, description="chosen by the sender: sent again under it, it is done once")


class ActAsked(Query):
    """An act on a case; what it needs stands in the case's `possible`."""

    act: Act | Literal["take_over"]
    unit: UnitCode | None = Field(None, description="code of a department, district or street")
    reason: Annotated[str, Field(max_length=REASON_LIMIT, **_Free)] | None = None
    text: Annotated[str, Field(max_length=DESCRIPTION_LIMIT, **_Free)] | None = None
    evidence: list[Digest] = Field(default_factory=list, max_length=MOST_FILES, description="digests of files sent")
    standard: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")] | None = None
    condition: Annotated[str, Field(max_length=REASON_LIMIT, **_Free)] | None = Field(
        None, description="what of the standard's closing condition is met"
    )
    until: Instant | None = None
    into: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = Field(None, description="id of another case")
    granted: bool | None = None
    solved: bool | None = Field(
        None, description="whether it is solved, says whoever reported it; with contact, feed_back, check, close"
    )
    satisfied: bool | None = Field(None, description="whether he is satisfied; null: he was not asked")
    token: Token | None = Field(None, description="chosen by the sender: sent again under it, it is done once")
