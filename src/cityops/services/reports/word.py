"""Writes a report as DOCX, on A4 after GB/T 9704-2012: the same report gives the same bytes.

A curve is a line of the block characters ▁▂▃▄▅▆▇█, which GBK has and so every Chinese font: a picture would hold
letters of whatever fonts its machine has, and could be neither searched nor mended by the clerk who signs.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell, _Row

from cityops.domain.reports.layout import Heading, Paper, Paragraph, ReportCurve, ReportFigure, ReportTable

BARS = "▁▂▃▄▅▆▇█"
GAP = "　"
BODY, HEAD = "仿宋", "黑体"
"""Fonts that GB/T 9704-2012 names; a machine without them takes its own."""

TEXT, FIRST = 156, 36
"""Width of the text and of a table's first column, in mm."""

COMPARED = (44, 18, 22, 22, 50)
"""Widths of a table that compares: indicator, unit, value, base, change."""

DRAWN = (34, 82, 20, 20)
"""Widths of a table of curves."""

CELL_PT, SMALLEST_PT, CURVE_PT = 9, 4, 220
"""Sizes of letters in cells; of how many points a curve may be long before its signs become smaller."""

_WHEN = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of the core properties and of all entries: when the report was made stands in its text."""


def docx(paper: Paper) -> bytes:
    """Return the file."""
    document = Document()
    _set_up(document, paper)
    title = document.add_paragraph(paper.title, style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    edition = f" · {paper.edition}" if paper.is_finished else ""
    _centred(document, f"{paper.region} · {paper.period}{edition}")
    for block in paper.blocks:
        _add(document, block, paper.lang)
    for text in (paper.signed, paper.made):
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    written = io.BytesIO()
    document.save(written)
    return _same_bytes(written)


def _same_bytes(written: io.BytesIO) -> bytes:
    """Return an archive with the same entries, in their order, all of one time: `save` writes that of the clock."""
    told = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(told, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            target.writestr(entry, source.read(name), compresslevel=6)
    return told.getvalue()


def _set_up(document: WordDocument, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    for name, font, size in (("Normal", BODY, 12), ("Title", HEAD, 22), ("Heading 1", HEAD, 15)):
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = RGBColor(0xB3, 0x13, 0x1B) if name == "Title" else RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), font)
    told = document.core_properties
    told.title, told.subject = paper.title, f"{paper.region} · {paper.period}"
    told.author = told.last_modified_by = "cityops"
    told.comments = ""
    told.language = "zh-CN" if paper.lang == "zh" else "en"
    told.created = told.modified = _WHEN
    told.revision = 1


def _centred(document: WordDocument, text: str) -> None:
    document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _add(document: WordDocument, block: Heading | Paragraph | ReportTable | ReportFigure, lang: str) -> None:
    if isinstance(block, Heading):
        document.add_heading(block.text, level=1)
    elif isinstance(block, Paragraph):
        _paragraph(document, block, lang)
    elif isinstance(block, ReportTable):
        _table(document, block)
    else:
        _figure(document, block)


def _paragraph(document: WordDocument, block: Paragraph, lang: str) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(block.text)
    if block.kind == "body" and lang == "zh":
        paragraph.paragraph_format.first_line_indent = Pt(24)
    run.bold = True if block.kind == "mark" else None
    if block.kind == "note":
        run.font.size = Pt(9)


def _captioned(document: WordDocument, title: str) -> None:
    if title:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run(title).bold = True


def _table(document: WordDocument, block: ReportTable) -> None:
    _captioned(document, block.title)
    columns = len(block.head)
    widths = COMPARED if columns == len(COMPARED) else (FIRST, *[(TEXT - FIRST) // (columns - 1)] * (columns - 1))
    table = _grid(document, block.head, widths)
    for row in block.rows:
        _row(table, widths, ((one.shown, one.number is not None or one.shown == "—") for one in row))
    document.add_paragraph()


def _figure(document: WordDocument, block: ReportFigure) -> None:
    _captioned(document, block.title)
    table = _grid(document, ("", f"{block.first} – {block.last}", block.least, block.most), DRAWN)
    for one in block.curves:
        _row(table, DRAWN, ((one.name, False), (bars(one), False), (one.least, True), (one.most, True)))
        size = max(SMALLEST_PT, min(CELL_PT, CURVE_PT // max(1, len(one.values))))
        table.rows[-1].cells[1].paragraphs[0].runs[0].font.size = Pt(size)
    document.add_paragraph()


def _grid(document: WordDocument, head: Sequence[str], widths: Sequence[int]) -> Table:
    """Return a table whose head stands on each of its pages."""
    table: Table = document.add_table(rows=0, cols=len(head))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    row = _row(table, widths, ((text, False) for text in head), bold=True)
    for cell in row.cells:
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # python-docx has no name for it
    return table


def bars(curve: ReportCurve) -> str:
    """Return a curve as block characters, the least value the lowest; where there is no value is a gap."""
    known = [value for value in curve.values if value is not None]
    if not known:
        return "—"
    least, span = min(known), (max(known) - min(known)) or 1.0
    top = len(BARS) - 1
    return "".join(GAP if value is None else BARS[round((value - least) / span * top)] for value in curve.values)


def _row(table: Table, widths: Sequence[int], cells: Iterable[tuple[str, bool]], *, bold: bool = False) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx annotates all but this
    for cell, width, (text, is_number) in zip(row.cells, widths, cells, strict=True):
        cell.width = Mm(width)
        _fill(cell, text, is_number=is_number, bold=bold)
    return row


def _fill(cell: _Cell, text: str, *, is_number: bool, bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(CELL_PT), bold or None
    if is_number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
