"""Expressions of derived indicators: `+ - * /`, brackets, numbers and names of inputs, and nothing else of Python."""

import ast
import operator
from collections.abc import Callable, Mapping
from math import isfinite

LONGEST = 200
"""Characters of an expression: a ratio of sums has some thirty."""

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class ExpressionError(ValueError):
    """It is no expression of this kind; the message says what in it is not."""


def names(expression: str) -> set[str]:
    """Return the inputs that an expression names.

    Raises
    ------
    ExpressionError
        It holds something else than is known here.
    """
    return {one.id for one in ast.walk(_parsed(expression)) if isinstance(one, ast.Name)}


def evaluate(expression: str, inputs: Mapping[str, float | None]) -> float | None:
    """Return the value; None where an input is missing, something is divided by 0, or it is out of all bounds."""
    named = {name: inputs[name] for name in names(expression)}
    known = {name: one for name, one in named.items() if one is not None}
    if len(known) < len(named):
        return None
    try:
        found = _value(_parsed(expression), known)
    except (ZeroDivisionError, OverflowError):
        return None
    return found if isfinite(found) else None


def _parsed(expression: str) -> ast.expr:
    if len(expression) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"'{expression}' cannot be read; write it like (a - b) / b * 100") from error
    for one in ast.walk(tree):
        _check(one)
    return tree


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.BinOp) and type(node.op) not in _OPERATORS:
        raise ExpressionError(f"'{ast.unparse(node)}' has another sign than + - * /")
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub):
        raise ExpressionError(f"'{ast.unparse(node)}' has another sign than + - * /")
    if isinstance(node, ast.Constant) and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
        raise ExpressionError(f"'{ast.unparse(node)}' is no number")
    known = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.operator, ast.unaryop, ast.expr_context)
    if not isinstance(node, known):
        raise ExpressionError(f"'{ast.unparse(node)}' is neither a number, an input, nor + - * / of such")


def _value(node: ast.expr, inputs: Mapping[str, float]) -> float:
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, inputs), _value(node.right, inputs))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, inputs)
    if isinstance(node, ast.Name):
        return inputs[node.id]
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    return float(node.value)
