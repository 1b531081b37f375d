"""The verb `cityops indicators`: what is declared, what is wrong with it, and its schema."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cityops.cli.main import app
from cityops.errors import CityopsError
from cityops.reference import themes


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["indicators", *arguments])


def test_the_list_has_what_files_declare_and_every_metric() -> None:
    rows = {row["code"]: row for row in json.loads(run("list", "--json").stdout)["rows"]}
    assert (rows["residents"]["kind"], rows["residents"]["additive_over"]) == ("pushed", "region")
    assert (rows["pm25"]["kind"], rows["pm25"]["theme"], rows["pm25"]["owner"]) == ("readings", "ecology", "ecology")


def test_an_indicator_is_shown_whole_and_one_that_is_not_there_with_what_was_meant() -> None:
    shown = json.loads(run("show", "power_used_ytd").stdout)
    assert shown["measure"] == {"kind": "cumulative", "of": "power_used", "grain_to_date": "year"}
    assert json.loads(run("show", "pm25").stdout)["valid_max"] == 1000
    failed = run("show", "power_usd").exception
    assert isinstance(failed, CityopsError)
    assert "did you mean 'power_used'?" in str(failed)


def test_what_is_shipped_is_not_wrong_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    assert run("lint").stdout.endswith("nothing is wrong\n")
    (tmp_path / "water.yaml").write_text("version: 1\nversion: 1\n", encoding="utf-8")
    failed = run("lint", str(tmp_path)).exception
    assert str(failed).endswith("water.yaml:2:1 version: stands in line 1 already")


def test_the_shipped_schema_is_the_one_that_is_written() -> None:
    shipped = (themes.SHIPPED / "theme.schema.json").read_text(encoding="utf-8")
    assert run("schema").stdout == shipped, "cityops indicators schema > …/indicators/theme.schema.json"
    signs = (themes.SHIPPED / "vital_signs.schema.json").read_text(encoding="utf-8")
    assert run("schema", "--vital-signs").stdout == signs, "cityops indicators schema --vital-signs > …"
    made = json.loads(shipped)
    declared = made["$defs"]["IndicatorDeclaration"]["properties"]
    assert "water" in declared["owner"]["enum"]
    assert declared["cadence"]["pattern"] == r"^(\d+)(min|h|d)$"


@pytest.mark.parametrize("verb", ["list", "show", "lint", "schema"])
def test_each_verb_tells_what_it_does(verb: str) -> None:
    assert run(verb, "--help").exit_code == 0
