"""Reports over time: buckets by hour and day, each by the edition of its own day, moving means across midnight."""

from datetime import datetime, timedelta

from cityops.domain.indicators.standards.air_quality.averages import Hours
from cityops.domain.indicators.standards.air_quality.bulletins import LEAD, AirBulletin, bulletins
from cityops.domain.indicators.standards.air_quality.editions import HJ_633_2012, HJ_633_2026
from cityops.domain.indicators.standards.air_quality.pollutants import PM25_1H, PM25_24H, Pollutant
from cityops.domain.intervals import CITY_ZONE, Interval

CHANGE = datetime(2026, 3, 1, tzinfo=CITY_ZONE)


def all_of(value: float, count: int) -> dict[Pollutant, Hours]:
    """Return hours of all pollutants: clean air but for particles."""
    return {one: [value if one is Pollutant.PM25 else 1.0] * count for one in Pollutant}


def test_days_before_and_after_the_new_edition() -> None:
    before, after = bulletins(Interval.DAY, CHANGE - timedelta(days=1), all_of(60.5, 48))
    assert (before.start, before.first, before.last) == (CHANGE - timedelta(days=1), 0, 24)
    assert (before.quality.edition, before.quality.aqi) == (HJ_633_2012, 82)
    assert (after.start, after.first, after.last) == (CHANGE, 24, 48)
    assert (after.quality.edition, after.quality.aqi) == (HJ_633_2026, 100)


def of_hours(hours: dict[Pollutant, Hours]) -> list[AirBulletin]:
    """Return the reports of as many hours before the change as after it."""
    count = len(hours[Pollutant.PM25]) - 23
    return list(bulletins(Interval.HOUR, CHANGE - timedelta(hours=count // 2), hours))


def test_hours_before_and_after_the_new_edition() -> None:
    hours = all_of(60, 23 + 2)
    hours[Pollutant.PM25] = [*[60.0] * 24, 120.0]
    before, after = of_hours(hours)
    assert (before.start, before.quality.edition, before.quality.aqi) == (
        CHANGE - timedelta(hours=1),
        HJ_633_2012,
        82,
    )
    assert (after.start, after.quality.edition, after.quality.aqi) == (CHANGE, HJ_633_2026, 158)
    told = {one.item: one.concentration for one in before.quality.items}
    assert [told[PM25_24H], told[PM25_1H]] == [60, 60]
    assert (before.first, before.last, after.last) == (23, 24, 25)


def test_an_hour_needs_those_before_it_for_its_moving_means_alone() -> None:
    hours = all_of(60, 25)
    hours[Pollutant.PM25] = [*[None] * 23, 60.0, 60.0]
    before, after = of_hours(hours)
    assert (before.quality.missing, after.quality.missing) == ((Pollutant.PM25,), ())
    assert timedelta(hours=23) == LEAD
