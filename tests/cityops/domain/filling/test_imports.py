"""Rows of a file, read cell by cell: what is taken, and of what is not the kind, the reason and the remedy."""

import pytest

from cityops.domain.filling.blanks import FieldAnswer, judged
from cityops.domain.filling.forms import CellPart
from cityops.domain.filling.imports import (
    BrokenFileError,
    ImportFaultKind,
    Reading,
    read_rows,
    refusal_of,
)
from cityops.reference.forms import shipped_forms

FORMS = shipped_forms()
READING = Reading(FORMS.forms["street_month"], FORMS.indicators, {"440105001"})
HEAD = ("区划代码", "Indicator code", "part", "填报值", "Reason")
SOUND = ("440105001", "grid_visits", "数值", "1,200", "")
K = ImportFaultKind


def test_a_row_is_read_under_headings_of_either_language() -> None:
    [cell] = read_rows([HEAD, SOUND, ("",) * 5], READING)
    assert (cell.row, cell.refused, cell.value) == (2, None, 1200.0)
    assert cell.blank == ("grid_visits", CellPart.VALUE)


@pytest.mark.parametrize(
    ("place", "written", "kind", "put_in"),
    [
        (0, "440106001", K.OUTSIDE, "440106001"),
        (0, "赤岗", K.OUTSIDE, "赤岗"),
        (1, "grid_visit", K.UNKNOWN_FIELD, "grid_officers, grid_visits"),
        (2, "分子", K.UNKNOWN_PART, "value 数值"),
        (3, "很多", K.NO_NUMBER, "很多"),
        (3, "1e16", K.NO_NUMBER, "1e16"),
    ],
)
def test_a_cell_that_is_not_taken_says_what_was_written_and_what_to_do(
    place: int, written: str, kind: ImportFaultKind, put_in: str
) -> None:
    row = [*SOUND]
    row[place] = written
    [cell] = read_rows([HEAD, row], READING)
    assert cell.refused is not None
    assert (cell.refused.kind, cell.written) == (kind, written)
    assert any(put_in in one for one in cell.refused.given.values())
    assert cell.refused.why
    assert cell.refused.remedy


def test_the_second_of_the_same_cell_names_the_row_of_the_first() -> None:
    first, second = read_rows([HEAD, SOUND, SOUND], READING)
    assert first.refused is None
    assert second.refused is not None
    assert (second.refused.kind, second.refused.given) == (K.REPEATED, {"first": "2"})


def test_a_file_that_is_no_template_is_refused_whole() -> None:
    with pytest.raises(BrokenFileError, match=r"row 1: has no column 填报值 Value; keep the template's headings"):
        read_rows([HEAD[:3], SOUND], READING)
    with pytest.raises(BrokenFileError, match="row 1: the file is empty; fill in the template"):
        read_rows([], READING)


def test_a_fault_of_any_cell_keeps_its_bounds_for_words_in_any_language() -> None:
    asked, declared = READING.form.fields["grid_visits"], READING.indicators["grid_visits"]
    [fault] = judged("grid_visits", asked, declared, FieldAnswer({CellPart.VALUE: 6e6}))
    told = refusal_of(fault)
    assert (told.kind, told.given, told.remedy) == ("invalid", {"low": "0", "high": "5,000,000"}, "correct it")
