"""Lines of a CSV file of resources, each judged by itself: what it declares, or which cell is wrong and why."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from cityops.domain.registration.cells import BadRow
from cityops.errors import CityopsError

Declared = TypeVar("Declared")


class ResourceFileError(CityopsError):
    """A file that is none of resources at all; the text says why."""


@dataclass(frozen=True, slots=True)
class ResourceLine(Generic[Declared]):
    """A line of a file: what it declares, or the `column` that is wrong with reason and remedy."""

    line: int
    declared: Declared | None
    column: str = ""
    why: str = ""


def read_lines(
    lines: Iterable[str],
    columns: tuple[str, ...],
    read: Callable[[Mapping[str, str]], Declared],
    key: Callable[[Declared], object],
) -> Iterator[ResourceLine[Declared]]:
    """Yield what each line declares; the second line of one `key` is refused.

    Raises
    ------
    ResourceFileError
        The first line does not name the columns, or it is no CSV.
    """
    reader = csv.reader(lines, strict=True)
    seen: dict[object, int] = {}
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in columns if name not in header]:
            raise ResourceFileError(
                f"line 1: columns are missing: {', '.join(missing)}; the first line names {', '.join(columns)}"
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                row = dict(zip(header, cells, strict=False))
                yield _judged(reader.line_num, row, read, key, seen)
    except csv.Error as error:
        raise ResourceFileError(
            f"line {reader.line_num}: it is no CSV from here on ({error}): close the quotes"
        ) from None


def _judged(
    line: int,
    row: Mapping[str, str],
    read: Callable[[Mapping[str, str]], Declared],
    key: Callable[[Declared], object],
    seen: dict[object, int],
) -> ResourceLine[Declared]:
    try:
        declared = read(row)
    except BadRow as bad:
        return ResourceLine(line, None, bad.column, f"{bad.reason}; {bad.remedy}")
    first = seen.setdefault(key(declared), line)
    if first != line:
        return ResourceLine(line, None, "code", f"stands in line {first} already; leave one out")
    return ResourceLine(line, declared)
