"""Rows of the register: every wrong cell is named with a remedy, and what is sound means what it says."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.domain.registration.cells import BadRow
from cityops.domain.resources.borders import made_of, refusal
from cityops.domain.resources.datasets import COLUMNS, Cadence, CrossBorder, Dataset, Sharing, read_dataset
from cityops.domain.resources.officers import OfficerLevel, chain, read_officer, veiled
from cityops.domain.resources.register_files import ResourceFileError, read_lines
from cityops.domain.resources.scores import Score
from cityops.simulate import resources as made_up

ROW = {
    "code": "gz-1",
    "name_zh": "空气质量",
    "provider_code": "eco",
    "provider_zh": "生态环境局",
    "theme": "生态",
    "sharing": "有条件共享",
    "cadence": "daily",
    "indicators": "pm25 pm25",
    "last_exchange": "2026-11-28 08:00",
    "rows": "12",
}
WRONG = [
    ("code", "", "empty or missing"),
    ("code", "a b", "is no code"),
    ("sharing", "maybe", "write one of unconditional"),
    ("cadence", "often", "is not known"),
    ("last_exchange", "yesterday", "is no time"),
    ("rows", "-1", "is no number of rows"),
    ("indicators", "pm25 pm99", "is no indicator"),
    ("source_system_code", "nobody", "is no source system"),
    ("cross_border", "closed", "write one of open, restricted"),
    ("terms", "x" * 401, "401 characters"),
]


def read(row: Mapping[str, str]) -> Dataset:
    return read_dataset(row, frozenset({"eco-air"}), frozenset({"pm25"}))


def test_a_sound_row_means_what_it_says() -> None:
    one = read(ROW)
    assert (one.sharing, one.cadence, one.cross_border) == (Sharing.CONDITIONAL, Cadence.DAILY, CrossBorder.OPEN)
    assert (one.name_en, one.indicators, one.row_count) == ("空气质量", ("pm25",), 12)
    assert one.last_exchange == datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(("column", "text", "reason"), WRONG)
def test_a_wrong_cell_is_named(column: str, text: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        read(ROW | {column: text})
    assert raised.value.column == column
    assert raised.value.remedy


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text()))
def test_any_text_is_a_dataset_or_a_named_fault(row: dict[str, str]) -> None:
    with suppress(BadRow):
        assert read(ROW | row).code == (ROW | row)["code"].strip()


def test_lines_of_a_file_are_judged_each_by_itself() -> None:
    head = ",".join(ROW)
    good, bad = ",".join(ROW.values()), ",".join((ROW | {"code": "gz-2", "rows": "many"}).values())
    columns = tuple(ROW)
    found = list(read_lines([head, good, bad, good], columns, read, lambda one: one.code))
    assert [(one.line, one.column, one.declared is not None) for one in found] == [
        (2, "", True),
        (3, "rows", False),
        (4, "code", False),
    ]
    with pytest.raises(ResourceFileError, match="line 1: columns are missing: contact"):
        list(read_lines([head], (*columns, "contact"), read, lambda one: one.code))


def test_a_chain_tells_its_gaps() -> None:
    rows = [
        {"level": "city", "office": "市首席数据官", "person": "张三"},
        {"level": "liaison", "unit_code": "eco", "office": "联络", "person": "李四"},
        {"level": "unit", "unit_code": "water", "office": "首席数据官", "person": "王五"},
    ]
    found = chain("eco", [read_officer(row) for row in rows])
    assert found.gaps == (OfficerLevel.EXECUTIVE, OfficerLevel.UNIT)
    assert [one.person for one in found.officers] == ["张三", "李四"]
    assert veiled("张三") != "张三"
    for wrong in ({"level": "city", "unit_code": "eco"}, {"level": "unit"}, {"level": "king"}):
        with pytest.raises(BadRow):
            read_officer({"office": "x", "person": "y"} | wrong)


def test_what_is_restricted_needs_a_permission_and_a_purpose() -> None:
    steward, analyst = (Subject("x", role, WHOLE_CITY) for role in (Role.DATA_STEWARD, Role.ANALYST))
    assert refusal(analyst, [], None) is None
    assert "may not do export:restricted" in str(refusal(analyst, ["a"], "research"))
    assert "`purpose`" in str(refusal(steward, ["a", "b", "c", "d"], " "))
    assert "and 1 more" in str(refusal(steward, ["a", "b", "c", "d"], None))
    assert refusal(steward, ["a"], "research") is None
    assert made_of(["pm25"], {}) == ["pm25"]


def test_a_score_without_a_whole_is_none() -> None:
    assert Score(0, 0).share is None
    assert Score(1, 3).share == 1 / 3


def test_the_made_up_register_is_as_large_as_the_citys_and_says_that_it_is_made_up() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    found = list(made_up.datasets(now, 1))
    assert len({one.code for one in found}) == 4056
    assert len({one.provider_code for one in found}) == 154
    assert all("虚构" in one.name_zh for one in found)
    assert list(made_up.datasets(now, 1)) == found
    late = [one for one in found if one.last_exchange and one.cadence.longest]
    assert any(now - one.last_exchange > (one.cadence.longest or timedelta()) for one in late if one.last_exchange)
