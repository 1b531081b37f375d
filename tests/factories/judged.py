"""Who asks the judge of acts, and cases brought to where a test wants them, by acts alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.events.acts import (
    Act,
    Allowed,
    Asker,
    CaseKind,
    CaseStanding,
    Denied,
    Request,
    Unit,
    UnitKind,
)
from cityops.domain.events.lifecycle import judge

NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)

STREET, TIANHE = Unit(UnitKind.STREET, "440106013"), Unit(UnitKind.DISTRICT, "440106")
WATER, URBAN = Unit(UnitKind.DEPARTMENT, "water"), Unit(UnitKind.DEPARTMENT, "urban")


def asker(role: Role | None, kind: ScopeKind = ScopeKind.CITY, *codes: str, name: str = "") -> Asker:
    return Asker(name or f"{role} {codes}", role, Scope(kind, frozenset(codes)))


OPERATOR, SECOND = asker(Role.OPERATOR), asker(Role.OPERATOR, name="second")
LEADER, PLATFORM = asker(Role.SHIFT_LEADER), Asker("platform", None)
HOLDER = asker(Role.STREET_OFFICER, ScopeKind.STREETS, "440106013")
DISTRICT = asker(Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS, "440106")
HELPER = asker(Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS, "water")

REASON, PHOTO = "超出职责", 1


def request(act: Act, **given: Any) -> Request:
    """Return a request that holds all that any act may need, and what is given."""
    whole: dict[str, Any] = {
        "reason": REASON,
        "text": "说明",
        "evidence": PHOTO,
        "standard": "road_ponding-deep",
        "condition": "积水已退",
        "unit": STREET,
        "until": LATER,
        "granted": True,
        "region_code": "440106013",
    }
    return Request(act, **(whole | given))


def done(case: CaseStanding | None, who: Asker, act: Act, at: datetime = NOW, **given: Any) -> CaseStanding:
    """Return the case after an act that must be allowed."""
    judged = judge(case, who, request(act, **given), at)
    assert isinstance(judged, Allowed), judged
    return judged.after


def denied(case: CaseStanding | None, who: Asker, act: Act, at: datetime = NOW, **given: Any) -> Denied:
    """Return why an act is not allowed that must not be."""
    judged = judge(case, who, request(act, **given), at)
    assert isinstance(judged, Denied), judged
    return judged


def filed(**given: Any) -> CaseStanding:
    """Return a case that was reported, accepted and filed."""
    case = done(None, OPERATOR, Act.REPORT, **given)
    return done(done(case, OPERATOR, Act.ACCEPT), OPERATOR, Act.FILE)


def dispatched(unit: Unit = STREET) -> CaseStanding:
    """Return a case that a unit has been given."""
    return done(filed(), OPERATOR, Act.DISPATCH, unit=unit)


def signed(unit: Unit = STREET) -> CaseStanding:
    """Return a case that its unit has signed for."""
    return done(dispatched(unit), of(unit), Act.SIGN)


def closed() -> CaseStanding:
    """Return a case that was handled, checked and closed."""
    case = done(done(signed(), HOLDER, Act.FEED_BACK), OPERATOR, Act.CHECK)
    return done(case, OPERATOR, Act.CLOSE)


def task() -> CaseStanding:
    """Return a key task from above that is filed."""
    case = done(None, LEADER, Act.REPORT, kind=CaseKind.TASK)
    return done(case, LEADER, Act.FILE)


def of(unit: Unit) -> Asker:
    """Return somebody of a unit."""
    role, kind = {
        UnitKind.STREET: (Role.STREET_OFFICER, ScopeKind.STREETS),
        UnitKind.DISTRICT: (Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS),
        UnitKind.DEPARTMENT: (Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS),
    }[unit.kind]
    return asker(role, kind, unit.code)
