"""Who may see the values of an indicator by its privacy class, and which values would tell about single persons.

Values of a restricted indicator its owner and the centre see; of a street a count below ten is kept from them too.
"""

from collections.abc import Iterator, Mapping

from cityops.domain.access import Role, ScopeKind, Subject
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.folding import Cell
from cityops.domain.indicators.marks import ValueMark
from cityops.domain.indicators.measures import Privacy

LEAST_PERSONS = 10
"""Fewer are not told of a street: k-anonymity with k = 10."""

CENTRE = frozenset({Role.OPERATOR, Role.SHIFT_LEADER, Role.ANALYST, Role.DATA_STEWARD})
"""Roles that are the centre where their area is the whole city."""


class RestrictedError(Exception):
    """Somebody may not see an indicator; the text names it, why, and who may."""


def check_may_see(indicator: Indicator, every: Mapping[str, Indicator], subject: Subject) -> None:
    """Refuse an indicator that is restricted, or made of one that is, to who is neither its owner nor the centre.

    Raises
    ------
    RestrictedError
        The text says which, and who may see it.
    """
    hidden = next((one for one in made_of(indicator, every) if not _may_see(one, subject)), None)
    if hidden is None:
        return
    named = indicator.code if hidden is indicator else f"{indicator.code} is made of {hidden.code}, which"
    raise RestrictedError(
        f"indicator: {named} is restricted: {hidden.owner} and the centre see it, not {subject.role}"
    )


def may_see(indicator: Indicator, every: Mapping[str, Indicator], subject: Subject) -> bool:
    """Return whether `check_may_see` lets an indicator pass."""
    return all(_may_see(one, subject) for one in made_of(indicator, every))


def made_of(indicator: Indicator, every: Mapping[str, Indicator]) -> Iterator[Indicator]:
    """Yield an indicator, and all those that it is made of."""
    yield indicator
    for code in indicator.declared.inputs().values() if indicator.declared else ():
        yield from made_of(every[code], every)


def is_restricted(indicator: Indicator, every: Mapping[str, Indicator]) -> bool:
    """Return whether it, or one that it is made of, is."""
    return any(_class_of(one) is Privacy.RESTRICTED for one in made_of(indicator, every))


def of_enough_persons(cell: Cell) -> Cell:
    """Return a street's cell, without its numbers where they are of too few persons; 0 tells of nobody.

    Of a ratio either part is a count of persons.
    """
    counts = [one for one in (cell.numerator, cell.denominator) if one is not None]
    counts = counts or [one for one in (cell.value,) if one is not None]
    if not any(0 < one < LEAST_PERSONS for one in counts):
        return cell
    return cell._replace(value=None, numerator=None, denominator=None, n=0, mark=ValueMark.WITHHELD)


def _class_of(one: Indicator) -> Privacy:
    return one.declared.privacy if one.declared else Privacy.INTERNAL


def _may_see(one: Indicator, subject: Subject) -> bool:
    if _class_of(one) is not Privacy.RESTRICTED:
        return True
    scope = subject.scope
    if scope.kind is ScopeKind.DEPARTMENTS:
        return one.owner in scope.codes
    return scope.kind is ScopeKind.CITY and subject.role in CENTRE
