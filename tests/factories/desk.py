"""A desk at which cases are acted on through the services, by people of each role, under the API's own login."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from sqlalchemy import Engine, select

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import Actor
from cityops.domain.events.acts import Act, Unit, UnitKind
from cityops.domain.events.evidence import Evidence, Medium
from cityops.services import cases
from cityops.services.case_orders import CaseReport, Order, Who
from cityops.store.engine import reading, writing
from cityops.store.events import evidence, standings
from cityops.store.events.standings import KeptCase
from cityops.store.tables import audit, deadline, event, event_act, event_handler

STREET = "440106013"
MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)
"""Nine in the morning of a working day in the city."""


def _subject(name: str, role: Role, kind: ScopeKind, *codes: str) -> Subject:
    return Subject(name, role, Scope(kind, frozenset(codes)))


OPERATOR = Subject("wang", Role.OPERATOR, WHOLE_CITY)
OTHER = Subject("zhao", Role.OPERATOR, WHOLE_CITY)
LEADER = Subject("boss", Role.SHIFT_LEADER, WHOLE_CITY)
WATER = _subject("water", Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS, "water")
URBAN = _subject("urban", Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS, "urban")
TIANHE = _subject("tianhe", Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS, "440106")
HAIZHU = _subject("haizhu", Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS, "440105")
LIEDE = _subject("liede", Role.STREET_OFFICER, ScopeKind.STREETS, STREET)
ANALYST = Subject("analyst", Role.ANALYST, WHOLE_CITY)
EVERYBODY = (OPERATOR, OTHER, LEADER, WATER, URBAN, TIANHE, HAIZHU, LIEDE, ANALYST)


def whose(subject: Subject) -> Who:
    """Return a subject as who acts."""
    return Who.of(subject, Actor.of(subject))


def department(code: str) -> Unit:
    """Return a department as who handles a case."""
    return Unit(UnitKind.DEPARTMENT, code)


def district(code: str = "440106") -> Unit:
    """Return a district as who handles a case."""
    return Unit(UnitKind.DISTRICT, code)


def street(code: str = STREET) -> Unit:
    """Return a street as who handles a case."""
    return Unit(UnitKind.STREET, code)


_numbers = count(1)


@dataclass
class Desk:
    """Reports cases and acts on them, at a time that goes on by a minute with each act."""

    engine: Engine
    now: datetime = MONDAY
    step: timedelta = timedelta(minutes=1)
    case: int = 0
    standard: str = ""

    def report(self, who: Subject = OPERATOR, **change: Any) -> int:
        """Report a case of ponding in Liede."""
        told: dict[str, Any] = {"class_code": "road_ponding", "title": "道路积水", "description": "水深及膝"}
        wanted = CaseReport(**told | {"region_code": STREET} | change)
        with writing(self.engine, who.scope) as connection:
            self.case = cases.report(connection, whose(who), wanted, self._tick())
        return self.case

    def act(self, who: Subject, name: Act, *, case: int = 0, version: str = "", **order: Any) -> "Desk":
        """Act on a case, as it stands unless another version is named."""
        number = case or self.case
        with writing(self.engine, who.scope) as connection:
            known = version or self.kept(number).version
            cases.act(connection, whose(who), number, known, Order(name, **order), self._tick())
        return self

    def kept(self, case: int = 0) -> KeptCase:
        """Return a case as it is kept."""
        with reading(self.engine, WHOLE_CITY) as connection:
            found = standings.kept(connection, case or self.case, self.now)
        assert found is not None
        return found

    def dispatched(self, unit: Unit | None = None, **change: Any) -> int:
        """Report a case and have it dispatched, to the department of water unless another is named."""
        self.report(**change)
        self.act(OPERATOR, Act.ACCEPT)
        self.act(OPERATOR, Act.FILE, standard=self.standard)
        self.act(OPERATOR, Act.DISPATCH, unit=unit or department("water"))
        return self.case

    def fed_back(self) -> int:
        """Have a case dispatched, signed, and its result reported."""
        self.dispatched()
        self.act(WATER, Act.SIGN)
        self.act(WATER, Act.FEED_BACK, text="已抽干", evidence=self.files())
        return self.case

    def closed(self) -> int:
        """Have a case handled, checked and closed."""
        self.fed_back()
        self.act(OPERATOR, Act.CHECK)
        self.act(OPERATOR, Act.CLOSE, text="积水已退", condition="积水消退")
        return self.case

    def files(self) -> tuple[str, ...]:
        """Send a file for the case and return its digest."""
        content = f"%PDF-{next(_numbers)}".encode()
        digest = sha256(content).hexdigest()
        with writing(self.engine, WHOLE_CITY) as connection:
            evidence.add(connection, self.case, Evidence(digest, Medium.PDF, "a.pdf", content), "tests")
        return (digest,)

    def column(self, name: str, case: int = 0) -> Any:
        """Return a column of a case."""
        with reading(self.engine, WHOLE_CITY) as connection:
            return connection.scalar(select(event.c[name]).where(event.c.id == (case or self.case)))

    def numbers(self) -> list[int]:
        """Return the ids of all cases, oldest first."""
        with reading(self.engine, WHOLE_CITY) as connection:
            return [*connection.scalars(select(event.c.id).order_by(event.c.id))]

    def acts(self, case: int = 0) -> list[dict[str, Any]]:
        """Return the acts on a case, oldest first."""
        return self._rows(event_act, case)

    def handlers(self, case: int = 0) -> dict[str, tuple[str, bool]]:
        """Return who handles a case: by code the duty, and whether it has it still."""
        rows = self._rows(event_handler, case)
        return {row["unit_code"]: (row["duty"], row["until"] is None) for row in rows}

    def clocks(self, case: int = 0) -> list[dict[str, Any]]:
        """Return the runs of a case's clocks."""
        return self._rows(deadline, case)

    def audited(self) -> list[dict[str, Any]]:
        """Return the details of acts on cases in the audit, oldest first."""
        with writing(self.engine) as connection:
            rows = connection.execute(select(audit).order_by(audit.c.id)).mappings()
            return [dict(row) for row in rows if row["action"] == "case:act"]

    def _rows(self, table: Any, case: int) -> list[dict[str, Any]]:
        with reading(self.engine, WHOLE_CITY) as connection:
            mine = select(table).where(table.c.event_id == (case or self.case))
            return [dict(row) for row in connection.execute(mine.order_by(*table.primary_key.columns)).mappings()]

    def _tick(self) -> datetime:
        self.now += self.step
        return self.now
