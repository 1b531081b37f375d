"""A dataset (信息资源) as the sharing platform lists it, read from a row of its CSV file; which of them are guarded.

Sharing types are those of the rules on sharing government information (无条件共享, 有条件共享, 不予共享).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.registration.cells import BadRow, printable, shown


class Sharing(StrEnum):
    """Whether other departments are given it."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


SHARING_ZH = {"无条件共享": Sharing.UNCONDITIONAL, "有条件共享": Sharing.CONDITIONAL, "不予共享": Sharing.NONE}


class CrossBorder(StrEnum):
    """Whether it may leave the mainland without more; what is restricted is guarded on export."""

    OPEN = "open"
    RESTRICTED = "restricted"


class DatasetPrivacy(StrEnum):
    """What it holds of people."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Cadence(StrEnum):
    """How often it is exchanged."""

    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"

    @property
    def longest(self) -> timedelta | None:
        """How old the last exchange may be; None where nothing is promised."""
        return _LONGEST_SINCE.get(self)


_LONGEST_SINCE = {
    Cadence.REALTIME: timedelta(hours=1),
    Cadence.HOURLY: timedelta(hours=2),
    Cadence.DAILY: timedelta(days=2),
    Cadence.WEEKLY: timedelta(days=10),
    Cadence.MONTHLY: timedelta(days=45),
    Cadence.QUARTERLY: timedelta(days=120),
    Cadence.YEARLY: timedelta(days=430),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as registered; fields are the columns of the file and of the table."""

    code: str
    name_zh: str
    name_en: str
    provider_code: str
    provider_zh: str
    provider_en: str
    theme: str
    sharing: Sharing
    licence: str
    terms: str
    cadence: Cadence
    last_exchange: datetime | None
    row_count: int | None
    cross_border: CrossBorder
    privacy: DatasetPrivacy
    source_system_code: str | None
    indicators: tuple[str, ...]
    contact: str


COLUMNS = (
    *("code", "name_zh", "name_en", "provider_code", "provider_zh", "provider_en", "theme", "sharing", "licence"),
    *("terms", "cadence", "last_exchange", "rows", "cross_border", "privacy", "source_system_code", "indicators"),
    "contact",
)
REQUIRED = ("code", "name_zh", "provider_code", "provider_zh", "theme", "sharing", "cadence")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST = 400
_Word = TypeVar("_Word", bound=StrEnum)


def read_dataset(row: Mapping[str, str], sources: frozenset[str], indicators: frozenset[str]) -> Dataset:
    """Make a dataset from a row of text by column name.

    `sources` and `indicators` are the codes that it may name.

    Raises
    ------
    BadRow
        A cell is missing or wrong.
    """
    texts = {name: (row.get(name) or "").strip() for name in COLUMNS}
    check_texts(texts, REQUIRED)
    source, named = texts["source_system_code"], texts["indicators"].split()
    if source and source not in sources:
        raise BadRow("source_system_code", f"{shown(source)} is no source system", "leave it empty, or correct it")
    if unknown := next((one for one in named if one not in indicators), None):
        remedy = "`cityops indicators list` names them; part several by blanks"
        raise BadRow("indicators", f"{shown(unknown)} is no indicator", remedy)
    return Dataset(
        **{name: texts[name] for name in ("name_zh", "provider_zh", "theme", "licence", "terms", "contact")},
        code=code_in("code", texts["code"]),
        name_en=texts["name_en"] or texts["name_zh"],
        provider_code=code_in("provider_code", texts["provider_code"]),
        provider_en=texts["provider_en"] or texts["provider_zh"],
        sharing=SHARING_ZH.get(texts["sharing"]) or _word("sharing", texts["sharing"], Sharing),
        cadence=_word("cadence", texts["cadence"], Cadence),
        last_exchange=_moment(texts["last_exchange"]),
        row_count=_count(texts["rows"]),
        cross_border=_word("cross_border", texts["cross_border"] or CrossBorder.OPEN, CrossBorder),
        privacy=_word("privacy", texts["privacy"] or DatasetPrivacy.INTERNAL, DatasetPrivacy),
        source_system_code=source or None,
        indicators=tuple(dict.fromkeys(named)),
    )


def check_texts(texts: Mapping[str, str], required: tuple[str, ...]) -> None:
    """Refuse a row of which a cell is empty that must not be, is too long, or holds what cannot be shown.

    Raises
    ------
    BadRow
        So it is.
    """
    if empty := [name for name in required if not texts[name]]:
        raise BadRow(", ".join(empty), "empty or missing", "fill it in")
    for name, text in texts.items():
        if len(text) > _LONGEST:
            raise BadRow(name, f"{len(text)} characters", f"write up to {_LONGEST}")
        if text:
            printable(name, text)


def code_in(column: str, text: str) -> str:
    """Return a code of our form.

    Raises
    ------
    BadRow
        It has another form.
    """
    if not _CODE.fullmatch(text):
        raise BadRow(column, f"{shown(text)} is no code", "write up to 64 letters, digits, dots, hyphens and _")
    return text


def _word(column: str, text: str, words: type[_Word]) -> _Word:
    try:
        return words(text.lower())
    except ValueError:
        raise BadRow(column, f"{shown(text)} is not known", f"write one of {', '.join(words)}") from None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        remedy = "write it as 2026-11-28 08:00, in the city's time, or leave it empty"
        raise BadRow("last_exchange", f"{shown(text)} is no time", remedy) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


def _count(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise BadRow("rows", f"{shown(text)} is no number of rows", "write digits alone, or leave it empty")
    return int(text)
