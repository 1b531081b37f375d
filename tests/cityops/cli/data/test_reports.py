"""`cityops reports`: made, listed and written into a file at the command line."""

import json
from datetime import timedelta
from pathlib import Path

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops.reference import reports
from factories import verbs
from factories.world import World


def test_a_report_is_made_listed_and_written(world: World, migrated_database: str, tmp_path: Path) -> None:
    day = Grain.DAY.shifted(Grain.DAY.floor(world.now), -2)
    world.case("reported", at=day + timedelta(hours=3))

    def run(*words: str) -> str:
        answer = verbs.run("reports", *words, database_url=migrated_database)
        return f"{answer.stdout}{answer.exception or ''}"

    made = ("make", "daily", "--day", f"{day.astimezone(CITY_ZONE):%Y-%m-%d}", "--region", "440106")
    assert "report 1, edition 1, was made" in run(*made)
    assert "was made before, and no number has changed" in run(*made)
    assert "did you mean 'daily'?" in run("make", "dayly", "--day", "2026-11-26")
    [row] = json.loads(run("list", "--json"))["rows"]
    assert (row["kind"], row["region"], row["edition"]) == ("daily", "440106", 1)
    file = tmp_path / "daily.html"
    assert "is in" in run("show", "1", str(file))
    assert "事件上报数为1件" in file.read_text(encoding="utf-8")


def test_what_is_wrong_with_a_folder_of_reports_is_named(tmp_path: Path) -> None:
    assert verbs.run("reports", "lint").stdout == "3 reports; nothing is wrong\n"
    shipped = (reports.SHIPPED / "storm.yaml").read_text(encoding="utf-8")
    (tmp_path / "storm.yaml").write_text(shipped.replace("shelters_open", "shelter_open"), encoding="utf-8")
    said = str(verbs.run("reports", "lint", str(tmp_path)).exception)
    assert said.startswith(f"{tmp_path}/storm.yaml:")
    assert said.endswith("unknown 'shelter_open', did you mean 'shelters_open'?")
