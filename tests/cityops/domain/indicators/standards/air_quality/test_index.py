"""The index: every breakpoint of both tables from both sides, golden cases, what is beyond, ties, what is missing."""

from collections.abc import Collection
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.air_quality.editions import (
    EDITIONS,
    HJ_633_2012,
    HJ_633_2026,
    IAQI,
    Edition,
)
from cityops.domain.indicators.standards.air_quality.index import (
    AirQuality,
    Concentrations,
    air_quality,
    class_of,
    concentration_of,
    iaqi,
)
from cityops.domain.indicators.standards.air_quality.pollutants import (
    CO_24H,
    NO2_24H,
    O3_1H,
    O3_8H,
    PM10_1H,
    PM10_24H,
    PM25_1H,
    PM25_24H,
    SO2_1H,
    SO2_24H,
    AirItem,
    Pollutant,
)

COLUMNS = [(edition, item) for edition in EDITIONS for item in edition.breakpoints]
POINTS = [
    pytest.param(edition, item, place, id=f"{edition.code} {item.code} {IAQI[place]}")
    for edition, item in COLUMNS
    for place in range(len(edition.breakpoints[item]))
]
CLEAN: Concentrations = {SO2_24H: 5, NO2_24H: 12, PM10_24H: 20, CO_24H: 0.5, O3_1H: 40, O3_8H: 30, PM25_24H: 10}


def day(edition: Edition, *, without: Collection[AirItem] = (), **changed: float) -> AirQuality:
    """Return the air of a day that is clean but for what is changed, by codes of items."""
    values = {item: changed.get(item.code, value) for item, value in CLEAN.items() if item not in without}
    return air_quality(edition, edition.items_of_day, values)


@pytest.mark.parametrize(("edition", "item", "place"), POINTS)
def test_a_breakpoint_from_both_sides(edition: Edition, item: AirItem, place: int) -> None:
    """At the breakpoint the index is its own; a step below less or the same, rounded up; a step above more."""
    breakpoints = edition.breakpoints[item]
    step = 10.0**-item.pollutant.decimals
    at = float(breakpoints[place])
    assert iaqi(edition, item, {item: at}) == IAQI[place]
    assert iaqi(edition, item, {item: float(np.float32(at))}) == IAQI[place]
    if place:
        slope = (IAQI[place] - IAQI[place - 1]) / (breakpoints[place] - breakpoints[place - 1])
        assert iaqi(edition, item, {item: at - step}) == ceil(round(IAQI[place] - slope * step, 9))
    if place + 1 < len(breakpoints):
        slope = (IAQI[place + 1] - IAQI[place]) / (breakpoints[place + 1] - breakpoints[place])
        assert iaqi(edition, item, {item: at + step}) == ceil(round(IAQI[place] + slope * step, 9))


def test_golden_cases() -> None:
    """60.5 → 60, 61.5 → 62, CO 2.05 → 2.0, and an index of 100.1 becomes 101."""
    assert [iaqi(HJ_633_2026, PM25_24H, {PM25_24H: value}) for value in (60, 60.5, 60.51, 61.5)] == [
        100,
        100,
        101,
        102,
    ]
    assert [iaqi(HJ_633_2026, CO_24H, {CO_24H: value}) for value in (2.05, 2.06)] == [50, 53]
    assert str(concentration_of(CO_24H, 2.05)) == "2.0"
    assert iaqi(HJ_633_2026, NO2_24H, {NO2_24H: 81}) == 101  # 100.5
    assert iaqi(HJ_633_2026, O3_8H, {O3_8H: 266}) == 201  # 200.19


@pytest.mark.parametrize(
    ("item", "value", "old", "new"),
    [(PM25_24H, 60, 82, 100), (PM25_24H, 75, 100, 114), (PM10_24H, 120, 85, 100), (PM10_24H, 150, 100, 112),
     (PM25_24H, 115, 150, 150), (PM10_24H, 350, 200, 200)],
)  # fmt: skip
def test_what_the_new_edition_changes(item: AirItem, value: float, old: int, new: int) -> None:
    assert (iaqi(HJ_633_2012, item, {item: value}), iaqi(HJ_633_2026, item, {item: value})) == (old, new)


def test_beyond_the_table() -> None:
    assert iaqi(HJ_633_2026, SO2_1H, {SO2_1H: 801}) == 200
    assert iaqi(HJ_633_2026, O3_8H, {O3_8H: 801}) == 300
    assert iaqi(HJ_633_2026, PM25_24H, {PM25_24H: 900}) == 500
    assert iaqi(HJ_633_2012, SO2_1H, {SO2_1H: 801, SO2_24H: 150}) == 100  # that of 24 h is reported
    assert iaqi(HJ_633_2012, SO2_1H, {SO2_1H: 801}) is None
    assert iaqi(HJ_633_2012, O3_8H, {O3_8H: 801, O3_1H: 1000}) == 400  # that of 1 h is reported
    assert iaqi(HJ_633_2012, PM25_1H, {PM25_1H: 80}) is None  # told as a concentration alone


@pytest.mark.parametrize(
    ("aqi", "grade"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3), (150, 3), (151, 4), (200, 4), (201, 5),
                       (300, 5), (301, 6), (500, 6)],
)  # fmt: skip
def test_classes_begin_above_the_one_before(aqi: int, grade: int) -> None:
    assert class_of(aqi).grade == grade


def test_the_highest_is_the_index_and_its_pollutant_primary() -> None:
    found = day(HJ_633_2026, pm25_24h=61, o3_8h=110)
    assert (found.aqi, found.primary, found.missing) == (101, (Pollutant.PM25,), ())
    assert found.air_class is not None
    assert found.air_class.name_zh == "轻度污染"
    assert {one.item: one.iaqi for one in found.items}[O3_8H] == 59


def test_those_that_share_the_index_are_primary_together() -> None:
    assert day(HJ_633_2026, pm25_24h=60, no2_24h=80).primary == (Pollutant.NO2, Pollutant.PM25)
    assert day(HJ_633_2026, pm25_24h=35, no2_24h=40).primary == ()  # an index of 50 has none
    assert day(HJ_633_2026, pm25_24h=36).primary == (Pollutant.PM25,)


def test_ozone_of_the_old_edition_counts_by_hour_and_by_eight() -> None:
    assert (day(HJ_633_2012, o3_1h=300).aqi, day(HJ_633_2026, o3_1h=300).aqi) == (150, 20)
    beyond = day(HJ_633_2012, o3_1h=1000, o3_8h=900)
    assert (beyond.aqi, beyond.primary, beyond.missing) == (400, (Pollutant.O3,), ())


def test_clean_air_is_one_in_the_new_edition() -> None:
    nothing = dict.fromkeys((*HJ_633_2012.items_of_day, *HJ_633_2026.items_of_day), 0.0)
    assert [air_quality(one, one.items_of_day, nothing).aqi for one in EDITIONS] == [0, 1]


def test_without_a_pollutant_the_index_is_told_above_100_alone() -> None:
    at, above = (day(HJ_633_2026, without=[CO_24H], pm25_24h=value) for value in (60, 61))
    assert (at.aqi, at.air_class, at.primary, at.missing) == (None, None, (), (Pollutant.CO,))
    assert {one.item: one.iaqi for one in at.items}[PM25_24H] == 100  # indices of the others are told
    assert (above.aqi, above.primary, above.missing) == (101, (Pollutant.PM25,), (Pollutant.CO,))
    old = day(HJ_633_2012, without=[CO_24H], pm25_24h=60)
    assert (old.aqi, old.missing) == (82, (Pollutant.CO,))  # the old edition has no such rule


def test_a_pollutant_that_nobody_plans_to_measure_keeps_nothing_back() -> None:
    values = {item: value for item, value in CLEAN.items() if item not in {CO_24H, SO2_24H}}
    for unplanned, aqi in (({Pollutant.CO}, None), ({Pollutant.CO, Pollutant.SO2}, 20)):
        found = air_quality(HJ_633_2026, HJ_633_2026.items_of_day, values, unplanned=unplanned)
        assert (found.aqi, found.missing) == (aqi, (Pollutant.SO2, Pollutant.CO))


@pytest.mark.parametrize("edition", EDITIONS)
def test_without_anything_there_is_no_index(edition: Edition) -> None:
    found = air_quality(edition, edition.items_of_hour, {})
    assert (found.aqi, found.air_class, found.missing, found.edition) == (None, None, tuple(Pollutant), edition)
    assert {(one.concentration, one.iaqi) for one in found.items} == {(None, None)}


def test_particles_of_an_hour_are_told_in_the_old_edition_and_judged_in_the_new() -> None:
    values = {PM10_1H: 200.0, PM25_1H: 80.0}
    found = [air_quality(one, one.items_of_hour, values) for one in EDITIONS]
    [old, new] = [next(told for told in one.items if told.item == PM25_1H) for one in found]
    assert old.concentration == new.concentration == 80
    assert (old.iaqi, new.iaqi) == (None, 119)


def test_a_concentration_below_zero_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="so2_24h: -1 µg/m³ is no concentration"):
        iaqi(HJ_633_2026, SO2_24H, {SO2_24H: -1})


@given(st.sampled_from(COLUMNS), st.floats(0, 5000), st.floats(0, 5000))
def test_more_is_never_better_and_the_index_stays_in_its_bounds(
    column: tuple[Edition, AirItem], a: float, b: float
) -> None:
    edition, item = column
    low, high = (iaqi(edition, item, {item: value}) for value in sorted((a, b)))
    if low is None or high is None:  # beyond the table, where the old edition asks another item
        assert item in edition.beyond
        assert max(a, b) > edition.breakpoints[item][-1]
    else:
        assert 0 <= low <= high <= 500


@given(st.dictionaries(st.sampled_from(list(CLEAN)), st.floats(0, 3000)), st.sampled_from(EDITIONS))
def test_the_index_is_that_of_a_primary_pollutant(values: dict[AirItem, float], edition: Edition) -> None:
    found = air_quality(edition, edition.items_of_day, values)
    known = [one.iaqi for one in found.items if one.iaqi is not None]
    if found.aqi is None:
        assert found.missing
        assert max(known, default=0) <= 100
    else:
        assert edition.least <= found.aqi == max(edition.least, *known)
        assert bool(found.primary) == (found.aqi > 50)
        assert found.air_class is class_of(found.aqi)
