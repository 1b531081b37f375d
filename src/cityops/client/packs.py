"""Makes the pack of a day out of the API's own files: every indicator, cases and alarms, as CSV and Parquet.

What it holds is thus what whoever asks may see, and the API's audit has every file.
"""

import hashlib
import json
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from cityops.client.asking import ApiError
from cityops.client.client import Client
from cityops.domain.exports.package import PROFILE
from cityops.domain.intervals import CITY_ZONE

Shape = tuple[str, str]
SHAPES: tuple[Shape, ...] = (("hour", "district"), ("day", "district"), ("hour", "city"), ("day", "city"))
"""Interval and level at which an indicator is asked for: the finest of these that has an answer."""

FORMS = ("csv", "parquet")
TOO_COARSE, NO_PARQUET = 422, 501


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file of a pack: its name without the ending, what it is of, and by which filters it is had."""

    name: str
    what: str
    filters: dict[str, Any]


def write_pack(client: Client, day: date, target: Path, now: datetime) -> None:
    """Write the zip of a day; the files lie beside it, in a folder that is the caller's to remove.

    Raises
    ------
    ApiError
        The API refused a file, or broke off.
    """
    files, left_out = _files(client, day)
    resources: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w") as made:
        for one in files:
            for form in FORMS:
                resource = _added(client, made, one, form, target.parent)
                resources += [resource] if resource else []
        told = _descriptor(day, now, resources, left_out)
        made.writestr("datapackage.json", json.dumps(told, ensure_ascii=False, indent=2), zipfile.ZIP_DEFLATED)


def _files(client: Client, day: date) -> tuple[list[PackFile], dict[str, str]]:
    """Return what a day's pack holds, and why indicators are not in it, by code."""
    start = datetime.combine(day, time(), CITY_ZONE)
    span = {"start": start, "end": start + timedelta(days=1)}
    by_shape: dict[Shape, list[str]] = defaultdict(list)
    left_out: dict[str, str] = {}
    for code in client.indicators()["code"]:
        shape = _shape_of(client, code, span, left_out)
        if shape:
            by_shape[shape].append(code)
    series = (
        PackFile(
            f"series-{level}-{interval}",
            "series",
            {"indicator": first, "also": others, "interval": interval, "level": level, **span},
        )
        for (interval, level), (first, *others) in sorted(by_shape.items())
    )
    return [*series, PackFile("events", "events", span), PackFile("alarms", "alarms", span)], left_out


def _shape_of(client: Client, code: str, span: dict[str, Any], left_out: dict[str, str]) -> Shape | None:
    for interval, level in SHAPES:
        try:
            client.described("series", indicator=code, interval=interval, level=level, **span)
        except ApiError as error:
            if error.status != TOO_COARSE:
                raise
            left_out[code] = str(error)
        else:
            left_out.pop(code, None)
            return interval, level
    return None


def _added(client: Client, made: zipfile.ZipFile, one: PackFile, form: str, folder: Path) -> dict[str, Any] | None:
    """Add a file in a format and return its resource; None where the API has not what makes the format."""
    path = folder / f"{one.name}.{form}"
    try:
        client.export(one.what, path, **one.filters)
    except ApiError as error:
        if error.status != NO_PARQUET:
            raise
        return None
    made.write(path, path.name, zipfile.ZIP_DEFLATED if form == "csv" else zipfile.ZIP_STORED, 1)
    [resource] = client.described(one.what, format=form, **one.filters)["resources"]
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    told = {"name": path.name.replace(".", "-"), "path": path.name, "bytes": path.stat().st_size}
    path.unlink()
    return {**resource, **told, "hash": f"sha256:{digest}"}


def _descriptor(
    day: date, now: datetime, resources: list[dict[str, Any]], left_out: dict[str, str]
) -> dict[str, Any]:
    return {
        "$schema": PROFILE,
        "name": f"cityops-{day}",
        "title": f"每日数据包 {day} / Files of {day}",
        "created": now.isoformat(timespec="seconds"),
        "resources": resources,
        "cityops": {"day": str(day), "left_out": left_out},
    }
