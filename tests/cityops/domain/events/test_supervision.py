"""Supervision of overdue cases: which rung of the ladder holds when, counted in working days."""

from datetime import datetime, timedelta

import pytest

from cityops.domain.events.supervision import Supervision, due_before, ladder, supervision
from cityops.domain.events.workdays import WorkCalendar
from cityops.domain.intervals import CITY_ZONE

USUAL = WorkCalendar()
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("due", "reminder", "circular"),
    [
        ("2026-11-27T10:00", "2026-11-28", "2026-12-05"),  # a Friday: five working days end with the next Friday
        ("2026-11-27T00:00", "2026-11-28", "2026-12-05"),
        ("2026-11-28T23:00", "2026-11-29", "2026-12-05"),  # by the natural clock, on a Saturday
        ("2026-02-13T18:00", "2026-02-14", "2026-02-28"),  # over Spring Festival, with two make-up days
    ],
)
def test_a_reminder_follows_on_the_next_day_and_a_circular_after_five_working_days(
    due: str, reminder: str, circular: str
) -> None:
    steps = [at(f"{day}T00:00") for day in (reminder, circular)]
    assert list(ladder(at(due), USUAL).items()) == list(zip(Supervision, steps, strict=True))
    moments = [at(due), steps[0] - SECOND, steps[0], steps[1] - SECOND, steps[1]]
    assert [supervision(at(due), moment, USUAL) for moment in moments] == [
        *(None, None),
        *(Supervision.REMINDER, Supervision.REMINDER),
        Supervision.CIRCULAR,
    ]


@pytest.mark.parametrize("rung", Supervision)
@pytest.mark.parametrize("now", ["2026-02-24T00:00", "2026-02-28T08:00", "2026-11-30T23:59", "2026-12-05T00:00"])
def test_what_was_due_before_a_moment_is_on_a_rung_and_what_was_due_later_is_not(rung: Supervision, now: str) -> None:
    before = due_before(rung, at(now), USUAL)
    assert ladder(before - SECOND, USUAL)[rung] <= at(now) < ladder(before, USUAL)[rung]
