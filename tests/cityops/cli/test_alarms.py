"""The verb `cityops alarms`, run as an administrator runs it: rules out, edited, checked, in again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cityops.cli.main import app
from cityops.errors import CityopsError
from cityops.settings import settings


def run(database_url: str, *words: str) -> Result:
    settings.cache_clear()  # they are read once per process, and each test has a database of its own
    try:
        return CliRunner().invoke(app, ("alarms", "rules", *words), env={"CITYOPS_DATABASE_URL": database_url})
    finally:
        settings.cache_clear()


def test_rules_go_out_are_edited_and_come_in(migrated_database: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.csv"
    assert run(migrated_database, "export", str(file)).stdout == f"28 rules: {file}\n"
    assert run(migrated_database, "import", str(file)).stdout == "0 added; 0 changed; 0 retired; 28 unchanged\n"
    text = file.read_text(encoding="utf-8-sig")
    file.write_text(text.replace(",道路积水,", ",积水,"), encoding="utf-8-sig")
    expected = "0 added; 1 changed (water_depth); 0 retired; 27 unchanged\n"
    assert run(migrated_database, "check", str(file)).stdout == f"{file} would do: {expected}"
    assert run(migrated_database, "import", str(file)).stdout == expected
    assert "set version 2 at" in str(run(migrated_database, "import", str(file)).exception)  # the file has version 1
    listed = json.loads(run(migrated_database, "list", "--json").stdout)["rows"]
    assert {row["rule"]: row["version"] for row in listed}["water_depth"] == 2
    assert run(migrated_database, "export").stdout.splitlines()[0] == text.splitlines()[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"code\n\xff\n", "line 2 is not UTF-8"),
        (b"code\ndepth\n", "the first line must name the columns"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_bad_file_is_refused_with_what_is_wrong(
    migrated_database: str, tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "rules.csv"
    if content is not None:
        file.write_bytes(content)
    for verb in ("check", "import"):
        refused = run(migrated_database, verb, str(file))
        assert isinstance(refused.exception, CityopsError)
        assert told in str(refused.exception)
