"""The verb `cityops resources`: registers datasets of the sharing platform and who answers for data, lists both."""

from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, local, show_list
from cityops.cli.registration.options import File
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cityops.services.resources import ResourceImport
    from cityops.store.engine import WriteConnection

app = typer.Typer(help="Data resources (信息资源): datasets, and who answers for them.", no_args_is_help=True)
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of each line.")]

LARGEST = 20_000_000
"""Bytes of a file: ten times the city's 4,056 themes."""


@app.command("import")
def import_(file: File, dry_run: DryRun = False, as_json: JsonOption = False) -> None:
    """Register the datasets of a CSV file; the columns stand in docs/reference/resources.md.

    Run again, what has changed is taken over. Lines with a wrong cell are told, with column, reason and remedy; the
    others are taken.
    """
    from cityops import reference
    from cityops.indicators import in_force
    from cityops.services import resources as acts

    known = frozenset((*in_force().indicators, *(one.code for one in reference.metrics())))
    _taken(file, lambda on, lines: acts.import_datasets(on, actor(), lines, str(file), known), dry_run, as_json)


@app.command()
def officers(file: File, dry_run: DryRun = False, as_json: JsonOption = False) -> None:
    """Put the chief data officers of a CSV file in force instead of those there are.

    The columns are level (city, executive, unit, liaison), unit_code, office, person, phone. With a fault in the file
    all stays as it was.
    """
    from cityops.services import resources as acts

    _taken(file, lambda on, lines: acts.import_officers(on, actor(), lines, str(file)), dry_run, as_json)


@app.command("list")
def list_(
    text: Annotated[str | None, typer.Option("--text", help="Part of a name, or the beginning of a code.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the registered datasets: provider, theme, sharing, cadence, last exchange, rows."""
    from cityops.store.resources import datasets as store

    with transaction() as connection:
        rows = store.page(connection, store.DatasetFilter(text=text), "", 100_000)
    columns = ("code", "name", "provider", "theme", "sharing", "cadence", "last_exchange", "rows", "cross_border")
    told = [
        {
            **{name: row[name] for name in ("code", "theme", "sharing", "cadence", "cross_border")},
            "name": row["name_zh"],
            "provider": row["provider_zh"],
            "last_exchange": local(row["last_exchange"]) if row["last_exchange"] else None,
            "rows": row["row_count"],
        }
        for row in rows
    ]
    show_list(as_of(), columns, told, as_json=as_json, prose=("name",))


class _DryRun(Exception):  # noqa: N818 - no error: it ends a transaction without keeping anything
    """Nothing is to be kept."""


def _taken(
    file: File,
    act: "Callable[[WriteConnection, list[str]], ResourceImport]",
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a file and tell what became of it; fail where lines were refused.

    Raises
    ------
    CityopsError
        The file cannot be read, or lines of it were refused.
    """
    lines, told = _lines(file), None
    try:
        with transaction() as connection:
            told = act(connection, lines)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    assert told is not None
    rows: list[dict[str, object]] = [{"line": one.line, "column": one.column, "why": one.why} for one in told.refused]
    if rows or as_json:
        show_list(str(file), ("line", "column", "why"), rows, as_json=as_json, prose=("why",))
    would = "would be " if dry_run else ""
    typer.echo(f"{told.lines} lines: {told.added} {would}added, {told.changed} {would}changed", err=True)
    if rows:
        raise CityopsError(f"{len(rows)} of {told.lines} lines were refused; correct these and import the file again")


def _lines(file: File) -> list[str]:
    try:
        if file.stat().st_size > LARGEST:
            raise CityopsError(f"{file} has more than {LARGEST:,} bytes: it is no file of resources")
        return file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8 ({type(error).__name__}): save it as such") from error
