"""A sheet is a table that goes out as a file: its columns in their order, each with what one must know to read it.

The headings of CSV and XLSX, the schema of Parquet and Arrow, the fields of `datapackage.json` and the page
docs/reference/exports.md follow from here.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

Language = Literal["zh", "en"]
Cell = str | float | int | bool | datetime | None
"""A value of a file; a `bool` is told in words where people read it."""


class ColumnType(StrEnum):
    """What the values of a column are, in the words of Table Schema."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"


YES_NO: dict[Language, tuple[str, str]] = {"zh": ("否", "是"), "en": ("no", "yes")}
"""What false and true are called where people read them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` stays for ever, the titles are for people; `means` says what they do not.

    `fine` tells times that are kept below the second in every format; others are cut to it in CSV and XLSX.
    """

    name: str
    title_zh: str
    title_en: str
    type: ColumnType = ColumnType.STRING
    unit: str = ""
    means: str = ""
    nullable: bool = True
    fine: bool = False

    def heading(self, language: Language) -> str:
        """Return what stands above the column in a file for people: names in English are those for programs."""
        return self.title_zh if language == "zh" else self.name


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that can be had as a file; `key` are the columns that tell its rows apart, none where none do."""

    name: str
    title_zh: str
    title_en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    means: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in their order."""
        return tuple(column.name for column in self.columns)

    def header(self, language: Language) -> list[str]:
        """Return the headings in their order."""
        return [column.heading(language) for column in self.columns]

    def with_columns(self, columns: tuple[Column, ...], key: tuple[str, ...]) -> "Sheet":
        """Return the same sheet in another form."""
        return replace(self, columns=columns, key=key)
