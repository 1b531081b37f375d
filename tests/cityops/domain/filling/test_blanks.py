"""What is wrong with what was filled in: a count, a range, a part, a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.filling.blanks import HARD, CellFaultKind, FieldAnswer, judged, told_value
from cityops.domain.filling.forms import CellPart, FormField
from cityops.reference import themes

K, V, N, D = CellFaultKind, CellPart.VALUE, CellPart.NUMERATOR, CellPart.DENOMINATOR
VISITS, FOOD = (themes.shipped().indicators[code] for code in ("grid_visits", "food_passed"))


def kinds(answer: FieldAnswer, approved: FieldAnswer | None = None, *, ratio: bool = False) -> list[CellFaultKind]:
    asked, declared = (FormField(usual=(95, 100)), FOOD) if ratio else (FormField(usual=(300, 4000)), VISITS)
    return [one.kind for one in judged("code", asked, declared, answer, approved)]


@pytest.mark.parametrize(
    ("value", "reason", "told"),
    [
        (None, "", [K.MISSING]),
        (None, "无", [K.MISSING]),
        (1200.0, "", []),
        (300.0, "", []),
        (299.0, "", [K.UNUSUAL]),
        (299.0, "  ", [K.UNUSUAL]),
        (299.0, "台风停工", []),
        (-1.0, "x", [K.NOT_COUNTED, K.INVALID]),
        (1.5, "x", [K.NOT_COUNTED]),
        (5_000_001.0, "x", [K.INVALID]),
    ],
)
def test_a_count_is_whole_valid_and_usual_or_has_a_reason(
    value: float | None, reason: str, told: list[CellFaultKind]
) -> None:
    assert kinds(FieldAnswer({V: value}, reason)) == told


@pytest.mark.parametrize(
    ("above", "below", "told"),
    [
        (98.0, 100.0, []),
        (90.0, 100.0, [K.UNUSUAL]),
        (101.0, 100.0, [K.INVALID]),
        (1.0, 0.0, [K.PARTS]),
        (0.0, 0.0, []),
        (98.0, None, [K.MISSING]),
        (None, None, [K.MISSING, K.MISSING]),
    ],
)
def test_a_ratio_is_judged_by_what_its_parts_come_to(
    above: float | None, below: float | None, told: list[CellFaultKind]
) -> None:
    assert kinds(FieldAnswer({N: above, D: below}), ratio=True) == told


def test_a_correction_says_why_in_words_of_its_own() -> None:
    approved = FieldAnswer({V: 9000.0}, "人口普查")
    assert kinds(FieldAnswer({V: 9000.0}, "人口普查"), approved) == []
    assert kinds(FieldAnswer({V: 1200.0}, ""), approved) == [K.CHANGED]
    assert kinds(FieldAnswer({V: 1200.0}, "人口普查"), approved) == [K.CHANGED]
    assert kinds(FieldAnswer({V: 1200.0}, "多计一倍"), approved) == []


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.text(max_size=5))
def test_no_reason_makes_sound_what_cannot_be(above: int, below: int, reason: str) -> None:
    answer = FieldAnswer({N: float(above), D: float(below)}, reason)
    value = told_value(FOOD, answer)
    cannot_be = above > below if below else above > 0
    assert bool(HARD.intersection(kinds(answer, ratio=True))) == cannot_be
    assert (value is None) == (below == 0)
