"""Who may do what and where: permissions, roles, scopes, and the one subject that every question is answered for.

The vocabulary only. Who somebody is, is found out at the API's door (`cityops.api.access.door`); what lies
outside a scope is kept back by the database itself (`cityops.store.engine.reading`), so that a forgotten filter shows
too little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.regions import district_of, is_city


class Permission(StrEnum):
    """What may be done to what: `resource:action`."""

    CATALOGUE_READ = "catalogue:read"
    """Regions, metrics, indicators, intervals, map: what the numbers mean."""
    AGGREGATE_READ = "aggregate:read"
    """Sums and means by district and city, rankings among them: declared open to every subject."""
    STATE_READ = "state:read"
    """The state of a region with its detail: newest cases, devices that warn."""
    SERIES_READ = "series:read"
    """Indicators over time: city and districts for all, streets inside the scope."""
    DEVICE_READ = "device:read"
    """Single devices with state and newest values."""
    READING_READ = "reading:read"
    """Raw readings of a device."""
    CHANNEL_READ = "channel:read"
    """Video channels, and how many there are."""
    CHANNEL_OPEN = "channel:open"
    """Look at what a camera shows; why is written down."""
    EVENT_READ = "event:read"
    """Single cases with their history, and how many there are."""
    EVENT_HANDLE = "event:handle"
    """Take a case on, return it, close it."""
    SHIFT_HANDOVER = "shift:handover"
    """Hand a seat's shift over to somebody, and take one over."""
    ALARM_READ = "alarm:read"
    """Single alarms with their journal, how many there are, and what keeps them quiet."""
    ALARM_HANDLE = "alarm:handle"
    """Acknowledge, shelve and reset an alarm, comment on it."""
    ALARM_QUIET = "alarm:quiet"
    """Silence alarms by a filter, take a device out of service."""
    MODE_CHANGE = "mode:change"
    """Start, prolong and end what the city or a district works under: alert, emergency, event, drill."""
    WALL_PUSH = "wall:push"
    """Send a scene to a named wall, and release it."""
    PERSON_READ = "person:read"
    """Names and telephone numbers of citizens in a case, unmasked, and its photos, which nothing masks."""
    EXPORT_READ = "export:read"
    """Files with any number of rows."""
    EXPORT_RESTRICTED = "export:restricted"
    """Files of datasets whose transfer across the border is restricted, for a stated purpose."""
    REPORT_READ = "report:read"
    """Reports of days, weeks and responses, of the own area."""
    REPORT_MAKE = "report:make"
    """Make one now; of a closed period it is kept for good."""
    REJECT_READ = "reject:read"
    """What could not be stored, and why."""
    REJECT_REPLAY = "reject:replay"
    """Store it after all, or give it up."""
    PLATFORM_READ = "platform:read"
    """Source systems, totals and instruments."""
    READING_WRITE = "reading:write"
    """Send readings, of the own source alone."""
    EVENT_WRITE = "event:write"
    """Send cases and their steps, of the own source alone."""
    INDICATOR_WRITE = "indicator:write"
    """Send values of indicators, of the own source alone."""
    FORM_FILL = "form:fill"
    """Fill in forms of the own regions, and see how they stand."""
    FORM_REVIEW = "form:review"
    """Approve what others have filled in, or return it."""
    INDICATOR_CORRECT = "indicator:correct"
    """Correct values that a source has wrong, and say how far it has come with that."""
    ACCOUNT_ADMINISTER = "account:administer"
    """Make, change and disable accounts."""
    CREDENTIAL_ADMINISTER = "credential:administer"
    """Display tokens and API keys, those of source systems among them."""
    AUDIT_READ = "audit:read"
    """Who did what, and who was refused."""


class ScopeKind(StrEnum):
    """By what the rows that a subject may see are told from the others."""

    CITY = "city"
    DISTRICTS = "districts"
    STREETS = "streets"
    DEPARTMENTS = "departments"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the city: `codes` of districts (6 digits), streets (9), departments or source systems.

    The whole city has no codes; any other kind without codes covers nothing.
    """

    kind: ScopeKind
    codes: frozenset[str] = frozenset()

    def covers(self, region_code: str) -> bool:
        """Whether all of a region lies within; never by department or source, whose rows lie all over the city."""
        if self.kind is ScopeKind.CITY:
            return True
        if self.kind is ScopeKind.DISTRICTS:
            return district_of(region_code) in self.codes
        return self.kind is ScopeKind.STREETS and region_code in self.codes

    def includes(self, other: "Scope") -> bool:
        """Whether all that another scope covers lies within; of departments and sources none does but by the city."""
        if self.kind is ScopeKind.CITY:
            return True
        is_by_place = other.kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}
        return is_by_place and bool(other.codes) and all(self.covers(code) for code in other.codes)

    def touches(self, region_code: str) -> bool:
        """Whether some of its rows may lie in a region."""
        if self.kind not in {ScopeKind.DISTRICTS, ScopeKind.STREETS} or is_city(region_code):
            return True
        return self.covers(region_code) or any(code.startswith(region_code) for code in self.codes)


WHOLE_CITY = Scope(ScopeKind.CITY)
NOTHING = Scope(ScopeKind.SOURCES)


class Role(StrEnum):
    """What somebody is at work; each has its row in `PERMISSIONS`."""

    WALL_DISPLAY = "wall_display"
    OPERATOR = "operator"
    SHIFT_LEADER = "shift_leader"
    DISTRICT_OFFICER = "district_officer"
    STREET_OFFICER = "street_officer"
    DEPARTMENT_HANDLER = "department_handler"
    ANALYST = "analyst"
    DATA_LIAISON = "data_liaison"
    DATA_STEWARD = "data_steward"
    ADMINISTRATOR = "administrator"
    SOURCE_SYSTEM = "source_system"

    @property
    def name_zh(self) -> str:
        """What the role is called in Chinese."""
        return _ROLES_ZH[self]


_ROLES_ZH = {
    Role.WALL_DISPLAY: "大屏",
    Role.OPERATOR: "值班员",
    Role.SHIFT_LEADER: "值班长",
    Role.DISTRICT_OFFICER: "区级人员",
    Role.STREET_OFFICER: "街镇人员",
    Role.DEPARTMENT_HANDLER: "部门处置员",
    Role.ANALYST: "分析员",
    Role.DATA_LIAISON: "数据联络员",
    Role.DATA_STEWARD: "数据专员",
    Role.ADMINISTRATOR: "管理员",
    Role.SOURCE_SYSTEM: "来源系统",
}

_P = Permission
_SHOWN = frozenset({_P.CATALOGUE_READ, _P.AGGREGATE_READ, _P.STATE_READ})
_LOOK = _SHOWN | {_P.SERIES_READ}
_DETAIL = _LOOK | {_P.DEVICE_READ, _P.READING_READ, _P.CHANNEL_READ, _P.EVENT_READ, _P.ALARM_READ}
_HANDLE = _DETAIL | {_P.EVENT_HANDLE, _P.ALARM_HANDLE, _P.PERSON_READ, _P.EXPORT_READ, _P.CHANNEL_OPEN}
_SIT = _HANDLE | {_P.SHIFT_HANDOVER, _P.WALL_PUSH, _P.REPORT_READ}
_REPORT = frozenset({_P.REPORT_READ, _P.REPORT_MAKE})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    # The trends of a wall stand in the state; long series are asked for at a desk.
    Role.WALL_DISPLAY: _SHOWN | {_P.DEVICE_READ, _P.EVENT_READ, _P.ALARM_READ, _P.PLATFORM_READ},
    Role.OPERATOR: _SIT | {_P.PLATFORM_READ},
    Role.SHIFT_LEADER: _SIT
    | _REPORT
    | {_P.MODE_CHANGE, _P.ALARM_QUIET, _P.PLATFORM_READ, _P.REJECT_READ, _P.AUDIT_READ},
    Role.DISTRICT_OFFICER: _SIT | _REPORT | {_P.ALARM_QUIET},
    Role.STREET_OFFICER: _HANDLE,
    Role.DEPARTMENT_HANDLER: _HANDLE,
    Role.ANALYST: _DETAIL | _REPORT | {_P.EXPORT_READ, _P.PLATFORM_READ},
    Role.DATA_LIAISON: _LOOK | {_P.FORM_FILL},
    Role.DATA_STEWARD: _DETAIL
    | _REPORT
    | {_P.EXPORT_READ, _P.EXPORT_RESTRICTED, _P.PLATFORM_READ, _P.REJECT_READ, _P.REJECT_REPLAY}
    | {_P.INDICATOR_CORRECT, _P.FORM_FILL, _P.FORM_REVIEW},
    Role.ADMINISTRATOR: _LOOK
    | {_P.PLATFORM_READ, _P.ACCOUNT_ADMINISTER, _P.CREDENTIAL_ADMINISTER, _P.AUDIT_READ, _P.REJECT_READ},
    Role.SOURCE_SYSTEM: frozenset({_P.READING_WRITE, _P.EVENT_WRITE, _P.INDICATOR_WRITE}),
}

_BY_PLACE = frozenset({ScopeKind.CITY, ScopeKind.DISTRICTS, ScopeKind.STREETS})
SCOPES: Mapping[Role, frozenset[ScopeKind]] = {
    Role.WALL_DISPLAY: _BY_PLACE,
    Role.OPERATOR: frozenset({ScopeKind.CITY, ScopeKind.DISTRICTS}),
    Role.SHIFT_LEADER: frozenset({ScopeKind.CITY, ScopeKind.DISTRICTS}),
    Role.DISTRICT_OFFICER: frozenset({ScopeKind.DISTRICTS}),
    Role.STREET_OFFICER: frozenset({ScopeKind.STREETS}),
    Role.DEPARTMENT_HANDLER: frozenset({ScopeKind.DEPARTMENTS}),
    Role.ANALYST: _BY_PLACE | {ScopeKind.DEPARTMENTS},
    # The chain of chief data officers: city, district or department, street liaison (数据联络专员).
    Role.DATA_LIAISON: frozenset({ScopeKind.DISTRICTS, ScopeKind.STREETS}),
    Role.DATA_STEWARD: _BY_PLACE | {ScopeKind.DEPARTMENTS},
    Role.ADMINISTRATOR: frozenset({ScopeKind.CITY}),
    Role.SOURCE_SYSTEM: frozenset({ScopeKind.SOURCES}),
}
"""The kinds of scope that a role can be given with."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: a signed-in person, a display or a program; `name` is what the audit writes down."""

    name: str
    role: Role
    scope: Scope

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission; where it reaches is the scope's matter."""
        return permission in PERMISSIONS[self.role]
