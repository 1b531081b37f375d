"""Sizes and docstrings of our own modules: small enough to read, each opening with what it is for."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "ingest", "dashboards", "migrations", "bench", "tests", "docs")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
MODULE_LINES = 400
FUNCTION_LINES = 50

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))


@each_module
def test_a_module_opens_with_a_sentence_and_is_short(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MODULE_LINES, f"split {module.name}: over {MODULE_LINES} lines"
    assert ast.get_docstring(ast.parse(text)), f"{module.name} does not say what it is for"


@each_module
def test_functions_are_short(module: Path) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long = {f.name: size for f in functions if (size := (f.end_lineno or f.lineno) - f.lineno + 1) > FUNCTION_LINES}
    assert long == {}
