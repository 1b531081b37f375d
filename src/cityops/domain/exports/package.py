"""The descriptor of a file: Data Package v2 (https://datapackage.org), readable for readers of v1.

It is made from the same sheet as the headings. What v2 alone knows is only added: the types are those of v1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cityops.domain.exports.sheet import YES_NO, Column, ColumnType, Language, Sheet

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE = {
    "name": "notspecified",
    "path": "https://opendefinition.org/licenses/notspecified/",
    "title": "未声明许可，按提供单位的规定使用 / no licence is declared; the providing department's terms hold",
}
"""Of the city's data no terms are declared yet, which is what its name says among Open Definition's."""

_GUARD = (
    "A cell of text that a spreadsheet would run or read anew begins with ' or a tab, which a program drops. "
    "Times are those of the column of the zone."
)


@dataclass(frozen=True, slots=True)
class Described:
    """A file to be described; `bytes` and `digest` (SHA-256, hex) where they are known by then."""

    sheet: Sheet
    path: str
    format: str
    media_type: str
    language: Language
    created: datetime
    address: str
    """Path and filters by which the same file is had again."""
    sources: Sequence[str]
    rows_expected: int | None = None
    bytes: int | None = None
    digest: str | None = None
    indicators: Sequence[Mapping[str, Any]] = ()
    """All that is declared of the indicators in it, as the API tells it."""

    @property
    def is_for_people(self) -> bool:
        """Whether headings are those of the language, and truths are words."""
        return self.format in {"csv", "xlsx"}


def package(told: Described) -> dict[str, Any]:
    """Return the descriptor of a file."""
    sheet = told.sheet
    made: dict[str, Any] = {
        "$schema": PROFILE,
        "name": f"cityops-{sheet.name}",
        "title": f"{sheet.title_zh} / {sheet.title_en}",
        "created": told.created.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "licenses": [LICENCE],
        "sources": [{"title": source} for source in told.sources] or [{"title": "cityops"}],
        "resources": [_resource(told)],
        "cityops": {"address": told.address, "rows_expected": told.rows_expected},
    }
    if told.indicators:
        made["cityops"] |= {"indicators": [*told.indicators]}
    return made | ({"description": sheet.means} if sheet.means else {})


def _resource(told: Described) -> dict[str, Any]:
    is_csv = told.format == "csv"
    schema: dict[str, Any] = {
        "fields": [_field(one, told) for one in told.sheet.columns],
        "missingValues": [""],
    }
    if told.sheet.key:
        schema["primaryKey"] = [_name(one, told) for one in told.sheet.columns if one.name in told.sheet.key]
    resource: dict[str, Any] = {
        "name": told.sheet.name,
        "path": told.path,
        "type": "table",
        "profile": "tabular-data-resource",
        "format": told.format,
        "mediatype": told.media_type.partition(";")[0],
        "schema": schema,
    }
    if is_csv:
        dialect = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}
        resource |= {"encoding": "utf-8", "dialect": dialect, "description": _GUARD}
    if told.bytes is not None and told.digest is not None:
        resource |= {"bytes": told.bytes, "hash": f"sha256:{told.digest}"}
    return resource


def _name(column: Column, told: Described) -> str:
    return column.heading(told.language) if told.is_for_people else column.name


def _field(column: Column, told: Described) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": _name(column, told),
        "type": column.type.value,
        "title": column.title_zh if told.language == "zh" else column.title_en,
        "title_zh": column.title_zh,
        "title_en": column.title_en,
        "column": column.name,
    }
    if column.unit:
        field["unit"] = column.unit
    if column.means:
        field["description"] = column.means
    if not column.nullable:
        field["constraints"] = {"required": True}
    if told.is_for_people and column.type is ColumnType.BOOLEAN:
        no, yes = YES_NO[told.language]
        field |= {"trueValues": [yes], "falseValues": [no]}
    if told.format == "csv" and column.type is ColumnType.DATETIME:
        field["format"] = "%Y-%m-%d %H:%M:%S.%f" if column.fine else "%Y-%m-%d %H:%M:%S"
    return field
