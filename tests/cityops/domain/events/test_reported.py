"""Attributes of a case: each is told where it may be."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from cityops.domain.events.reported import ATTRIBUTES, DESCRIPTION_LIMIT, MASKS, TITLE_LIMIT, EventStep, Told

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_texts_have_the_limits_of_open311() -> None:
    assert (TITLE_LIMIT, DESCRIPTION_LIMIT) == (200, 4000)


def step(sequence: int = 3, source: str = "hotline-12345", external_id: str = "GZ-1") -> EventStep:
    return EventStep(
        source, external_id, sequence, "road_ponding", "urgent", "signed", "积水", None, None, "440106013",
        113.3, 23.1, AT, AT, AT + timedelta(seconds=1),
    )  # fmt: skip


def test_a_step_is_the_same_by_source_number_and_sequence() -> None:
    assert step().key == ("hotline-12345", "GZ-1", 3)
    assert len({step().key, step(4).key, step(source="grid-officer").key, step(external_id="GZ-2").key}) == 4


def test_every_attribute_of_a_step_is_declared_in_its_order() -> None:
    assert list(ATTRIBUTES) == [field.name for field in fields(EventStep)]
    assert all(isinstance(told, Told) for told in ATTRIBUTES.values())


def test_an_attribute_that_says_nothing_of_itself_is_told_nowhere() -> None:
    assert ATTRIBUTES["sequence"] == Told(None, in_lists=False, mask=None)


@pytest.mark.parametrize(
    ("name", "heading"),
    [("title", "标题"), ("region_code", "区域代码"), ("lon", "经度"), ("description", None), ("sequence", None)],
)
def test_a_file_has_a_heading_for_each_attribute_it_holds(name: str, heading: str | None) -> None:
    assert ATTRIBUTES[name].heading_zh == heading


def test_headings_tell_columns_apart() -> None:
    headings = [told.heading_zh for told in ATTRIBUTES.values() if told.heading_zh]
    assert len(set(headings)) == len(headings)


def test_a_list_holds_no_description_address_or_place() -> None:
    listed = {name for name, told in ATTRIBUTES.items() if told.in_lists}
    assert listed == {
        *("source_system_code", "external_id", "class_code", "severity", "status", "title", "region_code"),
        *("occurred_at", "status_at", "drill"),
    }


@pytest.mark.parametrize("name", ["title", "description", "address"])
def test_what_somebody_wrote_freely_is_masked(name: str) -> None:
    assert MASKS[name]("张三，电话13800138000") == "张**，电话138****8000"


def test_a_senders_own_number_is_masked_only_where_it_is_a_persons() -> None:
    assert MASKS["external_id"]("13800138000") == "138****8000"
    assert MASKS["external_id"]("GZ13800138000") == "GZ13800138000"


def test_nothing_else_is_masked() -> None:
    assert set(MASKS) == {"external_id", "title", "description", "address"}
