"""The page docs/reference/exports.md: what goes out as a file, column by column, from the declaration itself."""

from collections.abc import Callable

from cityops.api.files.offered import FileFormat
from cityops.domain.exports.sheet import Column, Sheet
from cityops.domain.exports.sheets import SHEETS

INTRO = """# Files

What can be taken as a file. Each stands at `GET /api/v1/export/<name>`, with the filters of its list and

| parameter | meaning |
|---|---|
| `format` | {formats}; unless given, what `Accept` names, else csv |
| `lang` | `zh` or `en`: words, and the headings of CSV and XLSX, which are the titles or the names below |
| `describe` | `true`: the [Data Package](https://datapackage.org) descriptor instead of the file |

The header `Cityops-Rows-Expected` says before the first row how many will come. Columns of Parquet and Arrow have
the names below in both languages. Why so: [0059](../decisions/0059-one-declaration-five-formats.md).
"""
_SHEET = """
## {title_en}: `{name}`

{title_zh}.{means} Rows are told apart by {key}.

| column | 名称 | title | type | unit | meaning |
|---|---|---|---|---|---|
"""


def page(row: Callable[..., str]) -> str:
    """Return the page; `row` makes a line of a table."""
    formats = ", ".join(f"`{one}`" for one in FileFormat)
    return INTRO.format(formats=formats) + "".join(_sheet(one, row) for one in SHEETS)


def _sheet(sheet: Sheet, row: Callable[..., str]) -> str:
    key = ", ".join(f"`{name}`" for name in sheet.key)
    means = f" {sheet.means}" if sheet.means else ""
    head = _SHEET.format(name=sheet.name, title_zh=sheet.title_zh, title_en=sheet.title_en, means=means, key=key)
    return head + "".join(_column(one, row) for one in sheet.columns)


def _column(one: Column, row: Callable[..., str]) -> str:
    kind = one.type.value + (", or empty" if one.nullable else "")
    return row(f"`{one.name}`", one.title_zh, one.title_en, kind, one.unit, one.means)
