"""Reads a file of devices or channels, registers what is good row by row, and reports on each."""

import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Generic

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from cityops.domain.devices import LONGEST_CODE
from cityops.domain.registration.areas import Areas, Districts
from cityops.domain.registration.cells import BadRow, Frame, Registrable, shown
from cityops.domain.registration.rows import Atlas, Item, Remark, Row, frame_of, placed, refusal
from cityops.errors import CityopsError
from cityops.visible import visible

if TYPE_CHECKING:
    import psycopg

    from cityops.store.registration import Import, Registration

CHUNK_ROWS = 10_000
SHOWN = 50
"""Remarks printed where a report file has them all."""

REPORT_COLUMNS = ("line", "code", "outcome", "column", "reason", "remedy")


@dataclass(frozen=True)
class Register(Generic[Item]):
    """What is imported: required columns, reader of a row, and how its import is opened."""

    required: Sequence[str]
    read: Callable[[dict[str, str], Registrable], Item]
    opened: "Callable[[psycopg.Connection], AbstractContextManager[Import]]"


@dataclass
class FileReading(Generic[Item]):
    """The file being read: judges its rows in chunks and collects what is to be said of them."""

    register: Register[Item]
    known: Registrable
    atlas: Atlas
    frame: Frame
    remarks: list[Remark] = field(default_factory=list)
    read_lines: int = 1
    """The last line that was read as a row; the first names the columns."""
    _seen: dict[str, int] = field(default_factory=dict)

    def chunks(self, stream: io.TextIOBase) -> Iterator[list[tuple[int, Item]]]:
        """Yield the good rows, each with its line."""
        lines = csv.reader(stream, strict=True)  # or a quote that is not closed takes in all lines after it
        try:
            header = [name.strip() for name in next(lines, [])]
            self._check(header)
            self.read_lines = lines.line_num
            yield from self._chunks(self._rows(lines, header))
        except csv.Error as error:
            at = f"in line {self.read_lines + 1} or after it"
            raise CityopsError(f"the file is no CSV ({error}, {at}): {_remedy(error)}; nothing was done") from None

    def _chunks(self, rows: Iterator[Row[Item] | None]) -> Iterator[list[tuple[int, Item]]]:
        while chunk := list(islice(rows, CHUNK_ROWS)):
            good, remarks = placed([row for row in chunk if row is not None], self.atlas)
            self.remarks += remarks
            yield [(row.line, row.item) for row in good]

    def _check(self, header: Sequence[str]) -> None:
        required = self.register.required if self.known.streets_by_place else (*self.register.required, "region_code")
        if missing := [name for name in required if name not in header]:
            raise CityopsError(
                f"the first line must name the columns; missing: {', '.join(missing)}. "
                f"It reads: {shown(','.join(header))}; nothing was done"
            )
        if twice := [name for name, count in Counter(header).items() if name and count > 1]:
            raise CityopsError(f"the first line names {shown(twice[0])[1:-1]} twice: take one out; nothing was done")

    def _rows(self, lines: Any, header: Sequence[str]) -> Iterator[Row[Item] | None]:
        at = header.index("code")
        for cells in lines:
            if not cells:
                continue  # a blank line
            code = cells[at].strip()[:LONGEST_CODE] if len(cells) > at else ""
            self.read_lines = lines.line_num
            try:
                yield self._row(lines.line_num, code, cells, header)
            except BadRow as bad:
                self.remarks.append(refusal(lines.line_num, code, bad))
                yield None

    def _row(self, line: int, code: str, cells: Sequence[str], header: Sequence[str]) -> Row[Item]:
        if len(cells) != len(header):
            remedy = "quote cells that hold a comma"
            raise BadRow("row", f"it has {len(cells)} cells, the first line has {len(header)}", remedy)
        row = dict(zip(header, cells, strict=True))
        item = self.register.read(row, self.known)
        if earlier := self._seen.get(code):
            raise BadRow("code", f"it stands in line {earlier} already", "keep one of the two")
        self._seen[code] = line
        return Row(line, item, frame_of(row, self.frame))


def import_file(
    connection: "psycopg.Connection",
    file: Path,
    reading: FileReading[Item],
    metrics_of: dict[str, tuple[str, ...]],
    report: Path | None,
) -> "Registration":
    """Register the good rows of a file in one transaction and say what became of all; safe to run again.

    Raises
    ------
    CityopsError
        The file cannot be read as a whole; nothing is registered then.
    """
    with reading.register.opened(connection) as opened, _stream(file) as stream:
        try:
            for rows in reading.chunks(stream):
                opened.stage(rows)
        except UnicodeDecodeError as error:
            where = _bad_line(file, error)
            raise CityopsError(
                f"{where} is not UTF-8 ({error.reason}): save it as CSV UTF-8; nothing was done"
            ) from None
        result = opened.merge(metrics_of)
        _note_moved(opened, result, reading.remarks)
        reading.remarks.sort(key=lambda remark: remark.line)
        if report:
            write_report(report, opened, reading.remarks)
    return result


def _remedy(error: csv.Error) -> str:
    too_long = "field larger" in str(error)
    return (
        "shorten the field, or close the quotes before it"
        if too_long
        else "close the quotes, and double those inside"
    )


def _bad_line(file: Path, error: UnicodeDecodeError) -> str:
    """Return file and line of the first bytes that are not UTF-8; of standard input only that it is there."""
    if str(file) == "-":
        return f"the input, near the bytes {error.object[error.start : error.start + 8]!r},"
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return f"{file}, line {number}"
    return f"{file}"


def _note_moved(opened: "Import", result: "Registration", remarks: list[Remark]) -> None:
    if not result.moved:
        return
    reason = "registered with another kind, street or source, and its rollups are summed there"
    for line, code, outcome in opened.outcomes():
        if outcome == "moved":
            bad = BadRow("kind, region_code, source_system_code", reason, "register it under a new code")
            remarks.append(refusal(line, code, bad))


def _stream(file: Path) -> AbstractContextManager[io.TextIOBase]:
    """Open a file, or standard input, with a bar on a terminal that shows how much of it is read."""
    if str(file) == "-":
        return closing(io.TextIOWrapper(sys.stdin.buffer, "utf-8-sig", newline=""))
    if not file.is_file():
        raise CityopsError(f"there is no file {file}")
    return closing(io.TextIOWrapper(io.BufferedReader(_Watched(file)), "utf-8-sig", newline=""))


class _Watched(io.RawIOBase):
    """A file that moves a bar while it is read."""

    def __init__(self, file: Path) -> None:
        self._file: BinaryIO = file.open("rb")
        columns = TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=file.stat().st_size)
        self._progress.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._file.readinto(buffer)  # type: ignore[attr-defined]  # a buffered file has it
        self._progress.update(self._task, advance=read)
        return int(read)

    def close(self) -> None:
        self._progress.stop()
        self._file.close()
        super().close()


def write_report(file: Path, opened: "Import", remarks: Sequence[Remark]) -> None:
    """Write a line for each row and each further remark on it, in order of line."""
    from cityops.api.files.csvfile import chunks

    refused = {remark.line for remark in remarks if remark.refused}
    kept = ((line, code, outcome, "", "", "") for line, code, outcome in opened.outcomes() if line not in refused)
    told = (
        (one.line, one.code, "refused" if one.refused else "remark", one.column, one.reason, one.remedy)
        for one in remarks
    )
    with file.open("wb") as output:
        output.writelines(chunks(REPORT_COLUMNS, (list(row) for row in merge(kept, told, key=lambda row: row[0]))))


def tell(result: "Registration", remarks: Sequence[Remark], report: Path | None) -> None:
    """Print the remarks and the counts; exit with status 1 if any row was refused."""
    refused = sum(remark.refused for remark in remarks)
    for remark in remarks[: SHOWN if report else None]:
        typer.echo(visible(str(remark)), err=True)
    if report:
        typer.echo(f"{len(remarks)} remarks; what became of each row: {report}", err=True)
    typer.echo(
        f"{result.added} added, {result.updated} updated, {result.unchanged} unchanged, {refused} refused, "
        f"{len(remarks) - refused} registered with a remark"
    )
    if refused:
        raise typer.Exit(1)


def atlas(streets: Path | None, known: Registrable) -> Atlas:
    """Return the districts as shipped and the streets' polygons of a file.

    Raises
    ------
    CityopsError
        The file cannot be used.
    """
    from cityops import reference

    districts = Districts(reference.geojson("districts"))
    if streets is None:
        return Atlas(districts)
    try:
        return Atlas(districts, Areas.from_geojson(json.loads(streets.read_text(encoding="utf-8")), known.streets))
    except (OSError, ValueError) as error:
        raise CityopsError(f"the streets of {streets} cannot be used: {error}") from None
