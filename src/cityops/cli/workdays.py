"""The verb `cityops calendar`: shows the working calendar of a year, and loads notices of holidays."""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from cityops.domain.events.workdays import WorkCalendar

app = typer.Typer(help="The working calendar, by which deadlines are counted.", no_args_is_help=True)


@app.command()
def show(year: Annotated[int, typer.Argument(min=2004, max=2049, help="Year.")], as_json: JsonOption = False) -> None:
    """List the days of a year on which the plain week does not hold, and say whether its notice is known."""
    from cityops.store import workdays

    with transaction() as connection:
        calendar = workdays.work_calendar(connection)
    if calendar.is_published(year):
        state = f"as published, {calendar.notices.get(year, 'known to the library holidays')}"
    else:
        state = "provisional: no notice is known yet, these are the holidays by law without make-up days"
    columns = ("day", "weekday", "kind", "name", "source")
    show_list(f"{year}, {state}; {as_of()}", columns, list(_rows(calendar, year)), as_json=as_json)


def _rows(calendar: "WorkCalendar", year: int) -> Iterator[dict[str, object]]:
    first = date(year, 1, 1)
    for day in (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)):
        kind, change = calendar.kind(day), calendar.changes.get(day)
        if change is None and kind in {"workday", "weekend"}:
            continue
        source = change.source if change else "holidays" if calendar.is_published(year) else "provisional"
        one: dict[str, object] = {"day": str(day), "weekday": f"{day:%a}", "kind": str(kind)}
        yield one | {"name": calendar.name(day), "source": source}


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV file in UTF-8; - reads standard input.")],
    year: Annotated[
        int | None,
        typer.Option(help="The file is the whole notice of this year, which is no longer provisional then."),
    ] = None,
) -> None:
    """Load days from a CSV file: day (2027-02-06), kind (off, working), name, source (number of the notice).

    It is taken whole or, with a list of its faults, not at all. Deadlines that run over days that have changed move,
    those of closed cases never do. A year's notice takes the place of its former one; single days stay.
    """
    from cityops.domain.events.notices import read_notice
    from cityops.services import workdays
    from cityops.services.case_clocks import follow

    notice = read_notice(_read(file), year)
    with transaction() as connection:
        loaded = workdays.load(connection, actor(), notice, follow)
    typer.echo(
        f"{loaded.days} days are loaded; {loaded.differing} are another than before,"
        f" {loaded.deadlines} running deadlines have moved"
    )


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CityopsError(f"{file} cannot be read ({error.strerror}): check its name and who may read it") from None
