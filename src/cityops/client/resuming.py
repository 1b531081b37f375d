"""CSV files of readings that broke off: what is kept of one beside what came, and where it goes on.

Readings come in pieces of time, the older before the newer. What came of the piece that was under way is dropped,
since its rows stand in no order that could be asked for; the next question begins with that piece. Rows that came
before are kept as they are, with the time at which they were exported in a column of theirs.
"""

import csv
import json
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from cityops.domain.exports.pieces import TimePieces
from cityops.domain.exports.sheets import READINGS
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

PERIOD, PIECE_S, QUESTION = "cityops-period", "cityops-piece-seconds", "cityops-question"
"""Headers of the API: from when until when, how long a piece of time is, a digest of all else that was asked."""

_LINE_END = b"\r\n"
_TIME = READINGS.names.index("ts")


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """A question for a file: what it is of, at which API, by which filters."""

    what: str
    api_url: str
    filters: Mapping[str, Any]

    @property
    def form(self) -> str:
        """The format of the file."""
        return str(self.filters["format"])


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is known of a file that is under way; it stands beside it, and is gone when the file is whole."""

    asked: FileQuestion
    headers: Mapping[str, str]
    """What the API said of the whole, in small letters."""

    @classmethod
    def of(cls, answer: httpx.Response, asked: FileQuestion) -> Self | None:
        """Return what an answer says of itself; None where its rows do not come in pieces of time."""
        if PERIOD not in answer.headers or asked.form != "csv":
            return None
        told = {
            name: value for name, value in answer.headers.items() if name.startswith("cityops-") or name == "date"
        }
        return cls(asked, told)

    @classmethod
    def read(cls, note: Path) -> Self | None:
        """Return what stands beside an unfinished file; None where nothing does, or nothing that can be read."""
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
            return cls(FileQuestion(**known["asked"]), known["headers"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, note: Path) -> None:
        """Let it stand beside its file."""
        note.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")

    @property
    def pieces(self) -> TimePieces:
        """The pieces of time in which its rows come."""
        start, end = map(datetime.fromisoformat, self.headers[PERIOD].split("/"))
        return TimePieces(start, end, timedelta(seconds=int(self.headers[PIECE_S])))


@dataclass(frozen=True, slots=True)
class Rest:
    """Where a file goes on: after `size` bytes, which begin with `head`, with the piece of time from `start` on."""

    unfinished: Unfinished
    head: bytes
    size: int
    start: datetime

    def question(self) -> dict[str, Any]:
        """Return the filters by which what is missing is had."""
        end = self.unfinished.pieces.end
        return {**self.unfinished.asked.filters, "start": self.start.isoformat(), "end": end.isoformat()}

    def rows(self, answer: httpx.Response, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what follows the head in the pieces of an answer.

        Raises
        ------
        CityopsError
            Its columns are others than those of what is there, or who asks may see other rows than whoever began.
        """
        come = b""
        while _LINE_END not in come:
            come += next(pieces, _LINE_END)
        head, end, rows = come.partition(_LINE_END)
        if head + end != self.head or answer.headers.get(QUESTION) != self.unfinished.headers[QUESTION]:
            raise CityopsError(
                "what is missing does not fit what has come: the columns are others now, or the key sees another "
                "part of the city than the one that began; take that key, or ask without resuming"
            )
        yield rows
        yield from pieces


def part_of(path: Path) -> Path:
    """Return where a file lies until it is whole."""
    return path.with_name(f"{path.name}.part")


def note_of(path: Path) -> Path:
    """Return where it is told how an unfinished file goes on."""
    return path.with_name(f"{path.name}.part.json")


def rest_of(path: Path, asked: FileQuestion) -> Rest | None:
    """Return how a file that broke off goes on; None where nothing of use is left of it.

    Raises
    ------
    CityopsError
        What is left is of another question.
    """
    unfinished = Unfinished.read(note_of(path))
    if unfinished is None or not part_of(path).exists():
        return None
    if asked != unfinished.asked:
        raise CityopsError(
            f"{part_of(path)} is what came of another question ({unfinished.asked.what} at "
            f"{unfinished.asked.api_url}, {_told(unfinished.asked.filters)}); ask that one, name another file, or "
            "ask without resuming, which begins anew"
        )
    return _cut(part_of(path), unfinished)


def _told(filters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in filters.items())


def _cut(part: Path, unfinished: Unfinished) -> Rest | None:
    """Return where the piece of time begins that the last whole row lies in."""
    if not part.stat().st_size:
        return None
    with part.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as rows:
        body = rows.find(_LINE_END) + len(_LINE_END)
        end = rows.rfind(_LINE_END) + len(_LINE_END)
        if not len(_LINE_END) <= body < end:  # no head, or no row behind it
            return None
        last = _time(rows[rows.rfind(_LINE_END, 0, end - len(_LINE_END)) + len(_LINE_END) : end])
        start = unfinished.pieces.begin(last)
        size = _first_since(rows, body, end, start)
        return Rest(unfinished, rows[:body], size, start) if size > body else None


def _first_since(rows: mmap.mmap, low: int, high: int, start: datetime) -> int:
    """Return where the first row stands that is not before `start`: found by bisection, for pieces come in order."""
    while low < high:
        middle = (low + high) // 2
        begin = max(low, rows.rfind(_LINE_END, low, middle) + len(_LINE_END))
        end = rows.find(_LINE_END, begin) + len(_LINE_END)
        if _time(rows[begin:end]) < start:
            low = end
        else:
            high = begin
    return low


def _time(row: bytes) -> datetime:
    [cells] = csv.reader([row.decode()])
    return datetime.fromisoformat(cells[_TIME]).replace(tzinfo=CITY_ZONE)
