"""Files of forms over HTTP: the template with its prefilled cells, and what comes back, answered cell by cell."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads, Writes, WriteTransactions
from cityops.api.files import csvfile
from cityops.api.routes.filling import shapes
from cityops.api.routes.filling.filled import known_of
from cityops.api.routes.filling.named import AskedForm, FormCode, StartPath, form_asked, regions_asked
from cityops.api.routes.filling.prefilled import KnownFigures
from cityops.domain.access import Permission, Subject
from cityops.domain.audit import Actor
from cityops.domain.filling.blanks import HARD, FieldAnswer, judged
from cityops.domain.filling.forms import Blank, CellPart, parts_of
from cityops.domain.filling.imports import (
    COLUMNS,
    MOST_IMPORTED,
    ORIGINS,
    PARTS_ZH,
    BrokenFileError,
    CellRefusal,
    ImportFaultKind,
    ReadCell,
    Reading,
    read_rows,
    refusal,
    refusal_of,
)
from cityops.domain.filling.review import SheetAct, possible
from cityops.services.indicators import filling as acts
from cityops.store.engine import WriteConnection
from cityops.store.indicators import filling as store

router = APIRouter(prefix="/forms")
_PATH = "/{form}/{start}"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MOST_UNPACKED = 64 << 20
"""Bytes that a workbook may come to: what is packed tighter than that is a bomb, not a form."""
MOST_TOLD = 2_000
_Filler = Annotated[Subject, needs(Permission.FORM_FILL)]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The template",
        "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in (CSV, XLSX)},
    }
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The template, filled in; Content-Type says which of the two it is.",
        "content": {one: {"schema": {"type": "string", "format": "binary"}} for one in (CSV, XLSX)},
    }
}


class TemplateQuery(schemas.Query):
    """In which format, and in which language its headings are."""

    format: Literal["csv", "xlsx"] = "xlsx"
    lang: Literal["zh", "en"] = "zh"


@router.get(f"{_PATH}/template", response_class=Response, responses={**_FILE, **problems.documented(404, 422, 503)})
def get_template(
    subject: _Filler,
    request: Request,
    reads: Reads,
    form: FormCode,
    start: StartPath,
    query: Annotated[TemplateQuery, Query()],
) -> Response:
    """Give all cells of a form and period for the own regions as a file to fill in; what is known stands in it."""
    asked, city = form_asked(form, start), request.app.state.city
    regions = [*regions_asked(city, subject, asked.form)]
    known = known_of(request, asked, regions)
    keys = [asked.sheet(region).key for region in regions]
    with reads(subject) as connection:
        kept = {one.id: one.key.region for key in keys if (one := store.one(connection, key)) is not None}
        cells = {kept[number]: found for number, found in store.cells(connection, [*kept]).items()}
    names = {one.code: one.name_zh if query.lang == "zh" else one.name_en for one in city.regions().values()}
    rows = [*_template(asked, regions, names, known, cells, query.lang)]
    content = _workbook(rows) if query.format == "xlsx" else _csv(rows)
    title = asked.form.title.zh if query.lang == "zh" else asked.form.title.en
    name = quote(f"{title} {start.isoformat()}.{query.format}", safe="")
    shown = f"attachment; filename=\"{form}-{start.isoformat()}.{query.format}\"; filename*=UTF-8''{name}"
    media = XLSX if query.format == "xlsx" else f"{CSV}; charset=utf-8"
    return Response(content, media_type=media, headers={"Content-Disposition": shown})


def _template(
    asked: AskedForm,
    regions: Sequence[str],
    names: Mapping[str, str],
    known: KnownFigures,
    kept: Mapping[str, Mapping[Blank, store.SetCell]],
    lang: str,
) -> Iterator[list[str | float | None]]:
    place = 0 if lang == "zh" else 1
    yield [both[place] for both in COLUMNS.values()]
    for region in regions:
        for code in asked.form.fields:
            one = asked.forms.indicators[code]
            for part in parts_of(one):
                blank = Blank(code, part)
                cell, offer = kept.get(region, {}).get(blank), known.offers[region].get(blank)
                value = cell.value if cell else offer.value if offer else None
                origin = ORIGINS[offer.origin][place] if offer and (not cell or cell.value == offer.value) else ""
                name, told = (one.name.zh, PARTS_ZH[part]) if lang == "zh" else (one.name.en, part.value)
                unit = one.unit if part is CellPart.VALUE else ""
                yield [region, names[region], code, name, told, unit, value, cell.reason if cell else "", origin]


def _csv(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([csvfile.cell(one) for one in row] for row in rows)
    return (csvfile.BOM + file.getvalue()).encode()


def _workbook(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    import xlsxwriter  # 2 MB that few requests need

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        page.freeze_panes(1, 0)
        page.set_column(0, len(COLUMNS) - 1, 16)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, float | int):
                    page.write_number(number, column, value)
                elif value:
                    page.write_string(number, column, value)
    return file.getvalue()


class ImportQuery(schemas.Query):
    """Whether the sound rows of a broken file are kept; else nothing of it is."""

    take_sound: Annotated[bool, Field(description="keep the sound rows although others are refused")] = False


@router.post(f"{_PATH}/import", openapi_extra=_BODY, responses=problems.documented(404, 409, 413, 415, 422, 503))
async def import_file(
    subject: _Filler,
    request: Request,
    writes: Writes,
    form: FormCode,
    start: StartPath,
    query: Annotated[ImportQuery, Query()],
) -> shapes.ImportReport:
    """Take a filled-in template as drafts of the own regions, and answer cell by cell.

    A file with a cell that cannot be is kept not at all, unless `take_sound` asks for the others.
    """
    sent, said = await request.body(), request.headers.get("content-type", "")
    return await run_in_threadpool(_imported, request, writes, subject, form, start, sent, said, query.take_sound)


def _imported(
    request: Request,
    writes: WriteTransactions,
    subject: Subject,
    form: str,
    start: date,
    sent: bytes,
    said: str,
    take_sound: bool,
) -> shapes.ImportReport:
    asked = form_asked(form, start)
    regions = [*regions_asked(request.app.state.city, subject, asked.form)]
    try:
        rows = rows_of(sent, said)
        read = read_rows(rows, Reading(asked.form, asked.forms.indicators, frozenset(regions)))
    except BrokenFileError as error:
        named: dict[str, str | int] = {
            "item": f"row {error.row}",
            "reason": str(error),
            "kind": error.kind,
            **error.given,
        }
        raise problems.ProblemError(422, f"{error}.", [named]) from error
    touched = sorted({one.region for one in read if one.refused is None})
    known = known_of(request, asked, touched) if touched else KnownFigures({}, {})
    with writes(subject) as connection:
        return _taken(connection, actor_of(request), asked, read, known, take_sound)


def _taken(
    connection: WriteConnection,
    actor: Actor,
    asked: AskedForm,
    read: Sequence[ReadCell],
    known: KnownFigures,
    take_sound: bool,
) -> shapes.ImportReport:
    told = [_told(one, "refused", one.refused) for one in read if one.refused]
    sound: dict[str, dict[str, FieldAnswer]] = {}
    for (region, code), cells in _by_field([one for one in read if one.refused is None]).items():
        told += _judged(connection, asked, region, code, cells, sound)
    refused = sum(one.outcome == "refused" for one in told)
    changed = {one.region_code for one in told if one.outcome == "taken"}
    saved = bool(changed) and (not refused or take_sound)
    for region in sorted(changed) if saved else ():
        sheet = asked.sheet(region)
        kept = store.one(connection, sheet.key)
        version, offers = kept.version if kept else 0, known.offers[region]
        acts.save(connection, actor, sheet, version, sound[region], offers, acts.FROM_FILE)
    count = {name: sum(one.outcome == name for one in told) for name in ("taken", "refused", "same")}
    told.sort(key=lambda one: (one.outcome != "refused", one.row))
    return shapes.ImportReport(saved=saved, rows=len(read), **count, cells=told[:MOST_TOLD])


def _by_field(read: Sequence[ReadCell]) -> dict[tuple[str, str], list[ReadCell]]:
    found: dict[tuple[str, str], list[ReadCell]] = {}
    for one in read:
        assert one.blank is not None
        found.setdefault((one.region, one.blank.indicator), []).append(one)
    return found


def _judged(
    connection: WriteConnection,
    asked: AskedForm,
    region: str,
    code: str,
    cells: Sequence[ReadCell],
    sound: dict[str, dict[str, FieldAnswer]],
) -> Iterator[shapes.ImportedCell]:
    """Yield what becomes of a field's cells, and note those that can be kept."""
    key = asked.sheet(region).key
    kept = store.one(connection, key)
    before = store.cells(connection, [kept.id]).get(kept.id, {}) if kept else {}
    written = [one for one in cells if one.written]
    parts = {one.blank.part: one.value for one in written if one.blank}
    reason = next((one.reason for one in cells if one.reason), "")
    whole = {part: cell.value for (indicator, part), cell in before.items() if indicator == code} | parts
    answer = FieldAnswer(whole, reason)
    found = judged(code, asked.form.fields[code], asked.forms.indicators[code], answer)
    hard = [one for one in found if one.kind in HARD]
    is_open = kept is None or SheetAct.SAVE in possible(kept.state)
    for one in cells:
        cell = before.get(one.blank) if one.blank else None
        if not one.written:
            yield _told(one, "empty")
        elif not is_open:
            yield _told(one, "refused", refusal(ImportFaultKind.SUBMITTED))
        elif hard:
            yield _told(one, "refused", refusal_of(hard[0]))
        elif cell is not None and cell.value == one.value and cell.reason == reason:
            yield _told(one, "same")
        else:
            yield _told(one, "taken")
    if written and not hard and is_open:
        sound.setdefault(region, {})[code] = FieldAnswer(parts, reason)


def _told(one: ReadCell, outcome: str, refused: CellRefusal | None = None) -> shapes.ImportedCell:
    return shapes.ImportedCell(
        row=one.row,
        column=one.column,
        region_code=one.region,
        indicator=one.blank.indicator if one.blank else "",
        part=one.blank.part if one.blank else "",
        written=one.written,
        outcome=outcome,
        why=refused.why if refused else "",
        remedy=refused.remedy if refused else "",
        kind=refused.kind if refused else None,
        given={**refused.given} if refused else {},
    )


def rows_of(sent: bytes, said: str) -> list[list[object]]:
    """Return the rows of a CSV (UTF-8, or GB 18030 as an older Excel writes it) or of a workbook's first sheet.

    Raises
    ------
    BrokenFileError
        It is neither, or unpacks to more than any form has.
    problems.ProblemError
        415: it is said to be something else.
    """
    if sent.startswith(b"PK"):
        return _rows_of_workbook(sent)
    if said.partition(";")[0].strip().lower() not in {CSV, XLSX, "application/vnd.ms-excel", "text/plain", ""}:
        raise problems.ProblemError(415, f"content-type: {said[:80]} is not taken; send {CSV} or {XLSX}.")
    try:
        text = sent.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = sent.decode("gb18030")
        except UnicodeDecodeError as error:
            raise BrokenFileError(ImportFaultKind.NO_TEXT) from error
    if "\x00" in text:
        raise BrokenFileError(ImportFaultKind.NO_TEXT)
    try:
        return [[csvfile.unguarded(one) for one in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise BrokenFileError(ImportFaultKind.NO_CSV) from error


def _rows_of_workbook(sent: bytes) -> list[list[object]]:
    import openpyxl  # 4 MB, with lxml 8, that few requests need

    try:
        with zipfile.ZipFile(io.BytesIO(sent)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise BrokenFileError(ImportFaultKind.UNPACKED, most=str(MOST_UNPACKED >> 20))
        book = openpyxl.load_workbook(io.BytesIO(sent), read_only=True, data_only=True)
        page = book.worksheets[0]
        found = page.iter_rows(max_row=MOST_IMPORTED + 2, max_col=30, values_only=True)
        return [[*row] for row in found]
    except BrokenFileError:
        raise
    except Exception as error:  # whatever a file that is no workbook makes the reader stumble over
        raise BrokenFileError(ImportFaultKind.NO_WORKBOOK) from error
