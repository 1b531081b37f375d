"""`cityops standards`: from the examples over a file of one's own to the set in force; faults refuse it whole."""

import csv
from pathlib import Path

import psycopg
from typer.testing import Result

from cityops import reference
from factories import verbs


def run(url: str, *words: str) -> Result:
    return verbs.run("standards", *words, database_url=url)


def test_the_examples_are_exported_changed_and_put_in_force(
    database_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    exported = run(database_url, "export", str(file))
    assert "these are examples" in exported.stderr
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len(reference.case_standards())
    assert run(database_url, "check", str(file)).stdout == f"{len(rows)} standards of 25 classes; nothing is wrong\n"

    for row in rows:
        row |= {"is_example": "no", "version": "2"}
    write(file, rows)
    assert run(database_url, "import", str(file)).stdout == f"{len(rows)} added, 0 unchanged, 0 withdrawn\n"
    listed = run(database_url, "list", "--class", "road_ponding")
    assert "2 hours by the clock" in listed.stdout
    assert "examples" not in listed.stderr
    assert (
        run(database_url, "list", "--class", "road_ponding", "--all-versions", "--json").stdout.count('"version"')
        == 6
    )
    assert database.execute("SELECT action FROM audit").fetchall() == [("standard:import",)]


def test_a_file_with_faults_is_refused_with_each_of_them(
    database_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    run(database_url, "export", str(file))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rows[0]["unit"], rows[1]["limit_amount"] = "village", "0"
    write(file, rows)
    for verb in ("check", "import"):
        told = verbs.sentence(run(database_url, verb, str(file)))
        assert "line 2, illegal_building-rising: unit: 'village' names no unit; write district, street" in told
        assert "line 3, illegal_building-standing: limit_amount: '0' is not a number from 1 to 1000" in told
        assert "nothing was changed" in told
    assert database.execute("SELECT count(*) FROM case_standard WHERE version = 1").fetchall() == [(len(rows),)]


def test_a_file_that_cannot_be_read_is_named(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    assert f"there is no file {file}" in verbs.sentence(run(database_url, "check", str(file)))
    file.write_bytes("code\n井盖".encode("gb18030"))
    assert "line 2 is not UTF-8: save it as CSV UTF-8" in verbs.sentence(run(database_url, "check", str(file)))
    with file.open("wb") as output:
        output.truncate(20_000_000)
    assert "has 20,000,000 bytes, more than 10,000,000" in verbs.sentence(run(database_url, "check", str(file)))


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.DictWriter(output, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
