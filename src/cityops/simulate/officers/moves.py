"""What an officer does next with a case, and when: a function of the case as it stands and of the seed alone.

From a case as the API has it, to `cityops.simulate.officers.duty`, which acts through the API. Nothing is allowed
here: what may be done is judged by the platform, of these officers as of any others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self

from cityops import reference
from cityops.domain.events.acts import Act, Mark, Unit, UnitKind
from cityops.domain.events.standards import ProofAsked
from cityops.domain.events.status import Status
from cityops.domain.regions import RegionLevel, district_of, level_of
from cityops.simulate.noise import key_of
from cityops.simulate.officers.habits import HANDLED_IN, LATE_MINUTES, draw, happens, takes

LEFT_TO_PEOPLE = timedelta(minutes=10)
"""A case that a person has acted on is left to people for so long after each act."""

_STILL = frozenset({Mark.LOCKED, Mark.POSTPONED, Mark.SUSPENDED, Mark.EXTENSION_ASKED})
"""Marks of cases about which somebody else decides first."""

_DAY = timedelta(hours=24)


class Seat(StrEnum):
    """From where an officer acts: the city's centre, or a unit of one kind."""

    CENTRE = "centre"
    DISTRICT = "district"
    STREET = "street"
    DEPARTMENT = "department"


class Practice(NamedTuple):
    """What officers know of a case standard."""

    code: str
    unit_kind: UnitKind
    unit_code: str | None
    proof: ProofAsked
    closing: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return it of a standard as the API has it."""
        kind, proof = UnitKind(row["unit_kind"]), ProofAsked(row["evidence"])
        return cls(row["code"], kind, row["unit_code"], proof, row["closing_zh"])

    def unit_at(self, region_code: str) -> Unit:
        """Return the unit that handles a case there; where no street is known, the district."""
        if self.unit_code is not None:
            return Unit(self.unit_kind, self.unit_code)
        if self.unit_kind is UnitKind.STREET and level_of(region_code) is RegionLevel.STREET:
            return Unit(UnitKind.STREET, region_code)
        return Unit(UnitKind.DISTRICT, district_of(region_code))


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case as an officer sees it; `since` is the time of the last step, `due` the end of the unit's time."""

    number: int
    status: Status
    class_code: str
    region_code: str
    since: datetime
    due: datetime | None = None
    unit: Unit | None = None
    standard: str | None = None
    marks: frozenset[str] = frozenset()
    refuse_over: bool = False
    """Whether the time in which its unit may return it has run out."""
    steps: tuple[str, ...] = ()
    """What was done with it here, the first first."""
    returned_by: frozenset[str] = frozenset()
    """Codes of units that returned it."""
    by_people: bool = False
    """Whether somebody else than these officers has acted on it."""

    @classmethod
    def of(cls, case: Mapping[str, Any], names: frozenset[str], now: datetime) -> Self:
        """Return it of a whole case as the API has it now; `names` are those of the officers."""
        steps = [step for step in case["history"] if step["by"] == "here"]
        unit, due, refuse = case["unit"], case["due_at"], case["refuse_until"]
        return cls(
            number=case["id"],
            status=Status(case["status"]),
            class_code=case["class_code"],
            region_code=case["region_code"],
            since=datetime.fromisoformat(case["history"][-1]["at"] if case["history"] else case["status_at"]),
            due=datetime.fromisoformat(due) if due else None,
            unit=Unit(UnitKind(unit["kind"]), unit["code"]) if unit else None,
            standard=case["standard"],
            marks=frozenset(case["marks"]),
            refuse_over=refuse is not None and datetime.fromisoformat(refuse) <= now,
            steps=tuple(step["act"] for step in steps),
            returned_by=frozenset(s["unit"]["code"] for s in steps if s["act"] == Act.RETURN and s["unit"]),
            by_people=any(step["actor"] not in names for step in steps),
        )

    def times(self, act: Act) -> int:
        """Return how often something was done."""
        return self.steps.count(act)


@dataclass(frozen=True, slots=True)
class Move:
    """What is done next, when, and from which seat; `photos` are made for it."""

    at: datetime
    seat: Seat
    act: Act
    given: Mapping[str, Any] = field(default_factory=dict)
    photos: int = 0


class _Next(NamedTuple):
    """An act that comes next, from which seat, and what bounds when."""

    seat: Seat
    act: Act
    given: Mapping[str, Any] = {}
    photos: int = 0
    after: timedelta | None = None
    """Exactly so long after the last step, whatever the pace; None: as long as the act takes."""
    share: float = 0.2
    """The share of the unit's time that is left that it takes at most."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How one city's officers go on: by its standards of each class and the seed; `pace` times life's speed."""

    standards: Mapping[str, Sequence[Practice]]
    seed: int
    pace: float = 1.0

    def next(self, case: CaseSeen) -> Move | None:
        """Return what comes next; None where nothing does, or somebody else decides first."""
        practice = self.practice(case)
        step = _BY_STATUS.get(case.status)
        if step is None or case.marks & _STILL:
            return None
        if practice is None:
            return self._timed(case, _refused("没有适用的立案标准")) if case.status is Status.REPORTED else None
        following = step(self, case, practice)
        return None if following is None else self._timed(case, following)

    def practice(self, case: CaseSeen) -> Practice | None:
        """Return the standard that a case is handled by: the one that it has, or one of its class."""
        known = self.standards.get(case.class_code, ())
        chosen = next((one for one in known if one.code == case.standard), None)
        if chosen is None and known and case.standard is None:
            chosen = known[int(draw("standard", self.seed, case.number) * len(known))]
        return chosen

    def happens(self, habit: str, case: CaseSeen, nth: int = 0) -> bool:
        """Tell whether something happens to a case, the n-th time that it could."""
        return happens(habit, self.seed, case.number, nth)

    def _timed(self, case: CaseSeen, following: _Next) -> Move:
        nth = len(case.steps)
        wait = following.after
        if wait is None:
            wait = takes(following.act, self.seed, case.number, nth)
            if following.seat is not Seat.CENTRE and case.due is not None and case.due > case.since:
                wait = min(wait, (case.due - case.since) * following.share)
            wait /= self.pace
        if case.by_people:
            wait = max(wait, LEFT_TO_PEOPLE)
        return Move(case.since + wait, following.seat, following.act, following.given, following.photos)

    def late_by(self, case: CaseSeen) -> timedelta:
        """Return how long after the end of its time a late case is acted on."""
        shortest, longest = LATE_MINUTES
        return timedelta(minutes=shortest + (longest - shortest) * draw("lateness", self.seed, case.number))


def _refused(reason: str) -> _Next:
    return _Next(Seat.CENTRE, Act.REFUSE, {"reason": reason})


def _reported(ways: Ways, case: CaseSeen, _practice: Practice) -> _Next:
    if ways.happens("refuse", case):
        return _refused("不属于城市管理职责范围")
    return _Next(Seat.CENTRE, Act.ACCEPT)


def _accepted(_ways: Ways, _case: CaseSeen, practice: Practice) -> _Next:
    return _Next(Seat.CENTRE, Act.FILE, {"standard": practice.code})


def _filed(ways: Ways, case: CaseSeen, practice: Practice) -> _Next:
    right = practice.unit_at(case.region_code)
    if right.code in case.returned_by:
        return _Next(Seat.CENTRE, Act.ARBITRATE, {"unit": right.code, "reason": "按职责清单属该单位，先行办理"})
    first = case.times(Act.DISPATCH) == 0
    unit = wrong_unit(ways.seed, case, right) if first and ways.happens("wrong dispatch", case) else right
    return _Next(Seat.CENTRE, Act.DISPATCH, {"unit": unit.code})


def _dispatched(ways: Ways, case: CaseSeen, practice: Practice) -> _Next | None:
    if case.unit is None:
        return None
    seat = Seat(case.unit.kind)
    if not fits(case.unit, practice.unit_at(case.region_code), case.region_code) and _may_return(case):
        return _Next(seat, Act.RETURN, {"reason": "不属于本单位职责，请改派"}, photos=1)
    if ways.happens("late", case) and ways.happens("late sign", case) and case.due and not case.times(Act.SIGN):
        # Whoever signs late does so after a day and after its end: signing late alone would be no fact of the case.
        return _Next(seat, Act.SIGN, after=max(case.due - case.since, _DAY) + ways.late_by(case))
    return _Next(seat, Act.SIGN, share=0.25)


def _signed(ways: Ways, case: CaseSeen, _practice: Practice) -> _Next | None:
    if case.unit is None:
        return None
    on_a_street = level_of(case.region_code) is RegionLevel.STREET and case.region_code.startswith(case.unit.code)
    may_forward = case.unit.kind is UnitKind.DISTRICT and on_a_street and not case.times(Act.FORWARD)
    if may_forward and ways.happens("forward", case):
        return _Next(Seat.DISTRICT, Act.FORWARD, {"unit": case.region_code})
    return _Next(Seat(case.unit.kind), Act.PROCESS)


def _processing(ways: Ways, case: CaseSeen, practice: Practice) -> _Next | None:
    if case.unit is None:
        return None
    photos = {ProofAsked.NONE: 0, ProofAsked.AFTER: 1, ProofAsked.BEFORE_AFTER: 2}[practice.proof]
    text = {"text": f"已到场处置：{practice.closing}。（模拟）"}
    left = timedelta(minutes=60) if case.due is None else case.due - case.since
    if left <= timedelta(0):  # its time was over before it began
        left = timedelta(minutes=30)
    elif ways.happens("late", case) and not case.times(Act.REWORK):
        return _Next(Seat(case.unit.kind), Act.FEED_BACK, text, photos, after=left + ways.late_by(case))
    least, most = HANDLED_IN
    share = least + (most - least) * draw("handled in", ways.seed, case.number, len(case.steps))
    return _Next(Seat(case.unit.kind), Act.FEED_BACK, text, photos, after=left * share / ways.pace)


def _done(_ways: Ways, _case: CaseSeen, _practice: Practice) -> _Next:
    return _Next(Seat.CENTRE, Act.CHECK)


def _checked(ways: Ways, case: CaseSeen, practice: Practice) -> _Next:
    if ways.happens("rework", case, case.times(Act.REOPEN)) and case.times(Act.REWORK) <= case.times(Act.REOPEN):
        return _Next(Seat.CENTRE, Act.REWORK, {"reason": "核查未达结案条件，请继续处置"})
    told = {"standard": practice.code, "condition": practice.closing, "text": "核查属实，予以结案。（模拟）"}
    return _Next(Seat.CENTRE, Act.CLOSE, told)


def _closed(ways: Ways, case: CaseSeen, _practice: Practice) -> _Next | None:
    if case.times(Act.REOPEN) or not case.times(Act.FEED_BACK) or not ways.happens("reopen", case):
        return None
    return _Next(Seat.CENTRE, Act.REOPEN, {"reason": "诉求人不满意，重新办理"})


_BY_STATUS: Mapping[Status, Callable[[Ways, CaseSeen, Practice], _Next | None]] = {
    Status.REPORTED: _reported,
    Status.ACCEPTED: _accepted,
    Status.VERIFYING: _accepted,
    Status.FILED: _filed,
    Status.DISPATCHED: _dispatched,
    Status.SIGNED: _signed,
    Status.PROCESSING: _processing,
    Status.DONE: _done,
    Status.VERIFYING_RESULT: _checked,
    Status.CLOSED: _closed,
}


def _may_return(case: CaseSeen) -> bool:
    """Tell whether the unit may still return it: once, before the arbitration, and in time."""
    once = case.unit is not None and case.unit.code not in case.returned_by
    return once and not case.refuse_over and Act.ARBITRATE not in case.steps


def fits(unit: Unit, right: Unit, region_code: str) -> bool:
    """Tell whether a unit handles the case: the one of the standard, or district or street of the place for it."""
    local = {Unit(UnitKind.DISTRICT, district_of(region_code)), Unit(UnitKind.STREET, region_code)}
    return unit == right or (right in local and unit in local)


def wrong_unit(seed: int, case: CaseSeen, right: Unit) -> Unit:
    """Return a unit that is not in charge: another department, or another district for what is a district's."""
    if right.kind is UnitKind.DEPARTMENT:
        codes = sorted(row["code"] for row in reference.rows("departments"))
        kind = UnitKind.DEPARTMENT
    else:
        codes = sorted(one.code for one in reference.regions() if one.level is RegionLevel.DISTRICT)
        kind = UnitKind.DISTRICT
    others = [code for code in codes if code != right.code and code != district_of(case.region_code)]
    return Unit(kind, others[key_of(seed, "wrong unit", case.number) % len(others)])
