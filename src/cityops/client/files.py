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

from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

ROWS_EXPECTED = "cityops-rows-expected"
_ENDS = {"csv": b"\r\n", "parquet": b"PAR1"}
"""How the last bytes of a whole file read, where the format says so."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that came whole: where it is, its bytes, how many rows were expected, and when the API began it."""

    path: Path
    bytes: int
    rows_expected: int | None
    begun_at: datetime | None


Progress = Callable[[int, int | None], None]
"""Is told the bytes that have come so far, and how many rows are expected in the whole."""


def saved(answer: httpx.Response, path: Path, form: str, progress: Progress | None) -> SavedFile:
    """Write an answer to a new file; it has its name only when it is whole.

    A transfer that breaks off ends without the last chunk of HTTP, which httpx tells by an error; the end of CSV and
    Parquet is looked at besides, for a proxy may have mended the transfer.

    Raises
    ------
    CityopsError
        There is such a file already, or what came is not whole; nothing is left behind then.
    """
    if path.exists():
        raise CityopsError(f"{path} is there already; name another file or move that one away")
    expected = answer.headers.get(ROWS_EXPECTED)
    rows = int(expected) if expected else None
    part = path.with_name(f"{path.name}.part")
    size, last = 0, b""
    try:
        with part.open("wb") as file:
            for piece in answer.iter_bytes(1 << 18):
                file.write(piece)
                size, last = size + len(piece), (last + piece)[-8:]
                if progress:
                    progress(size, rows)
        if not last.endswith(_ENDS.get(form, b"")):
            raise CityopsError(f"what came for {path} has no end after {size:,} bytes; ask for it again")
        part.rename(path)
    except httpx.HTTPError as error:
        raise CityopsError(f"the download of {path} broke off after {size:,} bytes; ask for it again") from error
    finally:
        part.unlink(missing_ok=True)
    begun = answer.headers.get("date")
    return SavedFile(path, size, rows, parsedate_to_datetime(begun) if begun else None)


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
