"""What is due when: the periods that are over, by when in working time, and how a sheet stands then."""

from datetime import datetime, timedelta

from cityops.domain.access import Scope, ScopeKind
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.filling.due import SheetStanding, is_open_to, newest_start, periods_asked, regions_for
from cityops.domain.filling.review import SheetState, moved, possible
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import regions
from cityops.reference.forms import shipped_forms

CALENDAR = WorkCalendar()
FORMS = shipped_forms().forms


def at(*parts: int) -> datetime:
    year, month, day, *rest = parts
    hour = rest[0] if rest else 0
    return datetime(year, month, day, hour, tzinfo=CITY_ZONE)


def test_a_month_is_due_by_the_end_of_the_fifth_working_day_after_the_holidays() -> None:
    newest, *before = periods_asked(FORMS["street_month"], at(2026, 10, 3, 9), CALENDAR)
    assert (newest.start, newest.end, len(before)) == (at(2026, 9, 1), at(2026, 10, 1), 2)
    # 2026-10-01 to 07 are off, 10-10 (Saturday) makes up for one of them.
    assert newest.due_at == at(2026, 10, 13, 18)
    told = {now: newest.standing(SheetState.OPEN, now) for now in (at(2026, 10, 8), newest.due_at)}
    assert [*told.values()] == [SheetStanding.OPEN, SheetStanding.SOON]
    late = newest.due_at + timedelta(seconds=1)
    assert newest.standing(SheetState.DRAFT, late) is SheetStanding.LATE
    assert newest.standing(SheetState.RETURNED, late) is SheetStanding.LATE
    assert newest.standing(SheetState.RETURNED, at(2026, 10, 8)) is SheetStanding.RETURNED
    assert newest.standing(SheetState.APPROVED, late) is SheetStanding.APPROVED


def test_nothing_is_asked_for_from_before_the_form_or_of_a_period_that_runs() -> None:
    form, now = FORMS["street_month"], at(2026, 2, 20)
    assert [one.start for one in periods_asked(form, now, CALENDAR)] == [at(2026, 1, 1)]
    assert is_open_to(form, at(2026, 1, 1), now)
    assert not is_open_to(form, at(2025, 12, 1), now)
    assert not is_open_to(form, at(2026, 2, 1), now)
    assert newest_start(form, now) == at(2026, 1, 1)
    assert newest_start(FORMS["district_year"], now) is None  # its first year is not over
    days = periods_asked(FORMS["district_visitors"], now, CALENDAR)
    assert [one.start for one in days] == [at(2026, 2, 20) - timedelta(days=number) for number in range(1, 8)]


def test_forms_are_for_regions_of_their_level_in_the_area_or_for_the_department_that_asks() -> None:
    def of(form: str, kind: ScopeKind, *codes: str) -> int:
        return len(regions_for(FORMS[form], [*regions()], Scope(kind, frozenset(codes))))

    assert of("street_month", ScopeKind.CITY) == 176
    assert of("street_month", ScopeKind.DISTRICTS, "440105") == 18
    assert of("street_month", ScopeKind.STREETS, "440105001") == 1
    assert of("district_works", ScopeKind.STREETS, "440105001") == 0
    assert of("district_works", ScopeKind.DEPARTMENTS, "housing") == 11
    assert of("district_works", ScopeKind.DEPARTMENTS, "water") == 0


def test_an_act_leads_on_only_from_where_it_is_possible() -> None:
    for state in SheetState:
        assert {moved(state, act) for act in possible(state)} <= {*SheetState} - {SheetState.OPEN}
    assert possible(SheetState.SUBMITTED) == ["return", "approve"]
