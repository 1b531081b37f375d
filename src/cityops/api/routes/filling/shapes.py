"""Shapes of the API's questions and answers on forms, sheets and their cells."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import NO_NUL, RegionCode, Shape
from cityops.domain.filling.blanks import MOST_TEXT, CellFaultKind, FieldAnswer
from cityops.domain.filling.due import SheetStanding
from cityops.domain.filling.forms import CellPart
from cityops.domain.filling.imports import ImportFaultKind
from cityops.domain.filling.review import SheetAct, SheetState
from cityops.domain.indicators.periods import Grain
from cityops.domain.regions import RegionLevel


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("says nothing: write why")
    return text.strip()


_Reason = Annotated[str, Field(min_length=1, max_length=500, json_schema_extra=NO_NUL), AfterValidator(_said)]
_Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
_Version = Annotated[int, Field(ge=0, le=1_000_000, description="the sheet's, as it was seen; 0 of one not begun")]


class FormFieldOut(Shape):
    """A field of a form; name, unit and valid range are those of its indicator."""

    indicator: str
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    unit: str
    decimals: int
    parts: list[CellPart]
    scale: float = Field(description="of a ratio: by which numerator / denominator is multiplied")
    valid: tuple[float, float] | None
    usual: tuple[float, float] | None = Field(description="outside of these a reason is demanded")


class FormOut(Shape):
    """A form as it is declared."""

    code: str
    title_zh: str
    title_en: str
    owner: str
    level: RegionLevel
    period: Grain
    due_zh: str = Field(description="how long after the period's end it is due")
    due_en: str
    fields: list[FormFieldOut]
    cells: int
    prefilled: int = Field(description="cells for which a figure is declared that we know")
    per_month: float = Field(description="cells that one region is asked for in a month")
    newest: date | None = Field(description="first day of the newest period that is over; null: none is yet")
    regions: int = Field(description="of the own area that fill it in; for a department, those of a form of its own")


class DueSheet(Shape):
    """A sheet that is, or was, to be filled in."""

    form: str
    title_zh: str
    title_en: str
    region_code: RegionCode
    start: datetime
    end: datetime
    due_at: datetime
    standing: SheetStanding
    state: SheetState
    version: int


class DueSheets(Shape):
    """What is due, the most pressing first; `counts` are of all of it, by standing."""

    as_of: datetime
    counts: dict[SheetStanding, int]
    total: int
    items: list[DueSheet]


class FilledCell(Shape):
    """A cell: what it holds, which figure stands there already, and what it was before."""

    indicator: str
    part: CellPart
    value: float | None
    origin: str | None = Field(description="typed, file, or where the figure came from; null: nobody has set it")
    offered: float | None = Field(description="what we know already, to be confirmed")
    offered_from: str | None
    previous: float | None = Field(description="of the period before")
    approved: float | None = Field(description="as which it was approved last")


class FieldReason(Shape):
    """Why a field is out of what is usual, or other than it was approved."""

    indicator: str
    reason: str


class CellFaultOut(Shape):
    """What keeps a sheet from being submitted."""

    indicator: str
    part: CellPart
    kind: CellFaultKind
    low: float | None
    high: float | None
    words: str


class SheetActOut(Shape):
    """What was done with a sheet."""

    version: int
    act: SheetAct
    by: str
    at: datetime
    reason: str | None


class SheetOut(DueSheet):
    """A sheet with all that is in it, and what whoever asks may do with it now."""

    cells: list[FilledCell]
    reasons: list[FieldReason]
    faults: list[CellFaultOut]
    acts: list[SheetActOut]
    may: list[SheetAct]


class FieldAsked(Asked):
    """What is filled in for one field; what is left out stays as it is."""

    indicator: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
    value: _Number | None = None
    numerator: _Number | None = None
    denominator: _Number | None = None
    reason: Annotated[str, Field(max_length=MOST_TEXT, json_schema_extra=NO_NUL)] = ""

    def answer(self) -> FieldAnswer:
        """Return it as it is judged: the parts that were said."""
        said = {part: getattr(self, part.value) for part in CellPart if part.value in self.model_fields_set}
        return FieldAnswer(said, self.reason)


class SheetSaved(Asked):
    """What was filled in of a sheet; `submit` hands it to the reviewer in the same stroke."""

    version: _Version
    answers: Annotated[list[FieldAsked], Field(default_factory=list, max_length=40)]
    submit: bool = False


class SheetSeen(Asked):
    """The version of a sheet that was seen."""

    version: _Version


class SheetReturned(SheetSeen):
    """Why a sheet is returned."""

    reason: _Reason


class LevelBurden(Shape):
    """What one region of a level is asked for in a month."""

    level: RegionLevel
    forms: int
    cells_per_month: float
    share_prefilled: float | None = Field(description="of these cells, for how many a figure is declared")


class FormMeasured(Shape):
    """What was approved of a form: cells, those that had a figure already, and those taken as they stood."""

    form: str
    sheets: int
    cells: int
    prefilled: int
    taken: int


class BurdenOut(Shape):
    """What filling in costs: as declared by level, and as measured over approved sheets since a day."""

    levels: list[LevelBurden]
    share_prefilled: float | None = Field(description="of all cells that all regions are asked for in a month")
    since: date
    measured: list[FormMeasured]
    measured_share_prefilled: float | None
    measured_share_taken: float | None


class ImportedCell(Shape):
    """What became of a cell of a file: where it stands there, and what was written, why not, and what to do."""

    row: int = Field(description="as the spreadsheet counts, the headings being 1")
    column: str
    region_code: str
    indicator: str
    part: str
    written: str
    outcome: str = Field(description="taken, refused, same (as it is kept) or empty")
    why: str
    remedy: str
    kind: CellFaultKind | ImportFaultKind | None = Field(description="why it was refused, for words in any language")
    given: dict[str, str] = Field(description="what such words put in")


class ImportReport(Shape):
    """What became of a file, cell by cell; nothing is kept of a broken one unless its sound rows are asked for."""

    saved: bool
    rows: int
    taken: int
    refused: int
    same: int
    cells: list[ImportedCell] = Field(description="the refused ones first, at most 2,000")
