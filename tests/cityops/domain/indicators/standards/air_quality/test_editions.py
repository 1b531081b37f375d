"""Editions of HJ 633: which is in force when, and the columns of the printed tables, written down a second time."""

from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.indicators.standards.air_quality.editions import (
    CLASSES,
    EDITIONS,
    HJ_633_2012,
    HJ_633_2026,
    IAQI,
    Edition,
    changes_between,
    edition_at,
)
from cityops.domain.indicators.standards.air_quality.pollutants import (
    CO_1H,
    CO_24H,
    NO2_1H,
    NO2_24H,
    O3_1H,
    O3_8H,
    PM10_1H,
    PM10_24H,
    PM25_1H,
    PM25_24H,
    SO2_1H,
    SO2_24H,
    Pollutant,
)
from cityops.domain.intervals import CITY_ZONE

CHANGE = datetime(2026, 3, 1, tzinfo=CITY_ZONE)
SHARED = {
    SO2_24H: (0, 50, 150, 475, 800, 1600, 2100, 2620),
    SO2_1H: (0, 150, 500, 650, 800),
    NO2_24H: (0, 40, 80, 180, 280, 565, 750, 940),
    NO2_1H: (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    CO_24H: (0, 2, 4, 14, 24, 36, 48, 60),
    CO_1H: (0, 5, 10, 35, 60, 90, 120, 150),
    O3_8H: (0, 100, 160, 215, 265, 800),
    O3_1H: (0, 160, 200, 300, 400, 800, 1000, 1200),
}


def test_the_tables_are_those_of_the_standards() -> None:
    old = SHARED | {PM10_24H: (0, 50, 150, 250, 350, 420, 500, 600), PM25_24H: (0, 35, 75, 115, 150, 250, 350, 500)}
    new = SHARED | {PM10_24H: (0, 50, 120, 250, 350, 420, 500, 600), PM25_24H: (0, 35, 60, 115, 150, 250, 350, 500)}
    assert HJ_633_2012.breakpoints == old
    assert HJ_633_2026.breakpoints == new | {PM10_1H: new[PM10_24H], PM25_1H: new[PM25_24H]}
    assert IAQI == (0, 50, 100, 150, 200, 300, 400, 500)


def test_what_is_reported_beyond_a_column() -> None:
    assert HJ_633_2012.beyond == {SO2_1H: SO2_24H, O3_8H: O3_1H}
    assert HJ_633_2026.beyond == {SO2_1H: 200, O3_8H: 300}
    assert [(one.least, one.incomplete_above) for one in EDITIONS] == [(0, None), (1, 100)]


@pytest.mark.parametrize(
    ("moment", "edition"),
    [
        (CHANGE - timedelta(microseconds=1), HJ_633_2012),
        (CHANGE, HJ_633_2026),
        (datetime(2026, 2, 28, 15, 59, tzinfo=UTC), HJ_633_2012),
        (datetime(2026, 2, 28, 16, tzinfo=UTC), HJ_633_2026),  # midnight in the city
        (datetime(2013, 1, 1, tzinfo=UTC), HJ_633_2012),
    ],
)
def test_the_edition_goes_by_the_city_s_day(moment: datetime, edition: Edition) -> None:
    assert edition_at(moment) is edition


def test_a_period_over_that_day_has_a_break() -> None:
    day = timedelta(days=1)
    [change] = changes_between(CHANGE - day, CHANGE + day)
    assert change == (CHANGE, HJ_633_2012, HJ_633_2026)
    assert changes_between(CHANGE, CHANGE + day) == []
    assert changes_between(CHANGE - day, CHANGE) == []


def test_items_of_the_reports() -> None:
    assert [len(one.items_of_day) for one in EDITIONS] == [7, 6]
    assert [len(one.items_of_hour) for one in EDITIONS] == [9, 6]
    assert set(HJ_633_2012.items_of_day) - set(HJ_633_2026.items_of_day) == {O3_1H}
    for one in EDITIONS:
        for items in (one.items_of_day, one.items_of_hour):
            assert {item.pollutant for item in items} == set(Pollutant)


def test_classes_are_six_and_meet() -> None:
    assert [one.up_to for one in CLASSES] == [50, 100, 150, 200, 300, 500]
    assert [one.grade for one in CLASSES] == [1, 2, 3, 4, 5, 6]
    assert [one.colour for one in CLASSES] == ["#00E400", "#FFFF00", "#FF7E00", "#FF0000", "#99004C", "#7E0023"]
