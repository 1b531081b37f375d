"""The one clock: aware, in UTC, and going on."""

from datetime import UTC, datetime, timedelta

from cityops.clock import utc_now


def test_now_is_aware_in_utc_and_between_before_and_after() -> None:
    before = datetime.now(UTC)
    now = utc_now()
    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)
