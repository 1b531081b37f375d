"""The folder of packs: what is whole is listed, nothing else, and what goes is gone."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from cityops.services.indicators.packs import add, packs, remove

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def made(folder: Path, day: date, content: bytes) -> None:
    making = folder / ".making"
    making.mkdir(exist_ok=True)
    (making / "pack.zip").write_bytes(content)
    add(folder, making / "pack.zip", day, NOW)


def test_packs_come_newest_first_with_size_and_hash(tmp_path: Path) -> None:
    for day in (26, 27):
        made(tmp_path, date(2026, 11, day), b"x" * day)
    newest, older = packs(tmp_path)
    assert (newest.day, newest.name, newest.made_at) == (date(2026, 11, 27), "cityops-2026-11-27.zip", NOW)
    assert (newest.bytes, newest.sha256) == (27, hashlib.sha256(b"x" * 27).hexdigest())
    remove(tmp_path, [older])
    assert packs(tmp_path) == [newest]
    assert {file.name for file in tmp_path.glob("*.*")} == {".making", newest.name, "cityops-2026-11-27.json"}


def test_what_is_not_whole_is_none(tmp_path: Path) -> None:
    day = date(2026, 11, 27)
    assert packs(tmp_path / "nowhere") == []
    made(tmp_path, day, b"whole")
    (tmp_path / "cityops-2026-11-27.zip").write_bytes(b"who")
    (tmp_path / "cityops-2026-11-26.zip").write_bytes(b"without what stands beside it")
    (tmp_path / "cityops-2026-11-25.json").write_text("no JSON")
    (tmp_path / "cityops-2026-11-24.json").write_text("{}")
    assert packs(tmp_path) == []
    made(tmp_path, day, b"anew")
    assert [one.day for one in packs(tmp_path)] == [day]
