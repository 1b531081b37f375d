"""Counts of hours as columns: at their time and height, floods marked where they were, days named at midnight."""

from datetime import UTC, datetime, timedelta

from cityops_dashboards.figures.hours import LABELS, LEAST_FLOOD_PX, HoursFrame, hours

FRAME = HoursFrame(140, 150, left=30, right=10, top=10, bottom=40)
START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)  # two in the afternoon


def test_columns_stand_at_their_hour_and_the_highest_reaches_the_top() -> None:
    drawn = hours(FRAME, [5, 0, 10, 0], START)
    assert drawn.columns == "M30.0 110v-50.0h25.00v50.0zM80.0 110v-100.0h25.00v100.0z"
    assert (drawn.highest, drawn.floor, drawn.limit) == ((10.0, 10), 110.0, None)


def test_a_flood_is_marked_where_it_was_and_a_short_one_can_be_seen() -> None:
    floods = [
        (START + timedelta(hours=1), START + timedelta(hours=2)),
        (START + timedelta(hours=3), START + timedelta(hours=3, seconds=9)),
    ]
    assert hours(FRAME, [1] * 4, START, floods).floods == [(55.0, 25.0), (105.0, LEAST_FLOOD_PX)]


def test_the_limit_is_drawn_where_the_columns_reach_it() -> None:
    assert hours(FRAME, [40], START, limit=30).limit == 35.0
    assert hours(FRAME, [20], START, limit=30).limit is None


def test_midnights_of_the_city_are_named_and_not_too_many() -> None:
    days = hours(FRAME, [1] * 48, START).days
    assert [words for _, words in days] == ["11-23", "11-24"]
    assert len(hours(FRAME, [1] * 24 * 30, START).days) <= LABELS


def test_without_an_hour_nothing_is_drawn() -> None:
    assert hours(FRAME, [], START).columns == ""


def test_a_day_at_the_very_end_has_no_room_for_its_name() -> None:
    assert [words for _, words in hours(FRAME, [1] * 36, START).days] == ["11-23"]
