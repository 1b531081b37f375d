"""Pushed indicators: each declared one has values that the ingest takes, parts agree with the whole, none changes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from cityops import reference
from cityops.domain.indicators.measures import Aggregation, Pushed
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.reference import themes
from cityops.simulate.indicators.pushes import PAST, PushedIndicators
from cityops.simulate.indicators.shapes import SHAPES
from cityops.simulate.messages import Message
from cityops_ingest.decode.indicators import IndicatorWords, decode
from cityops_ingest.decode.items import Refusal

NOW = datetime(2026, 11, 28, 3, 20, tzinfo=UTC)
DECLARED = {code: one for code, one in themes.shipped().indicators.items() if isinstance(one.measure, Pushed)}
WORDS = IndicatorWords(DECLARED, frozenset(one.code for one in reference.regions()))


def pushed(codes: Iterable[str] = DECLARED, now: datetime = NOW) -> PushedIndicators:
    return PushedIndicators({code: DECLARED[code] for code in codes}, 20, int(now.timestamp() * 1000))


def reports(messages: Iterable[Message], now: datetime = NOW) -> list[IndicatorReport]:
    found = [one for m in messages for one in decode(m.payload, m.topic.split("/")[3], now, WORDS)]
    assert [one for one in found if isinstance(one, Refusal)] == []
    return [one[1] for one in found if not isinstance(one, Refusal)]


@pytest.fixture(scope="module")
def past() -> list[IndicatorReport]:
    """Give all that is sent of the past."""
    return reports(pushed().past())


def test_every_pushed_indicator_has_a_past_that_the_ingest_takes(past: list[IndicatorReport]) -> None:
    first = dict.fromkeys(DECLARED, NOW)
    for one in past:
        first[one.indicator_code] = min(first[one.indicator_code], one.period_start)
    late = [code for code, at in first.items() if NOW - at < PAST[DECLARED[code].period] - timedelta(days=31)]
    assert late == []
    assert set(SHAPES) <= set(DECLARED)


def test_a_whole_is_the_sum_of_its_parts(past: list[IndicatorReport]) -> None:
    parts, whole = defaultdict[tuple[object, ...], float](float), dict[tuple[object, ...], float]()
    for one in past:
        declared = DECLARED[one.indicator_code]
        said = one.denominator if declared.folds is Aggregation.RATIO else one.value
        if said is None or not (declared.adds_over.over_regions or declared.folds is Aggregation.RATIO):
            continue
        key = one.indicator_code, one.period_start, one.revision
        if one.region_code == reference.CITY_CODE:
            whole[key] = said
        else:
            parts[key] += said
    assert len(parts) > 1000
    assert {key for key, value in parts.items() if abs(whole[key] - value) > 1e-6} == set()


def test_values_lie_about_what_is_usual(past: list[IndicatorReport]) -> None:
    city = defaultdict(list)
    for one in past:
        is_whole = one.revision >= max(DECLARED[one.indicator_code].period.interval.length // timedelta(hours=1), 1)
        if one.region_code == reference.CITY_CODE and one.value is not None and is_whole:
            city[one.indicator_code].append(one.value)
    far = []
    for code, values in city.items():
        low, high = DECLARED[code].usual or (0, 0)
        middle = sorted(values)[len(values) // 2]
        if not low - 0.1 * (high - low) <= middle <= high + 0.1 * (high - low):
            far.append((code, middle))
    assert far == []


def test_some_are_corrected_with_a_reason(past: list[IndicatorReport]) -> None:
    corrected = [one for one in past if one.reason]
    assert 0.005 < len(corrected) / len(past) < 0.05
    assert all(one.by for one in corrected)


def test_a_running_day_grows_step_by_step_and_ends_where_the_past_has_it() -> None:
    codes, begin = ["water_supplied"], datetime(2026, 11, 20, 16, tzinfo=UTC)
    live, told = pushed(codes, begin), dict[int, float]()
    for quarter in range(1, 97):
        now = begin + timedelta(minutes=15 * quarter + 20)
        for one in reports(live.due(int(now.timestamp() * 1000)), now):
            if one.region_code == reference.CITY_CODE and one.period_start == begin and one.value is not None:
                told[one.revision] = one.value
    assert sorted(told) == list(range(min(told), 97))
    assert list(told.values()) == sorted(told.values())
    [last] = [
        one.value
        for one in reports(pushed(codes).past())
        if (one.period_start, one.region_code, one.revision) == (begin, reference.CITY_CODE, 96)
    ]
    assert told[96] == last


def test_what_is_kept_is_not_sent_again() -> None:
    kept = {code: NOW - timedelta(hours=2) for code in DECLARED}
    again = PushedIndicators(DECLARED, 20, int(NOW.timestamp() * 1000), kept)
    assert sum(one.values for one in again.past()) < 5_000
