"""What makes a reading's time valid: bounds that leave room for clocks, and none for wrong units."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.readings import CLOCK_TOLERANCE, EARLIEST, LONGEST_AHEAD, ROLLUP_BUCKET, Quality

MOMENT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_a_clock_that_was_never_set_and_seconds_taken_for_milliseconds_are_too_old() -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) < EARLIEST
    assert datetime.fromtimestamp(MOMENT.timestamp() / 1000, UTC) < EARLIEST
    assert datetime(2000, 1, 1, tzinfo=UTC) == EARLIEST


def test_a_local_time_sent_as_utc_is_too_far_ahead_while_a_clock_may_be_a_little_wrong() -> None:
    assert timedelta(hours=8) > LONGEST_AHEAD == timedelta(minutes=10)
    assert timedelta(0) < CLOCK_TOLERANCE < LONGEST_AHEAD


def test_buckets_of_rollups_fill_an_hour_and_a_day() -> None:
    assert timedelta(minutes=5) == ROLLUP_BUCKET
    assert timedelta(hours=1) % ROLLUP_BUCKET == timedelta(0)


@pytest.mark.parametrize(("quality", "number"), [(Quality.GOOD, 0), (Quality.UNCERTAIN, 1), (Quality.MANUAL, 2)])
def test_what_is_stored_of_a_quality_stays_what_it_means(quality: Quality, number: int) -> None:
    assert quality == number
    assert Quality(number) is quality
