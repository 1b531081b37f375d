"""Imports of devices and channels as a whole: frames, streets from polygons, a report on each row, safe to repeat."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psycopg
import pytest
from shapely.geometry import mapping, shape

from cityops import reference
from cityops.cli.devices import import_devices
from cityops.domain.registration.frames import bd09_from_wgs84, gcj02_from_wgs84
from cityops.errors import CityopsError
from cityops.simulate.fleet import fleet
from cityops.simulate.import_file import COLUMNS, write_registry
from cityops.store.engine import connect

HEADER = "code,name_zh,source_system_code,region_code,lon,lat,state,frame\n"
ROW = "\nWL-9,waterlogging,内涝点,water-logging,440106013,113.33,23.12,60"
CODES = [f"4401060000132000000{number}" for number in range(6)]


def run(database_url: str, *verb: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cityops", *verb]
    environment = os.environ | {"CITYOPS_DATABASE_URL": database_url}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def polygons(file: Path) -> None:
    """Write one street, 440106013, that fills its district, as the only polygon."""
    of_district = {feature["id"]: feature["geometry"] for feature in reference.geojson("districts")["features"]}
    street = {
        "id": "440106013",
        "type": "Feature",
        "properties": {},
        "geometry": mapping(shape(of_district["440106"])),
    }
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [street]}))


def test_channels_are_placed_judged_and_reported(
    tmp_path: Path, migrated_database: str, database: psycopg.Connection
) -> None:
    place = np.array([113.36]), np.array([23.15])
    gcj, bd = gcj02_from_wgs84(*place), bd09_from_wgs84(*place)
    rows = [
        f"{CODES[0]},一,video-share,,{gcj[0][0]},{gcj[1][0]},ON,",
        f"{CODES[1]},二,video-share,,{bd[0][0]},{bd[1][0]},OFF,BD-09",
        f"{CODES[2]},三,video-share,,113.9,22.0,,wgs84",
        f"{CODES[3]},四,video-share,440105001,113.36,23.15,,wgs84",
        f"{CODES[4]},五,video-share",
        f"{CODES[0]},六,video-share,,113.36,23.15,,wgs84",
        f"{CODES[5]},七,video-share,,113.36,23.15,,mars",
    ]
    file, streets, report = tmp_path / "channels.csv", tmp_path / "streets.json", tmp_path / "report.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    polygons(streets)
    verb = ["channels", "import", str(file), "--frame", "gcj02", f"--streets={streets}", f"--report={report}"]

    done = run(migrated_database, *verb)
    assert done.returncode == 1, done.stderr
    assert done.stdout == "3 added, 0 updated, 0 unchanged, 4 refused, 2 registered with a remark\n"
    told = list(csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["line"], row["outcome"], row["column"]) for row in told] == [
        ("2", "added", ""),
        ("3", "added", ""),
        ("4", "refused", "lon, lat"),
        ("5", "added", ""),
        ("5", "remark", "region_code"),
        ("5", "remark", "lon, lat"),
        ("6", "refused", "row"),
        ("7", "refused", "code"),
        ("8", "refused", "frame"),
    ]
    assert all(row["reason"] and row["remedy"] for row in told if row["outcome"] in {"refused", "remark"})
    kept = database.execute("SELECT code, region_code, lon, lat, state FROM video_channel ORDER BY code").fetchall()
    assert [(row[0], row[1], row[4]) for row in kept] == [
        (CODES[0], "440106013", "online"),
        (CODES[1], "440106013", "offline"),
        (CODES[3], "440105001", "unknown"),
    ]
    assert [row[2:4] for row in kept] == [pytest.approx((113.36, 23.15), abs=1e-6)] * 3

    file.write_text(HEADER + "\n".join([rows[0], rows[1].replace("OFF", ""), rows[3].replace("四", "改")]) + "\n")
    again = run(migrated_database, *verb)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("0 added, 1 updated, 2 unchanged, 0 refused")
    state = database.execute("SELECT state FROM video_channel WHERE code = %s", [CODES[1]]).fetchone()
    assert state == ("offline",)  # a file that says nothing of a state leaves it


def test_streets_are_named_by_twelve_digits_too(
    tmp_path: Path, migrated_database: str, database: psycopg.Connection
) -> None:
    rows = [
        f"{CODES[0]},一,video-share,440106013000,113.36,23.15,,",
        f"{CODES[1]},二,video-share,440106013007,113.36,23.15,,",
        f"{CODES[2]},三,video-share,440106000000,113.36,23.15,,",
    ]
    file, report, streets = tmp_path / "rows.csv", tmp_path / "report.csv", tmp_path / "streets.json"
    file.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    polygons(streets)
    streets.write_text(streets.read_text().replace("440106013", "440106013000"))
    done = run(migrated_database, "channels", "import", str(file), f"--report={report}", f"--streets={streets}")
    assert done.stdout == "1 added, 0 updated, 0 unchanged, 2 refused, 0 registered with a remark\n", done.stderr
    told = {row["line"]: row for row in csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines())}
    assert "'440106013007' is a community" in told["3"]["reason"]
    assert "440106013" in told["3"]["remedy"]
    assert "is not a street of the city" in told["4"]["reason"]

    file.write_text(",".join(COLUMNS) + ROW.replace("440106013", "440106013000") + "\n")
    import_devices(migrated_database, file)
    kept = "SELECT region_code FROM {} WHERE code IN (%s, 'WL-9') AND name_zh IN ('一', '内涝点')"
    for table in ("video_channel", "device"):
        assert database.execute(kept.format(table), [CODES[0]]).fetchall() == [("440106013",)]


def test_channels_without_a_place_are_registered_in_their_region_and_named(
    tmp_path: Path, migrated_database: str, database: psycopg.Connection
) -> None:
    columns = "code,name_zh,source_system_code,region_code,lon,lat,state"
    rows = [
        f"{CODES[0]},无坐标通道,video-share,440106001,,,ON",
        f"{CODES[1]},零坐标,video-share,440106001000,0,0.000,ON",
        f"{CODES[2]},半个坐标,video-share,440106001,113.3,,ON",
        f"{CODES[3]},哪里,video-share,,,,ON",
        f"{CODES[4]},有坐标,video-share,440106001,113.35,23.13,ON",
    ]
    file, report, streets = tmp_path / "channels.csv", tmp_path / "report.csv", tmp_path / "streets.json"
    file.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    polygons(streets)
    done = run(migrated_database, "channels", "import", str(file), f"--report={report}", f"--streets={streets}")
    assert done.stdout.startswith("3 added, 0 updated, 0 unchanged, 2 refused,"), done.stderr
    told = list(csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["line"], row["outcome"], row["column"]) for row in told][:6] == [
        ("2", "added", ""),
        ("2", "remark", "lon, lat"),
        ("3", "added", ""),
        ("3", "remark", "lon, lat"),
        ("4", "refused", "lon, lat"),
        ("5", "refused", "region_code, lon, lat"),
    ]
    kept = "SELECT code, region_code, lon, lat FROM video_channel ORDER BY code"
    assert database.execute(kept).fetchall() == [
        (CODES[0], "440106001", None, None),
        (CODES[1], "440106001", None, None),
        (CODES[4], "440106001", 113.35, 23.13),
    ]
    # A file without places, even without their columns, leaves those that are known.
    file.write_text(f"code,name_zh,source_system_code,region_code\n{CODES[4]},改名,video-share,440106001\n")
    again = run(migrated_database, "channels", "import", str(file))
    assert again.stdout == "0 added, 1 updated, 0 unchanged, 0 refused, 1 registered with a remark\n", again.stderr
    assert f"line 2, {CODES[4]}: lon, lat: no place is given" in again.stderr.replace("\n", " ")
    assert database.execute(kept).fetchall()[-1] == (CODES[4], "440106001", 113.35, 23.13)


def test_five_thousand_devices_twice(
    tmp_path: Path, migrated_database: str, database: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = fleet(5_000, 20)
    file = tmp_path / "devices.csv"
    with file.open("w", encoding="utf-8") as stream:
        write_registry(devices, stream)
    import_devices(migrated_database, file)
    import_devices(migrated_database, file)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("5000 added, 0 updated, 0 unchanged, 0 refused, 0 registered")
    assert second.startswith("0 added, 0 updated, 5000 unchanged, 0 refused")
    expected = sum(len(kind.metrics) for one in devices for kind in reference.device_kinds() if kind.code == one.kind)
    numbers = database.execute(
        "SELECT (SELECT count(*) FROM device), (SELECT count(*) FROM series), (SELECT count(*) FROM device_state)"
    ).fetchone()
    assert numbers == (5_005, expected + 14, 5_005)  # five devices were there


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"code,kind\n", "missing: name_zh"),
        (b"", "missing: code"),
        (",".join(COLUMNS).encode() + "\n空气站".encode("gbk"), "is not UTF-8"),
        (",".join(COLUMNS).encode() + f'\nB,water,"open{ROW * 3}'.encode(), "in line 2 or after it"),
        (",".join(COLUMNS).encode() + f'{ROW}\nB,water,"a" b{ROW}'.encode(), "in line 3 or after it"),
        (",".join(COLUMNS).encode() + ROW.encode() + "空".encode()[:2], "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    tmp_path: Path, migrated_database: str, content: bytes, reason: str
) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes(content)
    with pytest.raises(CityopsError, match=reason):
        import_devices(migrated_database, file)
    with connect(migrated_database, "test") as connection:
        assert connection.execute("SELECT count(*) FROM device").fetchone() == (0,)


def test_what_follows_the_last_line_is_named(tmp_path: Path, migrated_database: str) -> None:
    file = tmp_path / "devices.csv"
    file.write_bytes(",".join(COLUMNS).encode() + ROW.encode() + b"\n" + bytes(3))
    done = run(migrated_database, "devices", "import", str(file))
    assert done.returncode == 1
    assert "line 3" in done.stdout + done.stderr


def test_devices_are_counted_on_the_command_line(database_url: str) -> None:
    done = run(database_url, "devices", "counts")
    assert done.returncode == 0, done.stderr
    assert "no state has been judged yet" in done.stdout
    assert "waterlogging" in done.stdout
