"""Surface water: every limit from both sides, the worst item decides, sections without a class are left out."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.standards.surface_water import (
    LIMITS,
    WaterClass,
    WaterItem,
    good_share,
    item_class,
    section,
)

BORDERS = [(item, place, Decimal(limit)) for item, limits in LIMITS.items() for place, limit in enumerate(limits, 1)]


@pytest.mark.parametrize(("item", "place", "limit"), BORDERS)
def test_a_value_at_the_limit_is_still_of_the_class(item: WaterItem, place: int, limit: Decimal) -> None:
    beyond = limit - Decimal("0.001") if item is WaterItem.OXYGEN else limit + Decimal("0.001")
    for value in (float(limit), float(np.float32(limit))):
        assert item_class(item, value) <= place
    assert item_class(item, float(beyond)) > place


@pytest.mark.parametrize(
    ("item", "value", "found"),
    [
        (WaterItem.COD, 15, WaterClass.I),  # Ⅰ and Ⅱ share a limit: nothing is of Ⅱ alone
        (WaterItem.COD, 15.1, WaterClass.III),
        (WaterItem.AMMONIA, 2.01, WaterClass.WORSE),
        (WaterItem.OXYGEN, 1.9, WaterClass.WORSE),
        (WaterItem.PHOSPHORUS, 0.03, WaterClass.II),
        (WaterItem.LAKE_PHOSPHORUS, 0.03, WaterClass.III),
        (WaterItem.PH, 6, WaterClass.I),
        (WaterItem.PH, 9, WaterClass.I),
        (WaterItem.PH, 5.9, WaterClass.WORSE),
        (WaterItem.PH, 9.1, WaterClass.WORSE),
    ],
)
def test_the_class_of_an_item(item: WaterItem, value: float, found: WaterClass) -> None:
    assert item_class(item, value) is found


def test_the_worst_item_decides_and_is_named() -> None:
    found = section({WaterItem.OXYGEN: 8, WaterItem.AMMONIA: 1.2, WaterItem.COD: 30, WaterItem.PH: 7})
    assert (found.water_class, set(found.deciding)) == (WaterClass.IV, {WaterItem.AMMONIA, WaterItem.COD})
    assert found.classes[WaterItem.OXYGEN] is WaterClass.I


@pytest.mark.parametrize(("saturation", "oxygen"), [(90, WaterClass.I), (89.9, WaterClass.II), (None, WaterClass.II)])
def test_water_that_is_saturated_holds_enough_oxygen(saturation: float | None, oxygen: WaterClass) -> None:
    assert section({WaterItem.OXYGEN: 6.5}, oxygen_saturation=saturation).water_class is oxygen


def test_a_section_of_which_nothing_is_known_has_no_class() -> None:
    assert section({}).water_class is None
    share = good_share([WaterClass.I, WaterClass.III, WaterClass.IV, None, section({}).water_class])
    assert (share.numerator, share.denominator, share.value) == (2, 3, 2 / 3)
    assert good_share([None]).value is None


@given(st.sampled_from([item for item in LIMITS if item is not WaterItem.OXYGEN]), st.floats(0, 50), st.floats(0, 50))
def test_more_of_what_is_bad_is_never_a_better_class(item: WaterItem, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert item_class(item, low) <= item_class(item, high)
    assert item_class(WaterItem.OXYGEN, low) >= item_class(WaterItem.OXYGEN, high)


def test_each_class_has_its_names() -> None:
    assert [one.name_zh for one in WaterClass] == ["Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类"]
    assert (WaterClass.II.name_en, WaterClass.WORSE.name_en) == ("Class II", "worse than Class V")
