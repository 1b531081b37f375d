"""The verb `cityops calendar`: a year as it is known, and files of notices that are taken whole or not at all."""

import json
from pathlib import Path

from cityops.store.engine import connect
from factories.verbs import run, sentence

HEADER = "day,kind,name,source\n"


def shown(database_url: str, year: int) -> dict[str, tuple[str, str]]:
    """Return kind and source of the days that are listed for a year."""
    rows = json.loads(run("calendar", "show", str(year), "--json", database_url=database_url).stdout)["rows"]
    return {row["day"]: (row["kind"], row["source"]) for row in rows}


def test_a_year_is_shown_with_its_holidays_and_make_up_days_and_how_it_is_known(migrated_database: str) -> None:
    days = shown(migrated_database, 2026)
    assert days["2026-02-14"] == ("make_up_day", "holidays")
    assert days["2026-02-17"] == ("holiday", "holidays")
    assert len(days) == 28
    told = run("calendar", "show", "2026", database_url=migrated_database).stdout
    assert told.startswith("2026, as published, known to the library holidays; as of 20")
    assert "春节" in told


def test_a_year_without_a_notice_says_that_it_is_provisional(migrated_database: str) -> None:
    assert set(shown(migrated_database, 2027).values()) == {("holiday", "provisional")}
    told = run("calendar", "show", "2027", database_url=migrated_database).stdout
    assert told.startswith("2027, provisional: no notice is known yet")


def test_a_file_is_loaded_and_shown_with_its_source(migrated_database: str, tmp_path: Path) -> None:
    file = tmp_path / "2026.csv"
    file.write_text(
        HEADER + "2026-09-24,off,停工,穗府〔2026〕1号\n2026-09-26,working,,穗府〔2026〕1号\n", encoding="utf-8"
    )
    result = run("calendar", "import", str(file), database_url=migrated_database)
    assert result.exit_code == 0
    assert result.stdout == "2 days are loaded; 2 are another than before, 0 running deadlines have moved\n"
    days = shown(migrated_database, 2026)
    assert days["2026-09-24"] == ("holiday", "穗府〔2026〕1号")
    assert days["2026-09-26"] == ("make_up_day", "穗府〔2026〕1号")
    again = run("calendar", "import", "-", typed=file.read_text(encoding="utf-8"), database_url=migrated_database)
    assert again.stdout.startswith("2 days are loaded; 0 are another than before")


def test_a_file_with_faults_changes_nothing_and_every_fault_is_told(migrated_database: str, tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(HEADER + "2027-02-06,off,春节,通知\n2027-02-30,off,,通知\n", encoding="utf-8")
    result = run("calendar", "import", str(file), "--year", "2027", database_url=migrated_database)
    assert result.exit_code == 1
    told = sentence(result)
    assert "the calendar stays as it was, for the file has 13 faults" in told
    assert "line 3: day: '2027-02-30' is no day; write it like 2027-02-06" in told
    assert "2027-10-01 国庆节 is a holiday by law, and not off; add it as off" in told
    with connect(migrated_database, "test") as connection:
        counts = connection.execute("SELECT (SELECT count(*) FROM calendar_day), (SELECT count(*) FROM audit)")
        assert counts.fetchall() == [(0, 0)]
    assert "2027-02-06" in shown(migrated_database, 2027)


def test_a_file_that_is_not_there_is_told(migrated_database: str, tmp_path: Path) -> None:
    result = run("calendar", "import", str(tmp_path / "none.csv"), database_url=migrated_database)
    assert result.exit_code == 1
    assert "none.csv cannot be read (No such file or directory)" in sentence(result)
