"""Sentences of a report: what is said of a rise, of no comparison, of what is missing, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.reports.declared import ReportSentence
from cityops.domain.reports.snapshot import SnapshotIndicator
from cityops.domain.reports.wording import changed, figure, measured, sentence
from factories.papers import CASES, SHARE, indicator, numbers, value

OWN, BELOW = ReportSentence(view="own", of="cases"), ReportSentence(view="below", of="cases")
FLAT = value("share", "440100", 80.0, 80.04)


@pytest.mark.parametrize(
    ("now", "before", "coverage", "zh", "en"),
    [
        (12.0, 10.0, None, "事件为12件，较前一日上升20.0%。", "Cases: 12, up 20.0% from the day before."),
        (8.0, 10.0, 1.0, "事件为8件，较前一日下降20.0%。", "Cases: 8, down 20.0% from the day before."),
        (10.4, 10.0, None, "事件为10件，与前一日持平。", "Cases: 10, unchanged from the day before."),
        (3.0, 0.0, None, "事件为3件，较前一日上升3件。", "Cases: 3, up 3 from the day before."),
        (3.0, None, None, "事件为3件，前一日无可比数据。", "Cases: 3, nothing to compare with the day before."),
        (
            3.0,
            3.0,
            0.625,
            "事件为3件，与前一日持平。（数据覆盖率62%）",
            "Cases: 3, unchanged from the day before. (coverage 62%)",
        ),
        (None, 3.0, None, "事件：本期无数据。", "Cases: no data in this period."),
    ],
)
def test_a_sentence_says_what_the_numbers_say(
    now: float | None, before: float | None, coverage: float | None, zh: str, en: str
) -> None:
    told = numbers(value("cases", "440100", now, before, coverage), FLAT)
    assert sentence(told, OWN, "zh") == zh
    assert sentence(told, OWN, "en") == en


@pytest.mark.parametrize(
    ("below", "zh", "en"),
    [
        (
            (3.0, 9.0),
            "事件最高为天河区（9件），最低为海珠区（3件）。",
            "Cases is highest in Tianhe (9) and lowest in Haizhu (3).",
        ),
        ((0.0, 0.0), "各区域事件均为0件。", "Cases is 0 in every region."),
        (
            (None, 9.0),
            "事件仅天河区（9件）有数据。（1个区域无数据）",
            "Cases: Tianhe (9) alone has data. (no data of 1 region)",
        ),
    ],
)
def test_of_several_regions_the_most_and_the_least_are_named(
    below: tuple[float | None, float | None], zh: str, en: str
) -> None:
    told = numbers(value("cases", "440100", 12.0), FLAT, below)
    assert (sentence(told, BELOW, "zh"), sentence(told, BELOW, "en")) == (zh, en)


def test_shares_change_by_percentage_points_and_a_template_of_the_file_is_taken() -> None:
    told = numbers(value("cases", "440100", 1.0), value("share", "440100", 81.5, 80.0))
    asked = ReportSentence(
        view="own", of="share", zh="{name}达{value}（{change}）。", en="{value} were closed: {change}."
    )
    assert sentence(told, asked, "zh") == "办结比达81.5%（较前一日上升1.5个百分点）。"
    assert sentence(told, asked, "en") == "81.5% were closed: up 1.5 percentage points from the day before."


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ("万人次", "5万人次", "5 10⁴ trips"),
        ("件", "5件", "5"),
        ("µg/m³", "5µg/m³", "5 µg/m³"),
        ("%", "5%", "5%"),
        ("", "5", "5"),
    ],
)
def test_a_unit_is_told_in_the_language(unit: str, zh: str, en: str) -> None:
    one = indicator("x", "某", "X", unit, 0)
    assert (measured(5.0, one, "zh"), measured(5.0, one, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("unit", "now", "before", "told"),
    [
        ("℃", 17.3, 17.6, "较前一日下降0.3℃"),
        ("dB(A)", 56.0, 55.0, "较前一日上升1.0dB(A)"),
        ("m", -1.3, -1.4, "较前一日上升0.1m"),
        ("m", 1.5, 1.0, "较前一日上升50.0%"),
    ],
)
def test_what_has_no_ratios_changes_by_its_unit(unit: str, now: float, before: float, told: str) -> None:
    assert changed(indicator("x", "某", "X", unit, 1), now, before, "前一日", "zh") == told


NUMBERS = st.floats(-1e9, 1e9)


@given(NUMBERS, NUMBERS, st.sampled_from([CASES, SHARE]))
def test_a_change_is_one_of_what_is_shown(now: float, before: float, one: SnapshotIndicator) -> None:
    told = changed(one, now, before, "前一日", "zh")
    if figure(now, one.decimals) == figure(before, one.decimals):
        assert told == "与前一日持平"
    else:
        assert ("上升" in told) == (now > before)
        assert ("下降" in told) == (now < before)


@given(st.floats(-0.4, 0.4))
def test_no_zero_is_negative(told: float) -> None:
    assert figure(told, 0) == "0"
