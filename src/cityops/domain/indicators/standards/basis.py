"""Where a table or rule of a standard comes from, and how far that was followed up; told on the page of standards."""

from typing import NamedTuple

from cityops.domain.alarms.rules import BasisMark


class Basis(NamedTuple):
    """A standard with the clause or table that is meant, and whether we have read it."""

    standard: str
    clause: str
    mark: BasisMark
