"""What a scope does to an answer, declared per permission: made into the matrix of the docs and held by its tests."""

from collections.abc import Mapping
from enum import StrEnum

from cityops.domain.access import Permission, ScopeKind


class Reach(StrEnum):
    """How far an answer reaches, seen from the scope of who asks."""

    ALL = "all"
    """The same for every scope: a catalogue, or counts and sums by district that are declared open."""
    SUMS = "sums"
    """A region inside the scope whole; district or city around it, sums alone; any other is refused (403)."""
    STREETS = "streets"
    """City and districts for all, as declared sums; streets only inside the scope (403 where none is)."""
    INSIDE = "inside"
    """Only what lies inside. A single thing outside is answered as if it did not exist (404), an area by 403."""
    SOURCES = "sources"
    """Only what came from a department's or an own source system: it has no region, so that an area sees none."""
    OWN = "own"
    """Only what belongs to who asks."""


_P = Permission
REACH: Mapping[Permission, Reach] = {
    _P.CATALOGUE_READ: Reach.ALL,
    _P.AGGREGATE_READ: Reach.ALL,
    _P.STATE_READ: Reach.SUMS,
    _P.SERIES_READ: Reach.STREETS,
    _P.DEVICE_READ: Reach.INSIDE,
    _P.READING_READ: Reach.INSIDE,
    _P.CHANNEL_READ: Reach.INSIDE,
    _P.CHANNEL_OPEN: Reach.INSIDE,
    _P.EVENT_READ: Reach.INSIDE,
    _P.EVENT_HANDLE: Reach.INSIDE,
    _P.SHIFT_HANDOVER: Reach.INSIDE,
    _P.ALARM_READ: Reach.INSIDE,
    _P.ALARM_HANDLE: Reach.INSIDE,
    _P.ALARM_QUIET: Reach.INSIDE,
    _P.MODE_CHANGE: Reach.INSIDE,
    _P.WALL_PUSH: Reach.INSIDE,
    _P.PERSON_READ: Reach.INSIDE,
    _P.EXPORT_READ: Reach.INSIDE,
    _P.EXPORT_RESTRICTED: Reach.INSIDE,
    _P.REPORT_READ: Reach.INSIDE,
    _P.REPORT_MAKE: Reach.INSIDE,
    _P.REJECT_READ: Reach.SOURCES,
    _P.REJECT_REPLAY: Reach.SOURCES,
    _P.PLATFORM_READ: Reach.ALL,
    _P.READING_WRITE: Reach.SOURCES,
    _P.EVENT_WRITE: Reach.SOURCES,
    _P.INDICATOR_WRITE: Reach.SOURCES,
    _P.FORM_FILL: Reach.INSIDE,
    _P.FORM_REVIEW: Reach.INSIDE,
    _P.INDICATOR_CORRECT: Reach.INSIDE,
    _P.ACCOUNT_ADMINISTER: Reach.ALL,
    _P.CREDENTIAL_ADMINISTER: Reach.ALL,
    _P.AUDIT_READ: Reach.INSIDE,
}


def effect(reach: Reach, kind: ScopeKind, *, single: bool) -> str:
    """Return in a few words what a scope of this kind does to an answer; `single`: the route names one thing."""
    if reach in {Reach.ALL, Reach.OWN} or kind is ScopeKind.CITY:
        return str(Reach.OWN if reach is Reach.OWN else Reach.ALL)
    by_place = kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}
    if reach is Reach.SUMS:
        return "inside, sums around it, else 403" if by_place else "sums, a street 403"
    if reach is Reach.STREETS:
        return "district sums, streets inside" if by_place else "district sums, streets 403"
    if reach is Reach.SOURCES and by_place:
        return "404" if single else "nothing"
    return "inside, else 404" if single else "inside"
