"""CSV that a Chinese Excel opens right the first time: UTF-8 with BOM, CRLF, local times, no formula, no cut code.

Times are written as `2026-11-23 08:00:00` in the city's zone, which stands in a column of its own, because Excel
takes RFC 3339 for text. Codes of more than eleven digits begin with a tab, or Excel would turn them into 2.0E+16.
Text that a spreadsheet would run as a formula begins with an apostrophe; numbers, negative ones too, stay numbers.
"""

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from urllib.parse import quote

from anyio import CancelScope
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from cityops.domain.intervals import CITY_ZONE

BOM = "\ufeff"
ROWS_PER_CHUNK = 1000
DIGITS_SHOWN = 11
"""Longest number that Excel shows with all its digits in a column of General format."""

_FORMULA = tuple("=+-@\t\r＝＋－＠")

Cell = str | float | int | datetime | None


def cell(value: Cell) -> str:
    """Return a value as it stands in the file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if not isinstance(value, str):
        return repr(value)
    if value.startswith(_FORMULA):
        return "'" + value
    return "\t" + value if value.isdecimal() and len(value) > DIGITS_SHOWN else str(value)


def chunks(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the file in pieces of about a thousand rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(BOM)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % ROWS_PER_CHUNK == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


class Download(StreamingResponse):
    """Streams a file and closes its source when all is sent, or when the client has stopped reading."""

    def __init__(self, pieces: Generator[bytes], name: str, plain_name: str) -> None:
        # The first piece is made before the answer begins, so that a failing question is answered by a problem. If a
        # later one fails, the chunked transfer ends without its last chunk: the client sees an aborted download.
        first = next(pieces)
        names = f"filename=\"{plain_name}.csv\"; filename*=UTF-8''{quote(name, safe='')}.csv"
        headers = {"Content-Disposition": f"attachment; {names}", "Cache-Control": "no-store"}
        super().__init__(chain([first], pieces), headers=headers, media_type="text/csv; charset=utf-8")
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; left to the garbage collector, the source would hold its connection for long."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._pieces.close)
