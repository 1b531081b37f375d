"""Judges why something could not be stored: the database is away or strained, or it refuses what it is given.

How these are told apart is argued in docs/decisions/0035.
"""

from enum import Enum

import psycopg

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT

SAME_AGAIN = 5
"""Attempts that must fail in the same way before what failed is taken for refused: with their pauses three seconds,
in which a fault that passes has passed."""


class Verdict(Enum):
    """What a failure says of the batch that met it, and so what to do with the batch."""

    AWAY = "the database is not there: try again as it is"
    STRAINED = "the database could not do it: try again, and less of it if that does not help"
    REFUSED = "the database or our own code refuses it: try again, then find the item at fault and reject that"
    BAD_DATA = "the database refuses a value: find it at once and reject it"


_LONGEST = 4 * EXCERPT

_BAD_DATA = ("22", "23")
_AWAY = ("08", "25", "28", "3D", "53", "58")
_STRAINED = ("40", "53200", "55", "57")
_REFUSED = ("53400",)
"""Beginnings of SQLSTATE codes (PostgreSQL, appendix A), the longer ones first asked for. 53400 is a limit that was
configured, which TimescaleDB tells of a statement that unpacks too many rows; its class else is full disks."""


def judge(error: Exception) -> Verdict:
    """Return what a failed attempt to store a batch says of it; a connection must have been there."""
    if isinstance(error, UnicodeError):
        return Verdict.BAD_DATA
    if not isinstance(error, psycopg.Error):
        return Verdict.AWAY if isinstance(error, OSError) else Verdict.REFUSED
    state = error.sqlstate or ""
    for verdict, codes in (
        (Verdict.REFUSED, _REFUSED),
        (Verdict.STRAINED, _STRAINED),
        (Verdict.AWAY, _AWAY),
        (Verdict.BAD_DATA, _BAD_DATA),
    ):
        if state.startswith(codes):
            return verdict
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):  # psycopg's own, before it asked the database
        return Verdict.BAD_DATA
    return Verdict.REFUSED if state else Verdict.STRAINED  # without a code, the connection broke


def reason_of(error: Exception) -> Reason:
    """Return the reason of a reject for an error."""
    is_the_databases = isinstance(error, psycopg.Error | UnicodeError)
    return Reason.DATABASE_REFUSED if is_the_databases else Reason.INTERNAL_ERROR


def told(error: Exception) -> str:
    """Return an error in a line, without the row that met it, which may hold what a citizen wrote."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return f"{error.diag.message_primary} (SQLSTATE {error.sqlstate})"[:_LONGEST]
    return f"{type(error).__name__}: {error}".strip()[:_LONGEST]


class Repeats:
    """Counts failures of one thing that are alike, in a row."""

    def __init__(self) -> None:
        self._last: tuple[type[Exception], str | None] | None = None
        self._times = 0

    def note(self, error: Exception) -> None:
        """Count a failure, anew where it is another one than the last."""
        kind = type(error), error.sqlstate if isinstance(error, psycopg.Error) else None
        self._times = self._times + 1 if kind == self._last else 1
        self._last = kind
        if judge(error) is Verdict.BAD_DATA:
            self._times = SAME_AGAIN

    @property
    def are_enough(self) -> bool:
        """Whether trying once more as it is would be in vain."""
        return self._times >= SAME_AGAIN
