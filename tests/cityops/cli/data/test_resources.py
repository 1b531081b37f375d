"""`cityops resources`: files of datasets and officers imported line by line, tried first, listed."""

import csv
import json
from pathlib import Path

import pytest

from cityops.domain.resources.datasets import COLUMNS
from cityops.domain.resources.officers import OFFICER_COLUMNS
from factories import verbs
from factories.world import World

SOUND = {
    "code": "air-1",
    "name_zh": "空气质量监测",
    "provider_code": "ecology",
    "provider_zh": "生态环境局",
    "theme": "生态环境",
    "sharing": "无条件共享",
    "cadence": "hourly",
    "rows": "1200",
    "source_system_code": "eco-air",
    "indicators": "pm25 pm10",
}


def written(file: Path, columns: tuple[str, ...], *rows: dict[str, str]) -> str:
    """Write a file as a spreadsheet does, with a byte order mark; return its path."""
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.DictWriter(target, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return str(file)


def test_sound_lines_are_taken_and_the_others_named_with_column_and_reason(
    world: World, migrated_database: str, tmp_path: Path
) -> None:
    wrong = SOUND | {"code": "air-2", "indicators": "pm25 pm2500"}
    file = written(tmp_path / "register.csv", COLUMNS, SOUND, wrong, SOUND)

    tried = verbs.run("resources", "import", file, "--dry-run", "--json", database_url=migrated_database)
    assert "3 lines: 1 would be added, 0 would be changed" in tried.stderr
    assert verbs.run("resources", "list", database_url=migrated_database).stdout.count("air-") == 0

    told = verbs.run("resources", "import", file, "--json", database_url=migrated_database)
    assert "2 of 3 lines were refused; correct these and import the file again" in verbs.sentence(told)
    refused = json.loads(told.stdout)["rows"]
    assert [(one["line"], one["column"]) for one in refused] == [(3, "indicators"), (4, "code")]
    assert "pm2500" in refused[0]["why"]

    changed = written(tmp_path / "changed.csv", COLUMNS, SOUND | {"rows": "1300"})
    again = verbs.run("resources", "import", changed, database_url=migrated_database)
    assert (again.exit_code, again.stderr) == (0, "1 lines: 0 added, 1 changed\n")
    [row] = json.loads(verbs.run("resources", "list", "--json", database_url=migrated_database).stdout)["rows"]
    assert (row["code"], row["provider"], row["rows"], row["sharing"]) == (
        "air-1",
        "生态环境局",
        1300,
        "unconditional",
    )
    found = verbs.run("resources", "list", "--text", "水务", "--json", database_url=migrated_database)
    assert json.loads(found.stdout)["rows"] == []
    audited = world.connection.execute(
        "SELECT detail->'added', detail->'changed', detail->'refused' FROM audit"
        " WHERE action = 'resource:import' ORDER BY id"
    )
    assert audited.fetchall() == [(1, 0, 2), (0, 1, 0)]  # what was only tried is not there


def test_officers_come_into_force_together_or_not_at_all(
    world: World, migrated_database: str, tmp_path: Path
) -> None:
    chief = {"level": "city", "unit_code": "", "office": "市政府", "person": "虚构人甲"}
    unit = {"level": "unit", "unit_code": "ecology", "office": "生态环境局", "person": "虚构人乙"}
    sound = written(tmp_path / "officers.csv", OFFICER_COLUMNS, chief, unit)
    told = verbs.run("resources", "officers", sound, database_url=migrated_database)
    assert (told.exit_code, told.stderr) == (0, "2 lines: 2 added, 0 changed\n")
    broken = written(tmp_path / "broken.csv", OFFICER_COLUMNS, unit, chief | {"level": "chief"})
    refused = verbs.run("resources", "officers", broken, "--json", database_url=migrated_database)
    assert json.loads(refused.stdout)["rows"][0]["column"] == "level"
    kept = world.connection.execute("SELECT person FROM data_officer ORDER BY person").fetchall()
    assert kept == [("虚构人乙",), ("虚构人甲",)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read as UTF-8 (FileNotFoundError)"),
        ("名称\n空气".encode("gb18030"), "cannot be read as UTF-8 (UnicodeDecodeError): save it as such"),
        (b"code,name_zh\nair-1,x\n", "line 1: columns are missing: name_en"),
    ],
)
def test_a_file_that_is_none_of_resources_is_refused_whole(
    database_url: str, tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "register.csv"
    if content is not None:
        file.write_bytes(content)
    assert told in verbs.sentence(verbs.run("resources", "import", str(file), database_url=database_url))
