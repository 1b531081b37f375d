"""Shows lists of verbs: a table where it fits, a block for each row where it does not, tabs in pipes, or JSON."""

import json
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.visible import visible

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table, times in UTC.")]
Row = Mapping[str, object]
"""A row by column; what a table shows of a value follows from its type."""

_LEAST_PROSE = 24
"""Characters that a column of prose needs, to be worth folding."""


def local(moment: datetime | None, *, seconds: bool = False) -> str:
    """Return a moment in the city's time, or a dash."""
    return "-" if moment is None else f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"


def as_of() -> str:
    """Return how old a list is: made now."""
    return f"as of {local(utc_now())}"


def show_list(
    title: str, columns: Sequence[str], rows: Sequence[Row], *, as_json: bool = False, prose: Collection[str] = ()
) -> None:
    """Print a list; no cell is cut or broken, but those of the columns `prose` may be folded between words.

    Where nobody has said how wide the output is (no terminal, no COLUMNS), a line holds a row, its cells with tabs
    between them, after one with the names; the title goes to the standard error stream then. Text of others is shown
    with escapes for what would move a terminal.
    """
    if as_json:
        show_json({"at": utc_now(), "rows": [{name: row.get(name) for name in columns} for row in rows]})
        return
    is_wide = not (sys.stdout.isatty() or os.environ.get("COLUMNS"))
    cells = [[visible(_text(row.get(name), grouped=not is_wide)) for name in columns] for row in rows]
    if is_wide:
        typer.echo(visible(title), err=True)
        for line in (columns, *cells):
            typer.echo("\t".join(line))
        return
    console = Console(highlight=False)
    typer.echo(visible(title))
    if (widths := _fitting(columns, cells, prose, console.width)) is None:
        _show_blocks(columns, cells)
    else:
        numbers = {name for name in columns if any(type(row.get(name)) is int for row in rows)}
        console.print(_table(columns, cells, widths, numbers))


def as_lines(columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Return names and rows as lines in columns, for a list among other lines; they are as wide as it takes."""
    cells = [list(columns), *([visible(_text(row.get(name), grouped=True)) for name in columns] for row in rows)]
    widths = [max(cell_len(row[place]) for row in cells) for place in range(len(columns))]
    return ["  ".join(set_cell_size(*pair) for pair in zip(row, widths, strict=True)).rstrip() for row in cells]


def show_json(content: object) -> None:
    """Print JSON, times in UTC."""
    typer.echo(as_json_text(content))


def as_json_text(content: object) -> str:
    """Return JSON with its own escapes for what would move a terminal; Chinese stays readable."""
    text = json.dumps(content, ensure_ascii=False, default=_jsonable)
    return "".join(one if visible(one) == one else _json_escape(one) for one in text)


def _json_escape(one: str) -> str:
    return json.dumps(one).strip('"')


def _jsonable(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: object, *, grouped: bool) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if grouped else str(value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=_jsonable) if value else ""
    if isinstance(value, str):
        return value
    return "yes" if value is True else " ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _fitting(
    columns: Sequence[str], cells: Sequence[Sequence[str]], prose: Collection[str], width: int
) -> list[int] | None:
    """Return the width of each column, the sum with borders at most `width`; None where the whole does not fit."""
    wanted = [max(map(cell_len, (name, *column))) for name, column in _by_column(columns, cells)]
    over = sum(wanted) + 3 * len(wanted) + 1 - width
    for place, (name, column) in enumerate(_by_column(columns, cells)):
        if over > 0 and name in prose:
            words = (cell_len(word) for text in (name, *column) for word in re.split(r"\s+", text))
            least = min(wanted[place], max(_LEAST_PROSE, *words))
            given = max(least, wanted[place] - over)
            over -= wanted[place] - given
            wanted[place] = given
    return wanted if over <= 0 else None


def _by_column(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
    return [(name, [row[place] for row in cells]) for place, name in enumerate(columns)]


def _table(
    columns: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int], numbers: Collection[str]
) -> Table:
    table = Table()
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, width=width, justify="right" if name in numbers else "left")
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _show_blocks(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Print each row as lines of name and value: the terminal may wrap them, and copies them whole."""
    widest = max(map(len, columns), default=0)
    for row in cells:
        typer.echo("")
        for name, cell in zip(columns, row, strict=True):
            typer.echo(f"{name:{widest}}  {cell or '-'}")
