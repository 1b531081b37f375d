"""Decoding of values of indicators: what is taken, and each reason for which one is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.indicators.revisions import TEXT_LIMIT, IndicatorReport
from cityops.domain.rejects import Reason
from cityops.reference import themes
from cityops_ingest.decode.indicators import IndicatorWords, decode
from cityops_ingest.decode.items import Refusal

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
WORDS = IndicatorWords(themes.shipped().indicators, frozenset(region.code for region in reference.regions()))
RATE = {"indicator": "orders_on_time", "region": "440106", "start": "2026-11-22T00:00:00+08:00", "numerator": 3}
RATE |= {"denominator": 4}
DAY = {"indicator": "orders_transferred", "region": "440100", "start": "2026-11-23T00:00:00+08:00", "value": 41}


def decoded(item: Any, source: str = "hotline-stats") -> IndicatorReport | Refusal:
    [found] = decode(json.dumps(item).encode(), source, NOW, WORDS)
    return found if isinstance(found, Refusal) else found[1]


def test_a_ratio_follows_from_its_parts_and_a_days_value_is_taken_while_it_runs() -> None:
    rate, day = decoded(RATE), decoded(DAY)
    assert isinstance(rate, IndicatorReport)
    assert isinstance(day, IndicatorReport)
    assert (rate.value, rate.numerator, rate.denominator, rate.definition_version) == (75, 3, 4, 1)
    assert (day.value, day.period_end.isoformat()) == (41, "2026-11-23T16:00:00+00:00")


def test_a_months_length_is_the_calendars() -> None:
    item = {"indicator": "power_used", "region": "440100", "start": "2026-02-01T00:00:00+08:00", "value": 81}
    found = decoded(item, "grid-dispatch")
    assert isinstance(found, IndicatorReport)
    assert (found.period_end - found.period_start).days == 28


@pytest.mark.parametrize(
    ("item", "reason", "detail"),
    [
        (RATE | {"value": 80}, Reason.CONFLICTING_VALUE, "value 80 is not numerator / denominator, which is 75"),
        (RATE | {"numerator": None}, Reason.WRONG_TYPE, "numerator and denominator come together"),
        (RATE | {"denominator": 0}, Reason.NOT_FINITE, "denominator = 0: send nothing"),
        (RATE | {"numerator": 9}, Reason.OUT_OF_RANGE, "orders_on_time = 225, valid 0 to 100"),
        (RATE | {"numerator": None, "denominator": None, "value": 75}, Reason.WRONG_TYPE, "is a ratio: numerator"),
        (DAY | {"value": None}, Reason.WRONG_TYPE, "no value: only a revision with a reason withdraws one"),
        (DAY | {"value": None, "revision": 1}, Reason.WRONG_TYPE, "no value"),
        (DAY | {"value": float("nan")}, Reason.NOT_FINITE, "orders_transferred = nan"),
        (DAY | {"definition": 9}, Reason.WRONG_TYPE, "definition 9 is none of 1"),
        (DAY | {"region": "990106"}, Reason.UNKNOWN_REGION, "region '990106'"),
        (
            DAY | {"region": "440106013"},
            Reason.UNKNOWN_REGION,
            "and 440106013 is a street",
        ),
        (DAY | {"start": "2026-11-24T00:00:00+08:00"}, Reason.TIME_IN_FUTURE, "ahead"),
        (DAY | {"start": "1999-11-24T00:00:00+08:00"}, Reason.TIME_TOO_OLD, "is before 2000"),
        (DAY | {"start": "2026-11-23T00:00:00Z"}, Reason.BAD_PERIOD, "begins no day, 2026-11-23T00:00:00+08:00 does"),
        (DAY | {"end": "2026-11-23T12:00:00+08:00"}, Reason.BAD_PERIOD, "ends at 2026-11-24T00:00:00+08:00"),
        (DAY | {"indicator": "orders"}, Reason.UNKNOWN_INDICATOR, "indicator 'orders'"),
        (DAY | {"indicator": "orders_share"}, Reason.UNKNOWN_INDICATOR, "is not pushed, but ratio"),
        (DAY | {"indicator": "fires"}, Reason.WRONG_SOURCE, "comes from fire-119, not from 'hotline-stats'"),
        (DAY | {"reason": "x" * (TEXT_LIMIT + 1)}, Reason.TOO_LONG, f"reason is over {TEXT_LIMIT}"),
        (DAY | {"by": "a\0"}, Reason.WRONG_TYPE, "by holds the character NUL"),
        (DAY | {"coverage": 1.2}, Reason.WRONG_TYPE, "coverage"),
    ],
)
def test_each_fault_has_its_reason(item: dict[str, Any], reason: Reason, detail: str) -> None:
    found = decoded(item)
    assert isinstance(found, Refusal)
    assert (found.reason, detail in found.detail) == (reason, True), found.detail


def test_a_value_is_withdrawn_with_a_reason() -> None:
    found = decoded(DAY | {"value": None, "revision": 2, "reason": "表计故障"})
    assert isinstance(found, IndicatorReport)
    assert (found.value, found.revision, found.reason) == (None, 2, "表计故障")


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda one: json.dumps(one).encode())
)
def test_any_bytes_are_decoded_or_refused(payload: bytes) -> None:
    assert all(isinstance(one, Refusal) for one in decode(payload, "hotline-stats", NOW, WORDS))
