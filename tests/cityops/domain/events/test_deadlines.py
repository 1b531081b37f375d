"""Deadlines by each limit's own counting: the cases that practice gets wrong, and what must hold of all of them."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.events.deadlines import (
    Deadline,
    DeadlineError,
    Extension,
    Lamp,
    Limit,
    LimitKind,
    Pause,
    PauseReason,
    deadline,
    extended,
    hold,
    lamp,
)
from cityops.domain.events.workdays import DayChange, Why, WorkCalendar
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

USUAL = WorkCalendar()
"""As it was known in late 2026: the notices up to 2026 published, 2027 a guess."""

NOTICE_2027 = WorkCalendar(
    [
        DayChange(date(2027, 1, 1), False, "示例通知", "元旦", 2027),
        *(DayChange(date(2027, 2, day), False, "示例通知", "春节", 2027) for day in range(5, 12)),
        DayChange(date(2027, 1, 30), True, "示例通知", "", 2027),
        DayChange(date(2027, 2, 20), True, "示例通知", "", 2027),
    ],
    {2027: "示例通知"},
)
"""A made-up notice: Spring Festival off from 5 to 11 February 2027, Saturdays 30 January and 20 February worked."""

HOURS, WORK_DAYS, URGENT, DAYS = (
    LimitKind.WORK_HOURS,
    LimitKind.WORK_DAYS,
    LimitKind.URGENT_HOURS,
    LimitKind.DAYS,
)
RETURNED = PauseReason.RETURNED


def at(text: str) -> datetime:
    """Return a moment of the city's time."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def due(
    amount: int,
    kind: LimitKind,
    start: str,
    *pauses: tuple[str, str | None],
    calendar: WorkCalendar = USUAL,
    extensions: tuple[str, ...] = (),
) -> str | None:
    """Return when something is due, in the city's time to the minute."""
    stops = [Pause(at(begun), None if ended is None else at(ended), RETURNED) for begun, ended in pauses]
    made = deadline(Limit(kind, amount), at(start), stops, calendar, [Extension(at(asked)) for asked in extensions])
    return None if made.due is None else f"{made.due.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def told(made: Deadline) -> list[str]:
    """Return the spans as lines, in the city's time."""
    return [
        f"{one.start.astimezone(CITY_ZONE):%d %H:%M}"
        f"-{'…' if one.end is None else f'{one.end.astimezone(CITY_ZONE):%d %H:%M}'}"
        f" {'+' if one.counted else '-'}{one.why}"
        for one in made.spans
    ]


def test_work_hours_stand_still_over_lunch() -> None:
    assert due(4, HOURS, "2026-11-27T10:00") == "2026-11-27 16:00"
    assert due(2, HOURS, "2026-11-27T12:30") == "2026-11-27 16:00"
    assert due(2, HOURS, "2026-11-27T10:00") == "2026-11-27 12:00"  # not 14:00, when the next period begins


def test_work_hours_stand_still_over_a_weekend() -> None:
    assert due(2, HOURS, "2026-11-27T17:00") == "2026-11-30 09:00"
    assert due(4, HOURS, "2026-11-28T10:00") == "2026-11-30 12:00"
    assert due(1, WORK_DAYS, "2026-11-27T10:00") == "2026-11-30 10:00"


def test_a_make_up_saturday_is_a_working_day() -> None:
    assert due(2, HOURS, "2026-02-13T17:00") == "2026-02-14 09:00"  # calendar: the notice for 2026
    made = deadline(Limit(HOURS, 2), at("2026-02-13T17:00"), [], USUAL)
    assert told(made) == ["13 17:00-13 18:00 +work", "13 18:00-14 08:00 -night", "14 08:00-14 09:00 +make_up_day"]


def test_over_spring_festival_2027_it_is_provisional_until_the_notice_is_loaded_then_moved_and_both_are_kept() -> (
    None
):
    start, limit = at("2027-02-03T10:00"), Limit(WORK_DAYS, 5)
    before = deadline(limit, start, [], USUAL)
    after = deadline(limit, start, [], NOTICE_2027)
    assert (before.provisional, before.due) == (True, at("2027-02-16T10:00"))
    assert (after.provisional, after.due) == (False, at("2027-02-17T10:00"))
    # neither has changed the other: what was told before can still be told, and explained
    assert deadline(limit, start, [], USUAL) == before
    assert [one.end for one in before.spans if one.why is Why.HOLIDAY] == [at("2027-02-11T00:00")]
    assert [one.end for one in after.spans if one.why is Why.HOLIDAY] == [at("2027-02-12T00:00")]


def test_a_limit_that_ends_in_the_last_week_of_a_year_waits_for_the_notice_of_the_next() -> None:
    over = deadline(Limit(WORK_DAYS, 3), at("2026-12-23T10:00"), [], USUAL)
    before = deadline(Limit(WORK_DAYS, 1), at("2026-12-23T18:00"), [], USUAL)
    assert (over.provisional, before.due, before.provisional) == (True, at("2026-12-24T18:00"), False)


def test_a_pause_that_ends_with_the_same_unit_adds_its_work_time() -> None:
    assert due(8, HOURS, "2026-11-26T09:00") == "2026-11-27 09:00"
    assert due(8, HOURS, "2026-11-26T09:00", ("2026-11-26T10:00", "2026-11-26T17:00")) == "2026-11-27 16:00"
    assert due(8, HOURS, "2026-11-26T09:00", ("2026-11-26T18:00", "2026-11-27T08:00")) == "2026-11-27 09:00"
    assert due(24, URGENT, "2026-11-26T09:00", ("2026-11-26T18:00", "2026-11-27T08:00")) == "2026-11-27 23:00"


def test_a_case_that_goes_to_a_new_unit_begins_anew_without_the_pauses_from_before() -> None:
    paused = ("2026-11-26T10:00", "2026-11-26T14:00")
    assert due(8, HOURS, "2026-11-26T14:00") == "2026-11-27 12:00"
    assert due(8, HOURS, "2026-11-26T14:00", paused) == due(8, HOURS, "2026-11-26T14:00")


def test_two_extensions_add_the_limit_each_and_a_third_is_refused() -> None:
    one, two, three = "2026-11-26T10:00", "2026-11-26T11:00", "2026-11-26T12:00"
    assert due(1, WORK_DAYS, "2026-11-26T09:00", extensions=(one,)) == "2026-11-30 09:00"
    assert due(1, WORK_DAYS, "2026-11-26T09:00", extensions=(one, two)) == "2026-12-01 09:00"
    with pytest.raises(DeadlineError, match="3 extensions cannot be: at most 2 are granted"):
        due(1, WORK_DAYS, "2026-11-26T09:00", extensions=(one, two, three))
    twice = deadline(Limit(WORK_DAYS, 1), at("2026-11-26T09:00"), [], USUAL, [Extension(at(one)), Extension(at(two))])
    with pytest.raises(DeadlineError, match="at most 2 are granted"):
        extended(twice, Extension(at(three)))


def test_a_second_extension_may_be_asked_for_in_the_time_that_the_first_has_given() -> None:
    made = deadline(Limit(WORK_DAYS, 1), at("2026-11-26T09:00"), [], USUAL)
    once = extended(made, Extension(at("2026-11-26T10:00")))
    assert extended(once, Extension(at("2026-11-27T15:00"))).due == at("2026-12-01T09:00")


def test_an_extension_may_be_less_than_the_limit() -> None:
    made = deadline(Limit(WORK_DAYS, 5), at("2026-11-02T09:00"), [], USUAL, [Extension(at("2026-11-03T09:00"), 2)])
    assert (made.amount, made.due) == (7, at("2026-11-11T09:00"))


def test_an_extension_after_the_case_is_overdue_is_refused_with_the_way_that_is_left() -> None:
    before = deadline(Limit(HOURS, 4), at("2026-11-27T08:00"), [], USUAL)
    assert extended(before, Extension(at("2026-11-27T11:59:59"))).due == at("2026-11-27T18:00")
    for asked in ("2026-11-27T12:00:00", "2026-11-27T12:00:01"):
        with pytest.raises(DeadlineError) as refused:
            extended(before, Extension(at(asked)))
        assert str(refused.value) == (
            f"the extension was asked for at {asked.replace('T', ' ')}, but the case was due at 2026-11-27 12:00:00;"
            " ask before it is due, and afterwards appeal"
        )


def test_an_extension_may_be_asked_for_while_the_clock_stands_still() -> None:
    pause = Pause(at("2026-11-26T10:00"), None, RETURNED)
    made = deadline(Limit(HOURS, 4), at("2026-11-26T09:00"), [pause], USUAL, [Extension(at("2026-12-26T09:00"))])
    assert (made.due, made.left(at("2027-01-01T00:00"))) == (None, timedelta(hours=7))


def test_a_case_on_hold_stands_still_until_the_end_of_the_year_and_runs_on_by_itself() -> None:
    pause = hold(at("2026-11-27T10:00"))
    assert (pause.start, pause.end) == (at("2026-11-27T10:00"), at("2027-01-01T00:00"))
    assert hold(datetime(2026, 12, 31, 16, tzinfo=UTC)).end == at("2028-01-01T00:00")  # the city is in 2027 already
    made = deadline(Limit(DAYS, 2), at("2026-11-27T09:00"), [pause], USUAL)
    assert made.due == at("2027-01-02T23:00")
    assert told(made) == [
        "27 09:00-27 10:00 +clock",
        "27 10:00-01 00:00 -suspended",
        "01 00:00-02 23:00 +clock",
    ]


def test_the_emergency_clock_ignores_nights_weekends_and_holidays() -> None:
    assert due(2, URGENT, "2026-11-27T23:30") == "2026-11-28 01:30"
    assert due(24, URGENT, "2026-10-01T12:00") == "2026-10-02 12:00"
    made = deadline(Limit(URGENT, 24), at("2027-02-06T03:00"), [], USUAL)
    assert told(made) == ["06 03:00-07 03:00 +clock"]
    assert not made.provisional  # whatever the notice for 2027 says


def test_what_is_filed_at_night_begins_in_the_morning() -> None:
    for filed in ("2026-11-26T18:00", "2026-11-26T23:59", "2026-11-27T03:00", "2026-11-27T08:00"):
        assert due(4, HOURS, filed) == "2026-11-27 12:00"
    made = deadline(Limit(HOURS, 4), at("2026-11-26T23:00"), [], USUAL)
    assert told(made) == ["26 23:00-27 08:00 -night", "27 08:00-27 12:00 +work"]


def test_days_and_working_days_are_named_differently_and_counted_differently() -> None:
    names = {(kind.name_zh, kind.name_en) for kind in LimitKind}
    assert len({zh for zh, _ in names}) == len({en for _, en in names}) == len(LimitKind)
    assert (str(Limit(DAYS, 3)), str(Limit(WORK_DAYS, 3))) == ("3 天", "3 工作日")
    assert (str(Limit(URGENT, 2)), str(Limit(HOURS, 2))) == ("2 紧急工作时", "2 工作时")
    assert due(3, DAYS, "2026-11-27T10:00") == "2026-11-30 10:00"
    assert due(3, WORK_DAYS, "2026-11-27T10:00") == "2026-12-02 10:00"


def test_moments_are_given_in_utc_whatever_the_zone_they_were_asked_in() -> None:
    made = deadline(Limit(HOURS, 4), at("2026-11-27T10:00"), [], USUAL)
    same = deadline(Limit(HOURS, 4), datetime(2026, 11, 27, 2, tzinfo=UTC), [], USUAL)
    assert made.due == same.due == datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert made.due is not None
    assert made.due.tzinfo is UTC
    assert made.spans[1].start.tzinfo is UTC


def test_a_clock_that_stands_still_has_no_due_moment_yet_and_the_rest_is_known() -> None:
    pause = Pause(at("2026-11-27T09:00"), None, PauseReason.POSTPONED)
    made = deadline(Limit(HOURS, 4), at("2026-11-27T08:00"), [pause], USUAL)
    assert (made.due, made.left(at("2026-12-24T08:00"))) == (None, timedelta(hours=3))
    assert told(made) == ["27 08:00-27 09:00 +work", "27 09:00-… -postponed"]
    assert due(1, HOURS, "2026-11-27T08:00", ("2026-11-27T09:00", None)) == "2026-11-27 09:00"  # it was due by then


def test_pauses_may_overlap_lie_before_the_start_or_after_the_end() -> None:
    overlapping = ("2026-11-27T09:00", "2026-11-27T10:00"), ("2026-11-27T09:30", "2026-11-27T11:00")
    assert due(2, HOURS, "2026-11-27T08:00", *overlapping) == "2026-11-27 12:00"
    assert due(2, HOURS, "2026-11-27T08:00", *reversed(overlapping)) == "2026-11-27 12:00"
    assert due(2, HOURS, "2026-11-27T08:00", ("2026-11-26T08:00", "2026-11-27T09:00")) == "2026-11-27 11:00"
    assert due(2, HOURS, "2026-11-27T08:00", ("2026-11-27T10:00", "2026-11-29T09:00")) == "2026-11-27 10:00"
    assert due(2, HOURS, "2026-11-27T08:00", ("2026-11-27T09:00", None), overlapping[1]) is None


def test_a_pause_that_ends_before_it_begins_and_a_limit_that_nobody_means_are_refused() -> None:
    with pytest.raises(DeadlineError, match="before it begins"):
        Pause(at("2026-11-27T09:00"), at("2026-11-27T08:00"), RETURNED)
    for amount in (0, -1, 1001):
        with pytest.raises(DeadlineError, match=f"a limit of {amount} 工作日 cannot be"):
            Limit(WORK_DAYS, amount)


def test_a_deadline_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CityopsError, match="reaches from 2004-01-01 to 2049-12-31"):
        due(1000, WORK_DAYS, "2048-11-27T09:00")


@pytest.mark.parametrize(
    ("limit", "start", "yellow", "red"),
    [
        (Limit(HOURS, 10), "2026-11-26T08:00", "2026-11-26T18:00", "2026-11-27T10:00"),
        (Limit(URGENT, 10), "2026-11-26T20:00", "2026-11-27T04:00", "2026-11-27T06:00"),
        (Limit(WORK_DAYS, 1), "2026-11-26T08:00", "2026-11-26T16:24", "2026-11-26T18:00"),
        (Limit(WORK_DAYS, 2), "2026-11-26T08:00", "2026-11-26T18:00", "2026-11-27T18:00"),
        (Limit(WORK_DAYS, 15), "2026-11-02T08:00", "2026-11-17T18:00", "2026-11-20T18:00"),
        (Limit(DAYS, 1), "2026-11-26T00:00", "2026-11-26T19:12", "2026-11-27T00:00"),
        (Limit(DAYS, 2), "2026-11-26T00:00", "2026-11-27T00:00", "2026-11-28T00:00"),
    ],
)
def test_the_lamp_is_yellow_at_four_fifths_or_on_the_last_of_several_days_and_red_when_due(
    limit: Limit, start: str, yellow: str, red: str
) -> None:
    made, second = deadline(limit, at(start), [], USUAL), timedelta(seconds=1)
    turns = {
        at(yellow) - second: Lamp.GREEN,
        at(yellow): Lamp.YELLOW,
        at(red) - second: Lamp.YELLOW,
        at(red): Lamp.RED,
    }
    assert {moment: lamp(made, moment) for moment in turns} == turns
    assert (made.warn_at, made.due) == (at(yellow), at(red))


def test_the_lamp_of_a_case_whose_clock_stands_still_does_not_change() -> None:
    pause = Pause(at("2026-11-27T09:00"), None, RETURNED)
    made = deadline(Limit(HOURS, 4), at("2026-11-27T08:00"), [pause], USUAL)
    assert lamp(made, at("2026-11-27T09:00")) is lamp(made, at("2027-11-27T09:00")) is Lamp.GREEN
    assert made.warn_at is None
    late = deadline(Limit(HOURS, 1), at("2026-11-27T08:00"), [Pause(at("2026-11-27T08:50"), None, RETURNED)], USUAL)
    assert lamp(late, at("2026-11-27T08:47")) is Lamp.GREEN
    assert lamp(late, at("2026-11-27T08:48")) is lamp(late, at("2027-11-27T09:00")) is Lamp.YELLOW


def test_nothing_is_used_before_the_start_and_no_more_than_all_after_the_end() -> None:
    made = deadline(Limit(HOURS, 4), at("2026-11-27T10:00"), [], USUAL)
    moments = ("2026-11-26T10:00", "2026-11-27T10:00", "2026-11-27T13:00", "2026-11-27T15:00", "2026-12-01T00:00")
    assert [made.used(at(moment)) // timedelta(hours=1) for moment in moments] == [0, 0, 2, 3, 4]
    assert [made.left(at(moment)) // timedelta(hours=1) for moment in moments] == [4, 4, 2, 1, 0]


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=480)).map(
    lambda after: datetime(2025, 11, 1, tzinfo=UTC) + after
)
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=40))
LIMITS = st.builds(Limit, st.sampled_from(LimitKind), st.integers(1, 30))


@st.composite
def made_deadlines(draw: st.DrawFn) -> Deadline:
    start = draw(MOMENTS)
    pauses = []
    for begun, length in draw(st.lists(st.tuples(LENGTHS, LENGTHS), max_size=4)):
        end = None if draw(st.integers(0, 9)) == 0 else start + begun + length
        pauses.append(Pause(start + begun - timedelta(days=3), end, draw(st.sampled_from(PauseReason))))
    return deadline(draw(LIMITS), start, pauses, draw(st.sampled_from([USUAL, NOTICE_2027])))


@given(made_deadlines())
def test_what_counts_comes_to_the_limit_to_the_microsecond_and_the_spans_leave_no_gap(made: Deadline) -> None:
    spans = made.spans
    assert spans[0].start == made.start
    assert spans[-1].end == made.due
    assert all(before.end == after.start for before, after in pairwise(spans))
    assert all(before.why is not after.why for before, after in pairwise(spans))
    assert all(one.counted is one.why.counted for one in spans)
    counted = sum((one.end - one.start for one in spans if one.counted and one.end), timedelta())
    whole = {HOURS: 1, URGENT: 1, WORK_DAYS: 8, DAYS: 24}[made.limit.kind] * timedelta(hours=made.limit.amount)
    assert made.allowed == whole
    if made.due is None:
        assert counted == made.used(datetime(2040, 1, 1, tzinfo=UTC)) < whole
    else:
        assert counted == whole == made.used(made.due)
        assert spans[-1].counted  # it is due as soon as the time has run out


@given(made_deadlines(), LENGTHS)
def test_the_rest_at_any_moment_is_what_the_spans_until_then_leave(made: Deadline, after: timedelta) -> None:
    now = made.start + after
    spans = [(one.start, min(now, one.end or now)) for one in made.spans if one.counted]
    counted = sum((max(timedelta(), end - start) for start, end in spans), timedelta())
    assert made.left(now) == made.allowed - counted


@given(LIMITS, MOMENTS, LENGTHS, LENGTHS)
def test_a_pause_makes_it_due_later_exactly_where_it_takes_time_that_would_have_counted(
    limit: Limit, start: datetime, begun: timedelta, length: timedelta
) -> None:
    pause = Pause(start + begun, start + begun + length, RETURNED)
    plain, paused = deadline(limit, start, [], USUAL), deadline(limit, start, [pause], USUAL)
    assert plain.due is not None
    assert paused.due is not None
    taken = plain.used(start + begun + length) - plain.used(pause.start)
    assert (paused.due > plain.due) is (taken > timedelta(0))
    assert paused.left(plain.due) == taken


MINUTES = 24 * 60


def worked_minutes(first: date, days: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return of each minute whether it is worked, one after the other, by the second library."""
    minutes = np.zeros(days * MINUTES, dtype=bool)
    for number in range(days):
        if chinese_calendar.is_workday(first + timedelta(days=number)):
            for begin, end in ((8, 12), (14, 18)):
                minutes[number * MINUTES + begin * 60 : number * MINUTES + end * 60] = True
    return minutes


def test_10000_random_cases_are_due_in_the_minute_that_stepping_through_all_minutes_finds() -> None:
    """The second calculation shares nothing with the first: it lays out every minute, and counts the worked ones."""
    first, days, chance = date(2022, 1, 1), 5 * 365, random.Random(11)
    worked, origin = worked_minutes(first, days), datetime(2022, 1, 1, tzinfo=CITY_ZONE)
    always = np.ones_like(worked)
    minutes = {HOURS: 60, URGENT: 60, WORK_DAYS: 480, DAYS: MINUTES}
    for _ in range(10_000):
        kind, amount = chance.choice(list(LimitKind)), chance.randint(1, 20)
        begin = chance.randrange((days - 150) * MINUTES)
        reach = (140 if kind is WORK_DAYS else 60) * MINUTES  # all pauses are over after 34 days
        counts = (worked if kind in {HOURS, WORK_DAYS} else always)[begin : begin + reach].copy()
        pauses = []
        for _ in range(chance.choice((0, 0, 1, 2, 3))):
            stop = chance.randrange(14 * MINUTES)
            go_on = stop + chance.choice((chance.randrange(600), chance.randrange(20 * MINUTES)))
            counts[stop:go_on] = False
            moments = [origin + timedelta(minutes=begin + one) for one in (stop, go_on)]
            pauses.append(Pause(moments[0], moments[1], chance.choice(list(PauseReason))))
        last = np.flatnonzero(counts)[amount * minutes[kind] - 1]
        found = deadline(Limit(kind, amount), origin + timedelta(minutes=begin), pauses, USUAL)
        assert found.due == origin + timedelta(minutes=begin + int(last) + 1), (kind, amount, begin, pauses)
        assert not found.provisional
