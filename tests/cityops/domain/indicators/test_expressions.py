"""Expressions: the four operations over named inputs, and nothing else that Python would do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.expressions import ExpressionError, evaluate, names

CHANGE = "(now - before) / before * 100"


def test_a_change_in_percent() -> None:
    assert names(CHANGE) == {"now", "before"}
    assert evaluate(CHANGE, {"now": 110.0, "before": 100.0}) == pytest.approx(10)
    assert evaluate("-a + 2", {"a": 3.0}) == -1


@pytest.mark.parametrize("before", [0.0, None])
def test_without_a_base_there_is_no_value(before: float | None) -> None:
    assert evaluate(CHANGE, {"now": 1.0, "before": before}) is None


def test_what_is_out_of_all_bounds_is_no_value() -> None:
    assert evaluate("a * a", {"a": 1e300}) is None


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "a ** 9 ** 9",
            "__import__('os')",
            "a.b",
            "a if b else c",
            "'x'",
            "True",
            "a; b",
            "",
            "a +",
            "[a]",
            "not a",
        ),
        *("1j", "(" * 300 + "a" + ")" * 300, "-" * 199 + "a" * 2, "a < b", "lambda: a"),
    ],
)
def test_anything_else_is_refused_with_what_it_is(expression: str) -> None:
    with pytest.raises(ExpressionError, match=r"neither|no number|another sign|cannot be read|longer"):
        names(expression)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        found = evaluate(text, dict.fromkeys(names(text), 1.5))
    except ExpressionError:
        return
    assert found is None or isinstance(found, float)
