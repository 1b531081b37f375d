"""How a sheet gets on: drafted, submitted, returned with a reason or approved; nobody approves what is their own."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from cityops.domain.filling.blanks import CellFault


class SheetState(StrEnum):
    """How far a sheet is: one form of one region for one period."""

    OPEN = "open"
    """Nobody has begun it."""
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class SheetAct(StrEnum):
    """What is done with a sheet."""

    SAVE = "save"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"


class FillingError(ValueError):
    """It cannot be done so; `faults` are those of single cells."""

    def __init__(self, words: str, faults: Sequence[CellFault] = ()) -> None:
        self.faults = faults
        super().__init__("; ".join((words, *map(str, faults))) if faults else words)


class SheetStandsError(FillingError):
    """As the sheet stands now, it cannot be done."""


class OwnSheetError(FillingError):
    """Nobody approves what they have filled in themselves."""


_S, _A = SheetState, SheetAct
_NEXT = {
    (_S.OPEN, _A.SAVE): _S.DRAFT,
    (_S.DRAFT, _A.SAVE): _S.DRAFT,
    (_S.RETURNED, _A.SAVE): _S.RETURNED,
    (_S.APPROVED, _A.SAVE): _S.DRAFT,  # a correction: approved again, it is a further revision
    (_S.DRAFT, _A.SUBMIT): _S.SUBMITTED,
    (_S.RETURNED, _A.SUBMIT): _S.SUBMITTED,
    (_S.SUBMITTED, _A.RETURN): _S.RETURNED,
    (_S.SUBMITTED, _A.APPROVE): _S.APPROVED,
}


def possible(state: SheetState) -> list[SheetAct]:
    """Return what can be done with a sheet in a state."""
    return [act for act in SheetAct if (state, act) in _NEXT]


def moved(state: SheetState, act: SheetAct) -> SheetState:
    """Return the state that an act leads to.

    Raises
    ------
    SheetStandsError
        It cannot be done now; the text says what can.
    """
    if (state, act) not in _NEXT:
        told = " or ".join(possible(state))
        raise SheetStandsError(f"act: a sheet that is {state} cannot be {_DONE[act]}; what can be done is {told}")
    return _NEXT[state, act]


_DONE = {_A.SAVE: "changed", _A.SUBMIT: "submitted", _A.RETURN: "returned", _A.APPROVE: "approved"}


def check_reviewer(login: str, fillers: Collection[str]) -> None:
    """Refuse an approval by one of those who filled a sheet in.

    Raises
    ------
    OwnSheetError
        Names what would do.
    """
    if login in fillers:
        raise OwnSheetError(f"reviewer: {login} has filled this in; have another data steward approve it")
