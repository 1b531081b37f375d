"""CSV that a Chinese Excel opens right the first time: UTF-8 with BOM, CRLF, local times, no formula, no cut code.

Times are written as `2026-11-23 08:00:00` in the city's zone, which stands in a column of its own, because Excel
takes RFC 3339 for text. Numbers, negative ones too, stay numbers. One rule for all text: what a spreadsheet would
run as a formula begins with an apostrophe, and what it would show as something else, such as 000123, 1E5, 3-4 or a
code of more than eleven digits, with a tab. Whoever reads the file by program drops this first character, if it is
one of these two.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from cityops.domain.exports.sheet import YES_NO, Cell, Language
from cityops.domain.intervals import CITY_ZONE

BOM = "\ufeff"
ROWS_PER_CHUNK = 1000
_FORMULA = tuple("=+-@\t\r\n＝＋－＠−'")
_PLAIN = re.compile(r"0|[1-9][0-9]{0,10}")
_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
_MONTHS += "|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
_NUMERIC = rf"[\W\d]|(?<=[\d.])e(?=[-+\d])|(?<=[\d\s])[ap]m?\b|(?<=\d)[tz]|{_MONTHS}|{_DAYS}|[年月日时分秒]|上午|下午"
_READ_ANEW = re.compile(rf"(?=.*\d)(?:{_NUMERIC})+|true|false|#[A-Z].*", re.IGNORECASE | re.DOTALL)
"""What a spreadsheet reads as a number, a date, a time, a truth or an error, and then shows and saves otherwise: text
with a digit and no letters but those of numbers and dates. A superset: a tab too many is not seen."""


def cell(value: Cell) -> str:
    """Return a value as it stands in the file."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _local(value)
    return _text(str(value)) if isinstance(value, str) else repr(value)


@lru_cache(maxsize=8192)  # the regions of a series share their times
def _local(value: datetime) -> str:
    return value.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S")


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """Return text so that a spreadsheet shows it as it is; `unguarded` is the way back."""
    if _PLAIN.fullmatch(value):
        return value
    seen = unicodedata.normalize("NFKC", _visible(value))
    if value.startswith(_FORMULA) or seen.startswith(_FORMULA):
        return "'" + value
    return "\t" + value if _READ_ANEW.fullmatch(seen) else value


def _visible(text: str) -> str:
    """Return text without what does not show at its beginning: blanks, and characters of no width."""
    first = next((place for place, one in enumerate(text) if unicodedata.category(one)[0] not in "ZC"), len(text))
    return text[first:].rstrip()


def unguarded(text: str) -> str:
    """Return a cell of text as it was before it went into the file."""
    return text[1:] if text.startswith(("\t", "'")) else text


def chunks(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the file in pieces of about a thousand rows."""
    yield head(header)
    remaining = iter(rows)
    while piece := list(islice(remaining, ROWS_PER_CHUNK)):
        yield lines(piece)


def head(header: Sequence[str]) -> bytes:
    """Return the beginning of a file: the mark of UTF-8, and the headings."""
    return BOM.encode() + lines([header])


def lines(rows: Iterable[Sequence[Cell]], language: Language = "zh") -> bytes:
    """Return rows as they stand in a file."""
    told: dict[type, Callable[[Any], str]] = {str: _text, datetime: _local, bool: YES_NO[language].__getitem__}
    written = told.get
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    # Numbers and None are left to the writer, which gives them as `cell` does.
    writer.writerows([[of(value) if (of := written(type(value))) else value for value in row] for row in rows])
    return text.getvalue().encode()
