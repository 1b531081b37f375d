"""What cases say: whole sentences that fit their column, with the place in them, and no person."""

import random
import re

import pytest

from cityops import reference
from cityops.domain.events.reported import DESCRIPTION_LIMIT, TITLE_LIMIT
from cityops.domain.masking import masked
from cityops.simulate.cases import mix, phrases

CLASSES = sorted(row["code"] for row in reference.rows("event_classes"))
LONGEST_STREET = max((row["name_zh"] for row in reference.rows("streets")), key=len)
ROADS = sorted({road for roads in phrases.ROADS.values() for road in roads}, key=len)
LONGEST_SPOT = max(phrases.SPOTS, key=len)


@pytest.mark.parametrize("event_class", CLASSES)
def test_every_title_of_a_class_fits_names_its_place_and_leaves_no_gap(event_class: str) -> None:
    found = {
        phrases.title(event_class, LONGEST_STREET, ROADS[-1], LONGEST_SPOT, random.Random(seed)) for seed in range(40)
    }
    assert len(found) >= 2
    for told in found:
        assert f"{LONGEST_STREET}{ROADS[-1]}{LONGEST_SPOT}" in told
        assert not re.search(r"[{}]", told)
        assert len(told) <= TITLE_LIMIT
        assert masked(told) == told  # nothing in it looks like somebody's number or name
        for source in mix.SOURCES:
            assert len(phrases.description(source, told)) <= DESCRIPTION_LIMIT


def test_the_same_draw_gives_the_same_words() -> None:
    told = [phrases.title("road_ponding", "猎德街道", "花城大道", "路口", random.Random(4)) for _ in range(2)]
    assert told[0] == told[1]


def test_depths_are_told_in_fives_and_numbers_are_small() -> None:
    told = " ".join(
        phrases.title(event_class, "", "", "", random.Random(seed))
        for event_class in ("road_ponding", "exposed_garbage", "fallen_tree")
        for seed in range(200)
    )
    depths = {int(one) for one in re.findall(r"约(\d+)厘米", told)}
    assert depths == {5, 10, 15, 20, 25, 30}
    assert {int(one) for one in re.findall(r"约(\d+)袋", told)} <= set(range(2, 13))
    assert {int(one) for one in re.findall(r"占用(\d+)条", told)} == {1, 2, 3}


@pytest.mark.parametrize(
    ("source", "opening"),
    [("hotline-12345", "市民来电反映"), ("grid-officer", "网格员巡查发现"), ("sensor-alarm", "感知设备自动告警")],
)
def test_who_reports_is_told_before_what(source: str, opening: str) -> None:
    assert phrases.description(source, "道路积水") == f"{opening}：道路积水。"
    assert set(mix.SOURCES) == set(phrases._OPENINGS)


@pytest.mark.parametrize("event_class", ["gas_leak", "cover_missing", "lamp_fault", "device_fault"])
def test_an_alarm_names_its_device(event_class: str) -> None:
    told = phrases.alarm_title(event_class, "天河区猎德街道 燃气井室 001")
    assert told.startswith("天河区猎德街道 燃气井室 001：")
    assert len(told) <= TITLE_LIMIT
    assert event_class in CLASSES
