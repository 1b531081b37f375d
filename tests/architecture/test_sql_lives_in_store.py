"""SQL stands in `cityops.store` (and frozen in the migrations): elsewhere no statement is written or run."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("src/cityops", "ingest/cityops_ingest", "dashboards/cityops_dashboards")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if not path.is_relative_to(ROOT / "src/cityops/store")
)
ALLOWED = {
    # Makes the embedded server's database and extension before there is a schema to store anything in.
    ROOT / "src/cityops/local/database.py",
}
CALLS = {"execute", "executemany", "select", "text", "insert", "update", "delete"}
STATEMENT = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|COPY\s+\(?\w|WITH\s+\w+\s+AS\s*\(|"
    r"CREATE\s+(TABLE|INDEX|EXTENSION|DATABASE|FUNCTION)|ALTER\s+(TABLE|DATABASE|EXTENSION)|DROP\s+\w+|TRUNCATE\s)",
    re.DOTALL,
)
"""Keywords in capitals, as the store writes them; what runs a statement in small letters is found by its call."""


def sql_in(source: str) -> list[str]:
    """Return what in a module's source writes or runs SQL."""
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
    }
    found = [f"sqlalchemy's {name}" for name in sorted(names & CALLS)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in {"execute", "executemany"}:
                found.append(f"line {node.lineno}: .{node.func.attr}()")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.match(node.value):
            found.append(f"line {node.lineno}: {node.value.strip()[:40]!r}")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(ROOT)))
def test_no_sql_outside_of_the_store(module: Path) -> None:
    found = sql_in(module.read_text(encoding="utf-8"))
    assert bool(found) == (module in ALLOWED), found


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import select",
        "connection.execute(query)",
        "QUERY = 'SELECT a FROM b'",
        "QUERY = '''\n  INSERT INTO t VALUES (1)'''",
        "QUERY = f'DELETE FROM {table}'",
    ],
)
def test_the_search_finds_sql(source: str) -> None:
    assert sql_in(source)


@pytest.mark.parametrize("source", ["'Select a district from the map'.upper()", "d.update(x)", "options.select(1)"])
def test_the_search_leaves_plain_words_alone(source: str) -> None:
    assert sql_in(source) == []
