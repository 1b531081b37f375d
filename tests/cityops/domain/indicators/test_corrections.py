"""Corrections as data: a stale one changes nothing, nor does their order, and an ended one leaves the raw value."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.indicators.conflicts import beside, chosen, difference
from cityops.domain.indicators.corrections import (
    CorrectionError,
    CorrectionInForce,
    NewCorrection,
    NotOursError,
    check_new,
    check_over,
    corrected,
)
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.folding import fold
from cityops.domain.indicators.marks import CorrectionAction, CorrectionStatus, ValueMark
from cityops.domain.indicators.measures import Aggregation
from cityops.domain.indicators.revisions import KeptValue
from cityops.reference import themes

DAY, T0 = timedelta(days=1), datetime(2026, 11, 1, tzinfo=UTC)
A = CorrectionAction
SAID = KeptValue("440106", T0, T0 + DAY, "water-supply", 600.0, None, None, 0, None, 1, 0, T0 + DAY)
EVERY = indicators([], {}, themes.shipped().themes)


def one(
    number: int = 1, action: CorrectionAction = A.SCALE, amount: float | None = 0.1, **more: object
) -> CorrectionInForce:
    told: dict[str, object] = {
        "indicator_code": "water_supplied",
        "region_code": None,
        "source_system_code": None,
        "period_start": T0,
        "period_end": T0 + 30 * DAY,
        "expected_low": 600.0,
        "expected_high": 600.0,
        "reason": "单位错误",
        **more,
    }
    return CorrectionInForce(action=action, amount=amount, id=number, **told)  # type: ignore[arg-type]  # several types


_numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def _several(draw: st.DrawFn) -> list[CorrectionInForce]:
    made = []
    for number in range(draw(st.integers(1, 5))):
        action = draw(st.sampled_from(list(A)))
        amount = draw(_numbers) if action in {A.OVERRIDE, A.SCALE} else None
        low, high = sorted((draw(_numbers), draw(_numbers)))
        region = draw(st.sampled_from([None, "440106", "440105"]))
        source = draw(st.sampled_from([None, "water-supply", "data-exchange"]))
        told = {"region_code": region, "source_system_code": source, "expected_low": low, "expected_high": high}
        made.append(one(number, action, amount, **told))
    return made


@given(_several(), st.randoms(use_true_random=False), _numbers)
def test_their_order_changes_nothing(found: list[CorrectionInForce], random: object, value: float) -> None:
    said = SAID._replace(value=value)
    mixed = list(found)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert corrected([said], found) == corrected([said], mixed)


@given(_several(), _numbers)
def test_a_stale_one_changes_nothing_and_says_so(found: list[CorrectionInForce], value: float) -> None:
    stale = [each for each in found if not each.is_expected(value)]
    [told] = corrected([SAID._replace(value=value)], stale)
    assert (told.value, told.mark, told.corrections) == (value, None, ())
    assert set(told.stale) == {each.id for each in stale if each.is_about(SAID)}


@given(_several(), _numbers)
def test_without_corrections_the_raw_value_is_back(found: list[CorrectionInForce], value: float) -> None:
    said = SAID._replace(value=value)
    corrected([said], found)
    assert corrected([said], []) == [said]


@pytest.mark.parametrize(
    ("correction", "value", "mark"),
    [
        (one(action=A.SCALE, amount=0.1), 60.0, ValueMark.CORRECTED),
        (one(action=A.OVERRIDE, amount=612.5), 612.5, ValueMark.CORRECTED),
        (one(action=A.DROP, amount=None), None, ValueMark.CORRECTED),
        (one(action=A.FLAG, amount=None), 600.0, ValueMark.FLAGGED),
    ],
)
def test_what_each_action_does(correction: CorrectionInForce, value: float | None, mark: str) -> None:
    [told] = corrected([SAID], [correction])
    assert (told.value, told.mark, told.corrections, told.stale) == (value, mark, (1,), ())


def test_one_of_another_region_source_or_time_is_not_about_a_value() -> None:
    others = [
        one(region_code="440105"),
        one(source_system_code="data-exchange"),
        one(period_start=T0 + DAY),
        one(period_end=T0 + DAY / 2),
    ]
    assert corrected([SAID], others) == [SAID]


def test_a_ratio_follows_in_its_numerator_so_that_sums_over_regions_are_right() -> None:
    said = SAID._replace(value=50.0, numerator=5.0, denominator=10.0)
    override = one(action=A.OVERRIDE, amount=80.0, expected_low=50.0, expected_high=50.0)
    [told] = corrected([said], [override], scale=100)
    other = said._replace(region_code="440105", value=100.0, numerator=10.0)
    cells = [chosen([each], ("water-supply",)) for each in (told, other)]
    cell = fold([each for each in cells if each], Aggregation.RATIO, 100, None, 2)
    assert (cell.value, cell.numerator, cell.denominator) == (90.0, 18.0, 20.0)
    assert (cell.mark, cell.corrections) == (ValueMark.CORRECTED, (1,))


def test_what_is_dropped_gives_way_to_the_next_source_and_leaves_its_mark() -> None:
    order = ("water-supply", "data-exchange")
    other = SAID._replace(source="data-exchange", value=570.0)
    said = [other, SAID]
    shown = corrected(said, [one(action=A.DROP, amount=None, source_system_code="water-supply")])
    cell = chosen(shown, order)
    assert cell is not None
    assert (cell.value, cell.corrections, cell.mark) == (570.0, (1,), ValueMark.CORRECTED)
    [row] = beside(said, shown, order)
    assert [each.said.source for each in row.values] == list(order)
    assert (row.winner, row.absolute, row.relative) == ("data-exchange", 30.0, 0.05)
    assert row.differs(0.01)
    assert not row.differs(0.05)
    assert chosen([SAID, other], order) == chosen([other, SAID], order)


@given(st.lists(_numbers, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_a_difference_is_of_no_order_and_none_of_equal_values(values: list[float], random: object) -> None:
    told = difference(values)
    random.shuffle(values)  # type: ignore[attr-defined]
    assert difference(values) == told
    assert difference([values[0], values[0]]) == (0.0, 0.0)
    assert difference(values[:1]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"indicator_code": "nothing"}, "there is no nothing"),
        ({"indicator_code": "gdp_growth"}, "correct what it is made of: gdp"),
        ({"source_system_code": "gas-dispatch"}, "it comes from water-supply and data-exchange"),
        ({"period_end": T0}, "begins before it ends"),
        ({"expected_high": 1.0}, "less than expected_low"),
        ({"amount": None}, "scale needs"),
        ({"action": A.DROP}, "drop has none"),
        ({"amount": 1.0}, "repairs nothing"),
        ({"amount": 10.0}, "lies between 0 and 1500"),
        ({"expires_at": T0}, "has passed"),
    ],
)
def test_what_could_never_do_what_it_says_is_refused(changed: dict[str, object], words: str) -> None:
    told = {name: getattr(one(), name) for name in NewCorrection.__dataclass_fields__} | changed
    with pytest.raises(CorrectionError, match=words):
        check_new(NewCorrection(**told), EVERY.get(str(told["indicator_code"])), T0 + DAY)
    check_new(one(), EVERY["water_supplied"], T0)


def test_whose_values_one_may_correct() -> None:
    check_over(WHOLE_CITY, None, "water")
    check_over(Scope(ScopeKind.DEPARTMENTS, frozenset({"water"})), None, "water")
    haizhu = Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))
    check_over(haizhu, "440105", "water")
    for scope, region in (
        (haizhu, "440106"),
        (haizhu, None),
        (haizhu, "440100"),
        (Scope(ScopeKind.DEPARTMENTS, frozenset({"gas_group"})), "440105"),
    ):
        with pytest.raises(NotOursError):
            check_over(scope, region, "water")


def test_a_status_goes_forward_alone_and_not_beyond_an_end() -> None:
    status = CorrectionStatus
    assert status.OPEN.may_become(status.REPORTED)
    assert status.REPORTED.may_become(status.WITHDRAWN)
    assert not status.ACKNOWLEDGED.may_become(status.REPORTED)
    assert not status.FIXED_UPSTREAM.may_become(status.WITHDRAWN)
    assert not status.OPEN.may_become(status.OPEN)
