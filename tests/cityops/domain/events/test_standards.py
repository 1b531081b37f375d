"""Case standards: the example set is whole, a file with faults is refused with each of them, versions stay."""

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from cityops import reference
from cityops.domain.events.acts import Unit, UnitKind
from cityops.domain.events.deadlines import Limit, LimitKind
from cityops.domain.events.standards import (
    COLUMNS,
    MOST_ROWS,
    CaseStandard,
    KnownCodes,
    ProofAsked,
    StandardsError,
    in_force,
    read_standards,
)

EXAMPLES = reference.case_standards()
CLASSES = frozenset(row["code"] for row in reference.rows("event_classes"))
SMALL = KnownCodes(frozenset({"road_ponding", "small_ads"}), frozenset({"water"}))
PONDING = CaseStandard(
    "road_ponding-deep",
    1,
    "road_ponding",
    "gbt-30428.2-event",
    "05-06",
    "积水深",
    "Deep water",
    Limit(LimitKind.URGENT_HOURS, 2),
    "积水已退",
    "The water is gone",
    ProofAsked.BEFORE_AFTER,
    UnitKind.DEPARTMENT,
    "water",
    "示例",
    date(2026, 1, 1),
    False,
)
ADS = replace(
    PONDING,
    code="small_ads-posted",
    class_code="small_ads",
    unit_kind=UnitKind.STREET,
    unit_code=None,
    scheme_code="",
)


def text(*standards: CaseStandard) -> str:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(one.cells() for one in standards)
    return output.getvalue()


def faults(content: str, *kept: CaseStandard, known: KnownCodes = SMALL) -> list[tuple[int, str, str]]:
    with pytest.raises(StandardsError) as refused:
        read_standards(content, known, {one.key: one for one in kept})
    assert all(remark.remedy and remark.refused for remark in refused.value.remarks)
    assert "nothing was changed" in str(refused.value)
    return [(remark.line, remark.column, remark.reason) for remark in refused.value.remarks]


def test_every_class_has_an_example_and_every_row_says_that_it_is_one() -> None:
    assert {one.class_code for one in EXAMPLES} == CLASSES
    assert all(one.is_example and one.basis.startswith("示例") for one in EXAMPLES)
    assert 40 <= len(EXAMPLES) <= 50
    assert max(Counter(one.class_code for one in EXAMPLES).values()) > 1


def test_all_four_kinds_of_limits_are_used() -> None:
    assert {one.limit.kind for one in EXAMPLES} == set(LimitKind)


def test_a_missing_cover_has_four_conditions_each_with_its_own_limit_and_closing() -> None:
    covers = [one for one in EXAMPLES if one.class_code == "cover_missing"]
    assert [str(one.limit) for one in covers] == ["2 紧急工作时", "4 工作时", "2 工作日", "5 工作日"]
    assert len({one.closing_zh for one in covers}) == 4


def test_a_file_is_read_back_as_it_was_written() -> None:
    assert read_standards("\ufeff" + text(PONDING, ADS), SMALL, {}) == [PONDING, ADS]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("code", "Road Ponding", "is no code"),
        ("code", "", "empty"),
        ("class", "flood", "'flood' is not a class of cases"),
        ("condition_zh", " ", "empty"),
        ("closing_en", "", "empty"),
        ("closing_zh", "a\x07b", "control characters"),
        ("limit_kind", "hours", "'hours' is not a kind of limit"),
        ("limit_amount", "0", "is not a number from 1 to 1000"),
        ("limit_amount", "2.5", "is not a whole number"),
        ("limit_amount", "two", "is not a number from 1 to 1000"),
        ("evidence", "video", "'video' is not a rule for photos"),
        ("unit", "water", "names no unit"),
        ("unit", "department:", "'' is not a department"),
        ("unit", "department:fire", "'fire' is not a department"),
        ("unit", "street:440106013", "names no unit"),
        ("version", "0", "is not a number from 1 to"),
        ("valid_from", "1.1.2026", "is not a day"),
        ("is_example", "maybe", "'maybe' is not yes or no"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(column: str, cell: str, reason: str) -> None:
    cells = dict(zip(COLUMNS, PONDING.cells(), strict=True)) | {column: cell}
    content = text(ADS)
    output = io.StringIO()
    csv.writer(output, lineterminator="\n").writerow(cells.values())
    ((line, told, why),) = faults(content + output.getvalue())
    assert (line, told) == (3, column)
    assert reason in why


def test_all_faults_are_told_at_once_in_order_of_line() -> None:
    content = text(PONDING, ADS, ADS, PONDING).replace("street", "village")
    assert [(line, column) for line, column, _ in faults(content)] == [(3, "unit"), (4, "unit"), (5, "code")]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "columns are missing: code, class"),
        (text(PONDING).replace("closing_zh", "closing"), 1, "columns are missing: closing_zh"),
        (text(PONDING).replace("code,", "code,code,", 1), 1, "unknown or there twice: 'code'"),
        (text(PONDING) + "a,b\n", 3, "it has 2 cells, the first line has 16"),
        (text(PONDING) + '"open\n', 3, "it is no CSV"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(content: str, line: int, reason: str) -> None:
    ((at, _, why),) = faults(content)
    assert (at, reason in why) == (line, True)


def test_a_file_is_bounded() -> None:
    ((_, _, why),) = faults(text(*[ADS] * (MOST_ROWS + 1)))
    assert why == f"it has more than {MOST_ROWS} rows"


def test_a_class_without_a_standard_is_named() -> None:
    assert faults(text(PONDING)) == [(2, "class", "no row is of class small_ads, so no case of it could be filed")]


def test_a_version_that_cases_bear_cannot_be_changed() -> None:
    longer = replace(PONDING, limit=Limit(LimitKind.URGENT_HOURS, 3))
    ((line, column, why),) = faults(text(longer, ADS), PONDING)
    assert (line, column) == (2, "version")
    assert why == "version 1 is kept with another limit_amount, and cases may bear it"
    assert read_standards(text(replace(longer, version=2), ADS), SMALL, {PONDING.key: PONDING})[0].version == 2


def test_an_older_version_does_not_come_back() -> None:
    newer = replace(PONDING, version=3)
    ((_, _, why),) = faults(text(PONDING, ADS), PONDING, newer)
    assert why == "version 3 is kept already"


def test_in_force_is_the_newest_version_that_is_valid() -> None:
    later = replace(PONDING, version=2, valid_from=date(2027, 1, 1))
    assert in_force([PONDING, later, ADS], date(2026, 12, 31)) == [PONDING, ADS]
    assert in_force([PONDING, later, ADS], date(2027, 1, 1)) == [later, ADS]
    assert in_force([PONDING], date(2025, 12, 31)) == []


@pytest.mark.parametrize(
    ("standard", "region", "unit"),
    [
        (PONDING, "440106013", Unit(UnitKind.DEPARTMENT, "water")),
        (ADS, "440106013", Unit(UnitKind.STREET, "440106013")),
        (ADS, "440106", None),
        (replace(ADS, unit_kind=UnitKind.DISTRICT), "440106013", Unit(UnitKind.DISTRICT, "440106")),
    ],
)
def test_the_rule_names_the_unit_of_a_place(standard: CaseStandard, region: str, unit: Unit | None) -> None:
    assert standard.unit_at(region) == unit
