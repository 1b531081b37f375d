"""The answer that is a file: rows of a sheet in the format that was asked for, streamed, counted and audited."""

import asyncio
import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import quote

import orjson
from anyio import CancelScope
from fastapi import Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from cityops.api.access.actors import actor_of
from cityops.api.files import columnar, csvfile
from cityops.api.files.archive import archive
from cityops.api.files.batches import SheetBatch
from cityops.api.files.offered import FileFormat, FileQuery, chosen
from cityops.api.files.workbook import check_rows, workbook
from cityops.api.problems import ProblemError
from cityops.api.recording import recorded
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Scope
from cityops.domain.audit import Action
from cityops.domain.exports.package import Described, package
from cityops.domain.exports.pieces import TimePieces
from cityops.domain.exports.sheet import Language, Sheet
from cityops.domain.resources.borders import Holding, made_of, refusal
from cityops.store.engine import reading
from cityops.store.resources import datasets

LONGEST_S = 900.0
"""A file is sent for this long at most: millions of rows, also to a reader at 1 Mbit/s who reads 100 MB."""

ROWS_EXPECTED = "Cityops-Rows-Expected"
"""Header: how many rows will come, as counted or estimated before the first."""

PERIOD, PIECE_S, QUESTION = "Cityops-Period", "Cityops-Piece-Seconds", "Cityops-Question"
"""Headers of a file whose rows come in pieces of time, the older before the newer: from when until when, how long a
piece is, and a digest of all that is asked but the time, and of who may see what. Whose file broke off asks again
from the piece of its last whole row on, and knows by the digest that the rest is of the same question."""


@dataclass(frozen=True)
class Contents:
    """What a file is of. `expected` counts or estimates its rows; both names are without their ending."""

    sheet: Sheet
    batches: Callable[[Connection], Generator[SheetBatch]]
    expected: Callable[[Connection], int]
    scope: Scope
    name: Sequence[str]
    plain_name: Sequence[str]
    sources: Sequence[str] = ()
    indicators: Sequence[Mapping[str, Any]] = ()
    """All that is declared of the indicators in it, as the API tells it."""
    holds: Callable[[Connection], Holding] | None = None
    """Tells what of datasets is in it: that is guarded, and its use counted. None: nothing is."""
    pieces: Callable[[Connection], TimePieces] | None = None
    """Tells in which pieces of time its rows come, the older before the newer. None: in another order."""


class Download(StreamingResponse):
    """Streams a file and closes its source when all is sent, or when the client has stopped reading."""

    def __init__(self, pieces: Generator[bytes], headers: dict[str, str], media_type: str) -> None:
        # The first piece is made before the answer begins, so that a failing question is answered by a problem. If a
        # later one fails, the chunked transfer ends without its last chunk: the client sees an aborted download.
        first = next(pieces)
        super().__init__(chain([first], pieces), headers=headers, media_type=media_type)
        self._pieces = pieces

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Send the file; left to the garbage collector, the source would hold its connection for long."""
        try:
            async with asyncio.timeout(LONGEST_S):  # beyond it the client sees a download that broke off
                await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._pieces.close)


def as_file(request: Request, query: FileQuery, contents: Contents) -> Response:
    """Return the file, or with `describe` its descriptor; that the file went out is written into the audit."""
    form = chosen(request, query)
    told = _described(request, query.lang, contents, form)
    if query.describe:
        with reading(request.app.state.city.engine, contents.scope) as connection:
            return JSONResponse(package(replace(told, rows_expected=contents.expected(connection))))
    if contents.holds is not None:
        _check_border(request, query, contents.holds)
    headers = _headers(contents, form)
    return Download(_pieces(request, query, contents, form, told, headers), headers, form.media_type)


def _check_border(request: Request, query: FileQuery, holds: Callable[[Connection], Holding]) -> None:
    """Refuse what may not simply leave the mainland; count the use of what may.

    Raises
    ------
    ProblemError
        403; the text names the datasets and what to do.
    """
    subject, city = request.state.known.subject, request.app.state.city
    with reading(city.engine, WHOLE_CITY) as connection:
        held = holds(connection)
        every = made_of(held.indicators, city.indicators())
        named = datasets.restricted(connection, every, held.source_systems)
    if sentence := refusal(subject, named, query.purpose):
        raise ProblemError(403, sentence)
    for one in held.indicators:
        request.app.state.usage.note(subject, one, is_export=True)


def _described(request: Request, language: Language, contents: Contents, form: FileFormat) -> Described:
    inside = FileFormat.CSV if form is FileFormat.ZIP else form
    return Described(
        sheet=contents.sheet,
        path=f"{'_'.join(['cityops', *contents.plain_name])}.{inside.extension}",
        format=inside.value,
        media_type=inside.media_type,
        language=language,
        created=utc_now(),
        address=f"{request.url.path}?{request.url.query}".removesuffix("?"),
        sources=contents.sources,
        indicators=contents.indicators,
    )


def _headers(contents: Contents, form: FileFormat) -> dict[str, str]:
    plain, name = "_".join(["cityops", *contents.plain_name]), quote("_".join(contents.name), safe="")
    names = f"filename=\"{plain}.{form.extension}\"; filename*=UTF-8''{name}.{form.extension}"
    return {"Content-Disposition": f"attachment; {names}", "Cache-Control": "no-store", "Vary": "Accept"}


def _pieces(
    request: Request,
    query: FileQuery,
    contents: Contents,
    form: FileFormat,
    told: Described,
    headers: dict[str, str],
) -> Generator[bytes]:
    """Yield the file; before the first piece the number of rows that are expected is put into its headers."""
    state = request.app.state
    wanted = query.model_dump(mode="json", exclude_none=True, exclude={"describe"})
    # The rows are closed before the connection goes back, also when the client stops reading; that they went out is
    # recorded last.
    with (
        state.exports.slot(request.state.known.id),
        recorded(state.engine, actor_of(request), Action.EXPORT_READ, request.url.path, wanted) as tally,
        reading(state.city.engine, contents.scope) as connection,
        closing(contents.batches(connection)) as found,
    ):
        expected = contents.expected(connection)
        headers[ROWS_EXPECTED] = str(expected)
        if contents.pieces is not None:
            headers |= _pieces_told(contents, contents.pieces(connection), wanted)
        if form is FileFormat.XLSX:
            check_rows(expected)
        told = replace(told, rows_expected=expected)
        yield from tally.sized(made(form, told, tally.counted(found)))


def _pieces_told(contents: Contents, pieces: TimePieces, wanted: Mapping[str, Any]) -> dict[str, str]:
    asked = {name: value for name, value in wanted.items() if name not in _NOT_THE_QUESTION}
    scope = contents.scope.kind, sorted(contents.scope.codes)
    question = orjson.dumps([contents.sheet.name, contents.sheet.names, scope, asked], option=orjson.OPT_SORT_KEYS)
    return {
        PERIOD: "/".join(at.astimezone(UTC).isoformat() for at in (pieces.start, pieces.end)),
        PIECE_S: str(int(pieces.length.total_seconds())),
        QUESTION: hashlib.sha256(question).hexdigest(),
    }


_NOT_THE_QUESTION = {"start", "end", "format", "purpose"}


def made(form: FileFormat, told: Described, batches: Iterator[SheetBatch]) -> Iterator[bytes]:
    """Return the pieces of a file in a format."""
    sheet, language = told.sheet, told.language
    if form is FileFormat.XLSX:
        return workbook(sheet, language, batches)
    if form is FileFormat.CSV:
        return _csv(sheet, language, batches)
    if form is FileFormat.ZIP:
        return archive(told.path, _csv(sheet, language, batches), partial(_measured, told))
    writer = columnar.arrow if form is FileFormat.ARROW else columnar.parquet
    return writer(columnar.schema_of(sheet, package(told)), batches)


def _measured(told: Described, size: int, digest: str) -> dict[str, Any]:
    return package(replace(told, bytes=size, digest=digest))


def _csv(sheet: Sheet, language: Language, batches: Iterator[SheetBatch]) -> Iterator[bytes]:
    head = csvfile.head(sheet.header(language))
    for batch in batches:  # the head goes with the first rows: a question that fails is then answered by a problem
        yield head + batch.csv(language)
        head = b""
    if head:
        yield head
