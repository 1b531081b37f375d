"""Questions: what would add up what does not add up is refused, with the reason and what can be asked instead."""

from itertools import product

import pytest

from cityops import reference
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError, check, check_to_date
from cityops.domain.regions import RegionLevel
from cityops.reference import themes

EVERY = indicators(reference.metrics(), {}, themes.shipped().themes)
CITY, DISTRICT, STREET = RegionLevel.CITY, RegionLevel.DISTRICT, RegionLevel.STREET


@pytest.mark.parametrize(
    ("code", "grain", "level", "told"),
    [
        ("power_used", Grain.DAY, CITY, "power_used comes by the month, and a day is shorter; ask interval=month"),
        (
            "power_used",
            Grain.MONTH,
            STREET,
            "and a street is smaller; ask level=district",
        ),
        (
            "o3_8h",
            Grain.DAY,
            CITY,
            "does not add up over time, so that of a day there is no value; ask interval=h",
        ),
        ("power_used_ytd", Grain.DAY, CITY, "power_used comes by the month"),
        ("power_used_yoy", Grain.HOUR, CITY, "power_used comes by the month"),
        ("grid_load", Grain.DAY, DISTRICT, "grid_load comes by city, and a district is smaller; ask level=city"),
    ],
)
def test_a_question_without_a_right_answer_is_refused_with_one_that_has(
    code: str, grain: Grain, level: RegionLevel, told: str
) -> None:
    with pytest.raises(RefusedQuestionError) as caught:
        check(EVERY[code], grain, level, EVERY)
    assert told in str(caught.value)
    allowed = {"interval": grain.value, "level": level.value} | caught.value.instead
    check(EVERY[code], Grain(allowed["interval"]), RegionLevel(allowed["level"]), EVERY)


@pytest.mark.parametrize(
    ("code", "grain", "level"),
    [
        ("power_used", Grain.YEAR, CITY),  # adds up
        ("residents", Grain.YEAR, CITY),
        ("outage_users", Grain.MONTH, DISTRICT),  # a stock: the last period stands for the month
        ("orders_on_time", Grain.QUARTER, CITY),  # from the sums of its parts
        ("grid_load", Grain.YEAR, CITY),  # the greatest of the greatest
        ("events_closed_rate", Grain.FIVE_MINUTES, STREET),
    ],
)
def test_what_adds_up_is_answered(code: str, grain: Grain, level: RegionLevel) -> None:
    check(EVERY[code], grain, level, EVERY)


def test_every_refusal_names_a_question_that_has_an_answer() -> None:
    for one, grain, level in product(EVERY.values(), Grain, (CITY, DISTRICT, STREET)):
        asked = {"interval": grain.value, "level": level.value}
        for _ in range(4):  # one fault is told at a time
            try:
                check(one, Grain(asked["interval"]), RegionLevel(asked["level"]), EVERY)
            except RefusedQuestionError as error:
                asked |= error.instead
        check(one, Grain(asked["interval"]), RegionLevel(asked["level"]), EVERY)


@pytest.mark.parametrize("code", ["residents", "o3_8h", "power_used_yoy", "power_used_ytd", "pm25"])
def test_what_does_not_add_up_over_time_is_not_summed_since_january(code: str) -> None:
    with pytest.raises(RefusedQuestionError, match="so that nothing is summed since 1 January; ask compare=year"):
        check_to_date(EVERY[code], Grain.YEAR, CITY, EVERY)
    check_to_date(EVERY["orders_on_time"], Grain.MONTH, CITY, EVERY)
