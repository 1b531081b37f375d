"""`cityops roster`: a file is taken line by line with a report, listed with masked numbers, and audited."""

import json
from pathlib import Path

import psycopg

from cityops.domain.modes.roster import COLUMNS
from factories import verbs

HEAD = ",".join(COLUMNS)
SOUND = "440100,值班长,1,张三,13812341234,2030-11-28 08:00,2030-11-28 20:00,normal alert"


def test_sound_lines_are_taken_and_each_is_told(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(f"\ufeff{HEAD}\n{SOUND}\n{SOUND.replace('440100', '440106013')}\n", encoding="utf-8")
    told = verbs.run("roster", "import", str(file), "--json", database_url=database_url)
    assert told.exit_code == 1
    assert "1 of 2 lines were refused" in str(told.exception)
    rows = json.loads(told.stdout)["rows"]
    assert [(row["line"], row["outcome"]) for row in rows] == [(2, "added"), (3, "refused")]
    assert "is not the city or a district" in rows[1]["why"]
    file.write_text(f"{HEAD}\n{SOUND.replace('张三', '李四')}\n", encoding="utf-8")
    again = verbs.run("roster", "import", str(file), database_url=database_url)
    assert (again.exit_code, "changed" in again.stdout) == (0, True)
    [row] = json.loads(verbs.run("roster", "list", "--json", database_url=database_url).stdout)["rows"]
    assert (row["person"], row["phone"], row["modes"]) == ("李四", "138****1234", "alert normal")
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        kept = connection.execute("SELECT person, removed_at IS NULL FROM duty ORDER BY id").fetchall()
        assert kept == [("张三", False), ("李四", True)]
        details = connection.execute("SELECT detail::text FROM audit WHERE action = 'roster:import'").fetchall()
    assert len(details) == 2
    assert "李四" in details[1][0]
    assert not any("13812341234" in one for (one,) in details)


def test_a_file_that_is_none_is_refused_with_a_sentence(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("name,phone\n", encoding="utf-8")
    told = verbs.run("roster", "import", str(file), database_url=database_url)
    assert (told.exit_code, "does not name region_code" in str(told.exception)) == (1, True)
