"""What was filled in, judged: each cell against its indicator's valid range, what is usual, and what was approved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cityops.domain.filling.forms import CellPart, FormField, parts_of
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Filled

MOST_TEXT = 400
"""Characters of a reason, as of a value's revision."""


class CellFaultKind(StrEnum):
    """What is wrong with a cell; the first of them keep it from being saved, the last two from being submitted."""

    NOT_COUNTED = "not_counted"
    """A count that is not whole, or less than nothing."""
    INVALID = "invalid"
    """Outside of what the indicator can be."""
    PARTS = "parts"
    """A numerator over a denominator of 0."""
    MISSING = "missing"
    UNUSUAL = "unusual"
    """Outside of what is usual, without a reason."""
    CHANGED = "changed"
    """Other than what was approved before, without a reason of its own."""


HARD = frozenset({CellFaultKind.NOT_COUNTED, CellFaultKind.INVALID, CellFaultKind.PARTS})
"""What no reason makes sound: such a cell is not saved."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with a cell; `low` and `high` are the bounds that it is held against."""

    indicator: str
    part: CellPart
    kind: CellFaultKind
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Return item, reason and remedy."""
        bounds = f"{self.low:.12g} to {self.high:.12g}" if self.low is not None and self.high is not None else ""
        return f"{self.indicator}.{self.part}: {_WORDS[self.kind].format(bounds=bounds)}"


_WORDS = {
    CellFaultKind.NOT_COUNTED: "is a count; write a whole number from 0 on",
    CellFaultKind.INVALID: "can be {bounds}; correct it",
    CellFaultKind.PARTS: "is over a denominator of 0; correct one of the two",
    CellFaultKind.MISSING: "is missing; fill it in",
    CellFaultKind.UNUSUAL: "is usually {bounds}; say why it is not, or correct it",
    CellFaultKind.CHANGED: "was approved otherwise; say why it is corrected",
}


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """What was filled in for one field."""

    parts: Mapping[CellPart, float | None] = field(default_factory=dict)
    reason: str = ""

    def of(self, part: CellPart) -> float | None:
        """Return what a cell holds."""
        return self.parts.get(part)


EMPTY_ANSWER = FieldAnswer()


def told_value(declared: IndicatorDeclaration, answer: FieldAnswer) -> float | None:
    """Return the indicator's value by an answer; None where a part is missing, or nothing was counted (0 of 0)."""
    if parts_of(declared) == (CellPart.VALUE,):
        return answer.of(CellPart.VALUE)
    above, below = answer.of(CellPart.NUMERATOR), answer.of(CellPart.DENOMINATOR)
    assert isinstance(declared.measure, Filled)
    return above / below * declared.measure.scale if above is not None and below else None


def judged(
    code: str,
    asked: FormField,
    declared: IndicatorDeclaration,
    answer: FieldAnswer,
    approved: FieldAnswer | None = None,
) -> list[CellFault]:
    """Return what is wrong with an answer; `approved` is what the same field was approved as before."""
    hard = [*_hard(code, declared, answer)]
    return hard or [*_soft(code, asked, declared, answer, approved)]


def _hard(code: str, declared: IndicatorDeclaration, answer: FieldAnswer) -> Iterator[CellFault]:
    parts = parts_of(declared)
    for part in parts:
        value = answer.of(part)
        counted = part is not CellPart.VALUE or declared.decimals == 0
        if value is not None and counted and (value < 0 or value != int(value)):
            yield CellFault(code, part, CellFaultKind.NOT_COUNTED)
    if answer.of(CellPart.DENOMINATOR) == 0 and answer.of(CellPart.NUMERATOR):
        yield CellFault(code, CellPart.NUMERATOR, CellFaultKind.PARTS)
    value = told_value(declared, answer)
    if value is not None and declared.valid is not None and not declared.valid[0] <= value <= declared.valid[1]:
        yield CellFault(code, parts[0], CellFaultKind.INVALID, *declared.valid)


def _soft(
    code: str, asked: FormField, declared: IndicatorDeclaration, answer: FieldAnswer, approved: FieldAnswer | None
) -> Iterator[CellFault]:
    parts = parts_of(declared)
    missing = [CellFault(code, part, CellFaultKind.MISSING) for part in parts if answer.of(part) is None]
    yield from missing
    if missing:
        return
    value, usual, reason = told_value(declared, answer), asked.usual, answer.reason.strip()
    if not reason and value is not None and usual is not None and not usual[0] <= value <= usual[1]:
        yield CellFault(code, parts[0], CellFaultKind.UNUSUAL, *usual)
    elif approved is not None and reason in {"", approved.reason.strip()} and answer.parts != approved.parts:
        yield CellFault(code, parts[0], CellFaultKind.CHANGED)
