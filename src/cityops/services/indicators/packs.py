"""The folder of daily packs (`CITYOPS_PACKS`): what is in it, how one comes into it whole, and how old ones go.

Beside each zip stands a small file with its size and hash. It comes last and goes first: a zip without it is none.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from cityops.domain.exports.packs import Pack, name_of


def packs(folder: Path) -> list[Pack]:
    """Return the whole packs of a folder, the newest day first; none of a folder that is not there."""
    found = (_read(file) for file in folder.glob("cityops-*.json"))
    return sorted((one for one in found if one is not None), key=lambda one: one.day, reverse=True)


def _read(told: Path) -> Pack | None:
    """Return a pack by the file beside it; None where the zip is another, or gone."""
    try:
        known = json.loads(told.read_text(encoding="utf-8"))
        day, made_at = date.fromisoformat(known["day"]), datetime.fromisoformat(known["made_at"])
        pack = Pack(day, name_of(day), known["bytes"], known["sha256"], made_at)
        is_whole = (told.parent / pack.name).stat().st_size == pack.bytes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pack if is_whole and told.name == _beside(pack.name) else None


def add(folder: Path, made: Path, day: date, now: datetime) -> Pack:
    """Take a zip that was made on the same disk into the folder, in one step; return what it is."""
    with made.open("rb") as written:
        pack = Pack(day, name_of(day), made.stat().st_size, hashlib.file_digest(written, "sha256").hexdigest(), now)
    told = made.with_suffix(".json")
    known = {"day": str(day), "bytes": pack.bytes, "sha256": pack.sha256}
    told.write_text(json.dumps(known | {"made_at": now.isoformat(timespec="seconds")}), encoding="utf-8")
    for file, name in ((made, pack.name), (told, _beside(pack.name))):
        with file.open("rb") as written:
            os.fsync(written.fileno())
        file.replace(folder / name)
    return pack


def remove(folder: Path, old: Iterable[Pack]) -> None:
    """Remove packs."""
    for one in old:
        (folder / _beside(one.name)).unlink(missing_ok=True)
        (folder / one.name).unlink(missing_ok=True)


def _beside(name: str) -> str:
    return name.removesuffix(".zip") + ".json"
