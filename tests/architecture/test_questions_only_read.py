"""A route that answers GET is given nothing that writes: neither `Writes` nor the store's `writing`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROUTES = Path(__file__).parents[2] / "src/cityops/api"
WRITING = {"Writes", "writing"}


def questions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions that answer GET."""
    for file in sorted(ROUTES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and answers_get(node):
                yield file, node


def answers_get(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function is the route of a question."""
    return any(ast.unparse(one).startswith("router.get(") for one in function.decorator_list)


QUESTIONS = [pytest.param(*one, id=f"{one[0].name}:{one[1].name}") for one in questions()]


def test_there_are_questions() -> None:
    assert len(QUESTIONS) > 20


@pytest.mark.parametrize(("file", "function"), QUESTIONS)
def test_a_question_only_reads(file: Path, function: ast.FunctionDef) -> None:
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    assert not named & WRITING, f"{file.name}:{function.lineno} {function.name} answers GET: take `Reads`"
