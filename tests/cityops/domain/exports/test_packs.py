"""Daily packs: which day is due, when the newest is late, and which have outlived their time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cityops.domain.exports.packs import Pack, due, is_late, outlived

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)


def pack(day: date) -> Pack:
    return Pack(day, f"cityops-{day}.zip", 1, "", NOW)


@pytest.mark.parametrize(
    ("hour", "day"),
    [(15, date(2026, 11, 26)), (16, date(2026, 11, 26)), (17, date(2026, 11, 27)), (18, date(2026, 11, 27))],
)
def test_a_day_is_due_an_hour_after_the_city_s_midnight(hour: int, day: date) -> None:
    assert due(datetime(2026, 11, 27, hour, tzinfo=UTC)) == day


def test_the_newest_is_late_a_day_after_it_was_due() -> None:
    newest = due(NOW)
    told = [is_late(pack(newest - timedelta(days=days)), NOW) for days in range(4)]
    assert (told, is_late(None, NOW)) == ([False, False, True, True], True)


def test_so_many_days_are_kept() -> None:
    packs = [pack(due(NOW) - timedelta(days=days)) for days in range(5)]
    assert outlived(packs, 3, NOW) == packs[3:]
    assert outlived(packs, 5, NOW) == []
