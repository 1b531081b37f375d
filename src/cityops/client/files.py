"""Files of the API on their way to disk: whole or not there, with progress, and what is known of each."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from cityops.client.resuming import FileQuestion, Rest, Unfinished, note_of, part_of
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

ROWS_EXPECTED = "cityops-rows-expected"
_ENDS = {"csv": b"\r\n", "parquet": b"PAR1"}
"""How the last bytes of a whole file read, where the format says so."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that came whole: where it is, its bytes, how many rows were expected, and when the API began it.

    `resumed_at` is after how many bytes of an earlier download this one went on, None where it began anew.
    """

    path: Path
    bytes: int
    rows_expected: int | None
    begun_at: datetime | None
    resumed_at: int | None = None


Progress = Callable[[int, int | None], None]
"""Is told the bytes that have come so far, and how many rows are expected in the whole."""


def saved(
    answer: httpx.Response, path: Path, asked: FileQuestion, rest: Rest | None, progress: Progress | None
) -> SavedFile:
    """Write an answer to a new file, or behind what is there of it; it has its name only when it is whole.

    A transfer that breaks off ends without the last chunk of HTTP, which httpx tells by an error; the end of CSV and
    Parquet is looked at besides, for a proxy may have mended the transfer.

    Raises
    ------
    CityopsError
        There is such a file already, or what came is not whole. What can be gone on with then stays beside, under
        another name; of others nothing is left behind.
    """
    if path.exists():
        raise CityopsError(f"{path} is there already; name another file or move that one away")
    part, note = part_of(path), note_of(path)
    unfinished = rest.unfinished if rest else Unfinished.of(answer, asked)
    headers = unfinished.headers if unfinished else answer.headers
    rows, begun = _rows_expected(headers), headers.get("date")
    if rest is None:
        for old in (note, part):
            old.unlink(missing_ok=True)
        if unfinished:
            unfinished.write(note)
    try:
        _write(answer, part, asked.form, rest, lambda size: progress(size, rows) if progress else None)
        part.rename(path)
        note.unlink(missing_ok=True)
    except httpx.HTTPError as error:
        remedy = "go on with it by resume=True, or `cityops export --resume`" if unfinished else "ask for it again"
        size = part.stat().st_size
        raise CityopsError(f"the download of {path} broke off after {size:,} bytes; {remedy}") from error
    finally:
        if not unfinished:
            part.unlink(missing_ok=True)
    begun_at = parsedate_to_datetime(begun) if begun else None
    return SavedFile(path, path.stat().st_size, rows, begun_at, rest.size if rest else None)


def _rows_expected(headers: Mapping[str, str]) -> int | None:
    told = headers.get(ROWS_EXPECTED)
    return int(told) if told else None


def _write(answer: httpx.Response, part: Path, form: str, rest: Rest | None, told: Callable[[int], None]) -> None:
    pieces, size, last = (
        answer.iter_bytes(),
        0,
        b"",
    )  # as they come: what is gathered first is lost where it breaks off
    with part.open("r+b" if rest else "wb") as file:
        if rest:
            pieces, size, last = rest.rows(answer, pieces), rest.size, rest.head[-8:]
            file.truncate(size)
            file.seek(size)
        for piece in pieces:
            file.write(piece)
            size, last = size + len(piece), (last + piece)[-8:]
            told(size)
    if not last.endswith(_ENDS.get(form, b"")):
        raise CityopsError(f"what came for {part} has no end after {size:,} bytes; ask for it again")


def form_of(path: Path) -> str:
    """Return the format that a file's ending names.

    Raises
    ------
    CityopsError
        It names none.
    """
    known = {".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet", ".arrows": "arrow", ".zip": "zip"}
    if path.suffix not in known:
        raise CityopsError(f"{path}: the ending says the format; give one of {', '.join(known)}")
    return known[path.suffix]


def read_table(content: bytes, form: str, package: Mapping[str, Any]) -> pd.DataFrame:
    """Return a file that came as Arrow or CSV as a table with the types that its descriptor names."""
    if form == "arrow":
        import pyarrow as pa

        arrow: pd.DataFrame = pa.ipc.open_stream(content).read_all().to_pandas()
        return arrow
    fields = {one["name"]: one["type"] for one in package["resources"][0]["schema"]["fields"]}
    text = {name: str for name, kind in fields.items() if kind in {"string", "boolean", "datetime"}}
    table = pd.read_csv(io.BytesIO(content), dtype=text, encoding="utf-8-sig")
    for name, kind in fields.items():
        if kind == "datetime":
            table[name] = pd.to_datetime(table[name], format="ISO8601").dt.tz_localize(CITY_ZONE)
        elif kind == "boolean":
            table[name] = table[name].map({"yes": True, "no": False})
        elif kind == "string":
            table[name] = table[name].str.replace(r"^[\t']", "", regex=True)
    return table
