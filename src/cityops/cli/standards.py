"""The verb `cityops standards`: checks, imports, lists and writes out the standards by which cases are filed."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from cityops.domain.events.standards import CaseStandard

app = typer.Typer(
    help="When cases of a class are filed, how long they may take, when they may be closed (立案标准).",
    no_args_is_help=True,
)

LARGEST = 10_000_000
"""Bytes of a file; a city's whole workbook has a few hundred thousand."""

EXAMPLE = "these are examples shipped with the platform, not the city's own: see `cityops standards import`"

File = Annotated[Path, typer.Argument(help="CSV file in UTF-8 with the columns of `cityops standards export`.")]


@app.command()
def check(file: File) -> None:
    """Say whether a file could be put in force, and name each fault in it; nothing is changed."""
    from cityops.services import standards as acts

    text = _text(file)
    with transaction() as connection:
        found = acts.check(connection, text)
    typer.echo(f"{len(found)} standards of {len({one.class_code for one in found})} classes; nothing is wrong")


@app.command("import")
def import_(file: File) -> None:
    """Put the standards of a file in force instead of those there are; with a fault in it all stays as it was.

    A change is a new version; cases keep the version that they were filed by, and old versions stay readable.
    """
    from cityops.services import standards as acts

    text = _text(file)
    with transaction() as connection:
        result = acts.put_in_force(connection, actor(), text, str(file), utc_now())
    typer.echo(f"{result.added} added, {result.unchanged} unchanged, {result.withdrawn} withdrawn")


@app.command("list")
def list_(
    class_: Annotated[str | None, typer.Option("--class", help="Only this class of cases.")] = None,
    all_versions: Annotated[bool, typer.Option("--all-versions", help="Those no longer in force, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the standards in force."""
    found = [one for one in _kept(all_versions) if class_ in {None, one.class_code}]
    rows: list[dict[str, object]] = [
        {
            "code": one.code,
            "version": one.version,
            "class": one.class_code,
            "limit": f"{one.limit.amount} {one.limit.kind.name_en}",
            "unit": one.unit,
            "condition": one.condition_en,
            "closing": one.closing_en,
            "example": one.is_example,
        }
        for one in found
    ]
    columns = ("code", "version", "class", "limit", "unit", "condition", "closing", "example")
    show_list(as_of(), columns, rows, as_json=as_json, prose=("condition", "closing"))
    _warn(found)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="CSV file to be written; none: standard output.")] = None,
) -> None:
    """Write the standards in force as CSV, to be changed and imported again."""
    from cityops.domain.events.standards import COLUMNS

    found = _kept(all_versions=False)
    output = sys.stdout if file is None else file.open("w", encoding="utf-8", newline="")
    try:
        writer = csv.writer(output, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(one.cells() for one in found)
    finally:
        if file is not None:
            output.close()
    _warn(found)


def _kept(all_versions: bool) -> "Sequence[CaseStandard]":
    from cityops.store.events import standards as store

    with transaction() as connection:
        if all_versions:
            return store.every(connection)
        return store.valid(connection, utc_now().astimezone(CITY_ZONE).date())


def _warn(found: "Sequence[CaseStandard]") -> None:
    if any(one.is_example for one in found):
        typer.echo(EXAMPLE, err=True)


def _text(file: Path) -> str:
    if not file.is_file():
        raise CityopsError(f"there is no file {file}")
    if (size := file.stat().st_size) > LARGEST:
        raise CityopsError(f"{file} has {size:,} bytes, more than {LARGEST:,}: leave out what is not used")
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CityopsError(f"{file}, line {line} is not UTF-8: save it as CSV UTF-8; nothing was changed") from None
