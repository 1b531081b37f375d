"""`cityops devices import`: good rows are kept, bad ones named, and the exit status tells."""

import subprocess
import sys
from pathlib import Path

import psycopg

HEADER = "code,kind,name_zh,source_system_code,region_code,lon,lat,expected_interval_s\n"


def run(file: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cityops", "devices", "import", str(file)],
        env={"CITYOPS_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_rows_are_judged_one_by_one(tmp_path: Path, database_url: str, database: psycopg.Connection) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(
        "\ufeff" + HEADER + "A-1,air,空气站一,eco-air,440106013,113.33,23.12,60\n"
        "A-2,air,空气站二,eco-air,440106013,abc,23.1,60\n"
        "A-1,air,空气站三,eco-air,440106013,113.3,23.1,60\n"
        "WL-1,waterlogging,搬走了,water-logging,440105001,113.31,23.09,60\n",
        encoding="utf-8",
    )
    done = run(file, database_url)
    assert done.returncode == 1
    assert done.stdout == "1 added, 0 updated, 0 unchanged, 3 refused, 0 registered with a remark\n"
    assert "line 3, A-2: lon: 'abc'" in done.stderr
    assert "line 4, A-1: code: it stands in line 2 already; keep one of the two" in done.stderr
    assert "line 5, WL-1: kind, region_code, source_system_code: registered with another kind" in done.stderr
    assert database.execute("SELECT name_zh FROM device WHERE code = 'A-1'").fetchall() == [("空气站一",)]


def test_without_an_address_the_answer_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(HEADER)
    done = run(file, "")
    assert done.returncode == 1
    assert "CITYOPS_DATABASE_URL is not set" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_absent_database_is_a_sentence_too(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(HEADER)
    done = run(file, "postgresql://nobody:secret-word@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "the database does not answer" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert "secret-word" not in done.stderr
