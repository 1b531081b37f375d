"""The words of acting on a case: acts and clocks, what must be known of a case, of who asks and of what is asked.

`cityops.domain.events.lifecycle` judges by them. `cityops.services` gathers a `CaseStanding` from the store, and
keeps the one that a judgement leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.events.status import Status


class Act(StrEnum):
    """What may be done with a case; names, who may and what each needs stand in `lifecycle.toml`."""

    REPORT = "report"
    ACCEPT = "accept"
    REFUSE = "refuse"
    VERIFY = "verify"
    FILE = "file"
    DISPATCH = "dispatch"
    SIGN = "sign"
    FORWARD = "forward"
    ADD_HANDLER = "add_handler"
    RETURN = "return"
    ARBITRATE = "arbitrate"
    PROCESS = "process"
    CONTACT = "contact"
    FEED_BACK = "feed_back"
    CHECK = "check"
    REWORK = "rework"
    CLOSE = "close"
    VOID = "void"
    MERGE = "merge"
    ATTACH = "attach"
    REOPEN = "reopen"
    ASK_EXTENSION = "ask_extension"
    DECIDE_EXTENSION = "decide_extension"
    POSTPONE = "postpone"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERVISE = "supervise"
    SUPERVISE_REPLY = "supervise_reply"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"
    ARCHIVE = "archive"
    NOTE = "note"
    SUPPLEMENT = "supplement"
    LOCK = "lock"
    UNLOCK = "unlock"


class Clock(StrEnum):
    """Whose time runs: the staff's (to accept, to dispatch), the handling unit's, the citizen's (to be contacted)."""

    STAFF_ACCEPT = "staff_accept"
    STAFF_DISPATCH = "staff_dispatch"
    UNIT = "unit"
    CITIZEN = "citizen"


class Effect(StrEnum):
    """What an act does to a clock; `reset` begins a new run, `extend` adds the limit once more."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    RESET = "reset"
    STOP = "stop"
    EXTEND = "extend"


class Master(StrEnum):
    """Which system moves the case: the source that reported it, or this one."""

    SOURCE = "source"
    HERE = "here"


class CaseKind(StrEnum):
    """A case (案件), or a key task set from above (市领导交办)."""

    CASE = "case"
    TASK = "task"


class Mark(StrEnum):
    """What is true of a case beside its state, and is kept with it."""

    RETURNED = "returned"
    """It was given back, and waits for what becomes of it."""
    POSTPONED = "postponed"
    SUSPENDED = "suspended"
    SUSPENDED_ONCE = "suspended_once"
    LOCKED = "locked"
    EXTENSION_ASKED = "extension_asked"
    SUPERVISED = "supervised"
    """An answer to the supervision is awaited."""
    APPEALED = "appealed"
    """The one appeal has been made."""
    APPEAL_OPEN = "appeal_open"
    EXCUSED = "excused"
    """Statistics leave its being overdue out; the fact itself stays."""


class Need(StrEnum):
    """What must come with an act."""

    REASON = "reason"
    TEXT = "text"
    EVIDENCE = "evidence"
    STANDARD = "standard"
    CONDITION = "condition"
    UNIT = "unit"
    UNTIL = "until"
    INTO = "into"
    DECISION = "decision"


class Relation(StrEnum):
    """What one is to a case: `place`, his area covers it; `above`, his is the district of the handling street."""

    SEES = "sees"
    PLACE = "place"
    HOLDER = "holder"
    CO_HANDLER = "co_handler"
    PASSED_BY = "passed_by"
    ABOVE = "above"


class UnitKind(StrEnum):
    """Kinds of units that handle cases."""

    DEPARTMENT = "department"
    DISTRICT = "district"
    STREET = "street"


class Unit(NamedTuple):
    """Who handles a case: `code` of a department, or of a region."""

    kind: UnitKind
    code: str

    def holds(self, lower: "Unit") -> bool:
        """Whether a unit is one of this district's streets."""
        return self.kind is UnitKind.DISTRICT and lower.kind is UnitKind.STREET and lower.code.startswith(self.code)


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What the judge must know of a case as it stands now; times have a time zone."""

    status: Status
    region_code: str
    master: Master = Master.HERE
    kind: CaseKind = CaseKind.CASE
    marks: frozenset[Mark] = frozenset()
    running: frozenset[Clock] = frozenset()
    paused: frozenset[Clock] = frozenset()
    unit: Unit | None = None
    """Who handles it; after a return still who handled it last, so that the same one is known again."""
    passed_by: tuple[Unit, ...] = ()
    """Units that passed it down to `unit`, the first first."""
    co_handlers: frozenset[Unit] = frozenset()
    returned_by: frozenset[Unit] = frozenset()
    """Units that have used their one return."""
    returner: str | None = None
    """The name of who returned it last, until the next main step is taken."""
    arbitrated: Unit | None = None
    """Whom the arbitration named; its answer is final."""
    refuse_until: datetime | None = None
    """Until when the unit may return it; None: without bound."""
    due: datetime | None = None
    """When the unit's clock runs out; None: it is paused, or has no limit."""
    until: datetime | None = None
    """When it resumes by itself."""
    extensions: int = 0
    """Granted to the unit."""
    standard: str | None = None
    proof: bool = False
    """Whether its standard asks for a photo of the result."""
    files: int = 0
    """Photos and files that it has of the result."""
    citizen: bool = False
    """Whether somebody waits for an answer."""
    children: int = 0
    children_open: int = 0
    child: bool = False
    overdue: bool = False
    """Whether it was handled after its time; a fact that no act alters."""
    reviewers: frozenset[str] = frozenset()
    """Names of those who have granted the open appeal."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; without a role it is the platform itself, which resumes and archives."""

    name: str
    role: Role | None
    scope: Scope = WHOLE_CITY

    @property
    def units(self) -> frozenset[Unit]:
        """The units that one with this scope acts for."""
        kind = _UNITS.get(self.scope.kind)
        return frozenset(Unit(kind, code) for code in self.scope.codes) if kind else frozenset()


_UNITS: Mapping[ScopeKind, UnitKind] = {
    ScopeKind.DISTRICTS: UnitKind.DISTRICT,
    ScopeKind.STREETS: UnitKind.STREET,
    ScopeKind.DEPARTMENTS: UnitKind.DEPARTMENT,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. Whether a unit, a standard or another case exists is found out before."""

    act: Act
    unit: Unit | None = None
    reason: str | None = None
    text: str | None = None
    evidence: int = 0
    """How many photos and files come with it."""
    standard: str | None = None
    """Code of the case standard chosen; by default the one that the case has."""
    condition: str | None = None
    """What of the standard's closing condition is met."""
    until: datetime | None = None
    into: CaseStanding | None = None
    """The other case: into which it is merged, or whose child it becomes."""
    granted: bool | None = None
    """What is decided of something asked for."""
    region_code: str = ""
    """Of a new case; as `citizen` and `kind` are."""
    citizen: bool = False
    kind: CaseKind = CaseKind.CASE


@dataclass(frozen=True, slots=True)
class Allowed:
    """The act may be done: where it leads, what it does to the clocks that it touches, and how the case stands then.

    In `after`, `due` and `refuse_until` are None where they must be computed anew.
    """

    to: Status
    clocks: Mapping[Clock, Effect]
    after: CaseStanding


@dataclass(frozen=True, slots=True)
class Denied:
    """The act may not be done: why, in sentences that also say what would be possible, and who may do what was asked.

    `needs` is what it lacks, `possible` what may be done instead, `who` the roles for it and for all acts from here.
    """

    reason_zh: str
    reason_en: str
    needs: tuple[Need, ...] = ()
    possible: tuple[Act, ...] = ()
    who: Mapping[Act, tuple[Role, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as it is offered for a case: with what it needs, or with why it is not to be had now, and who may."""

    act: Act
    allowed: bool
    needs: tuple[Need, ...]
    reason_zh: str
    reason_en: str
    who: tuple[Role, ...]
