"""The verb `cityops modes`: what the city and its districts work under, listed, started and ended (平急结合)."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, local, show_list
from cityops.clock import utc_now
from cityops.domain.modes.modes import Grade, Matter, ModeError, ModeKind, NewMode
from cityops.errors import CityopsError

app = typer.Typer(
    help="What the city and its districts work under: normal, alert, emergency, event; drills.", no_args_is_help=True
)

Region = Annotated[str | None, typer.Option(help="Code of a district; without it the whole city.")]


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the modes in force, newest first; where none is, normal holds."""
    from cityops.store.modes import modes as store

    with transaction() as connection:
        rows = store.page(connection, store.ModeFilter(open=None if all_ else True), None, 10_000)
    columns = (
        "id",
        "region",
        "kind",
        "grade",
        "title",
        "drill",
        "since",
        "until",
        "ended",
        "by",
        "approver",
        "reason",
    )
    told = [
        {
            **{name: row[name] for name in ("id", "kind", "grade", "drill", "since", "until", "approver", "reason")},
            "region": row["region_code"],
            "title": row["title_zh"],
            "ended": row["ended_at"],
            "by": row["started_by"],
        }
        for row in rows
    ]
    show_list(as_of(), columns, told, as_json=as_json, prose=("reason",))


@app.command()
def start(
    kind: Annotated[ModeKind, typer.Argument(help="alert, emergency or event.")],
    matter: Annotated[Matter, typer.Argument(help="What it is about.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    approver: Annotated[str, typer.Option(help="Who has approved it.")],
    region: Region = None,
    grade: Annotated[
        int | None, typer.Option(min=1, max=4, help="1 (Ⅰ, the gravest) to 4; none of an event.")
    ] = None,
    hours: Annotated[float | None, typer.Option(min=0.01, help="Planned for so long; a drill is over then.")] = None,
    drill: Annotated[bool, typer.Option("--drill", help="Only played: marked everywhere, counted nowhere.")] = False,
    title: Annotated[str, typer.Option(help="Its name in Chinese; else made of matter and grade.")] = "",
    title_en: Annotated[str, typer.Option(help="Its name in English.")] = "",
) -> None:
    """Put a mode in force; it holds until `end`, a drill until its planned end."""
    from cityops.reference import CITY_CODE
    from cityops.services import modes as acts

    where = region or CITY_CODE
    until: datetime | None = None if hours is None else utc_now() + timedelta(hours=hours)
    of_grade = None if grade is None else Grade(grade)
    mode = NewMode(where, kind, matter, of_grade, reason, approver, until, drill, title, title_en)
    try:
        with transaction() as connection:
            number = acts.start(connection, actor(), mode)
    except ModeError as error:
        raise CityopsError(str(error)) from None
    planned = f", planned until {local(until)}" if until else ""
    typer.echo(f"mode {number}: {mode.titles[0]} in {where}{planned}")


@app.command()
def end(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The id that `list` shows.")],
    reason: Annotated[str, typer.Option(help="Why it is over.")],
) -> None:
    """End a mode, for good."""
    from cityops.services import modes as acts

    with transaction() as connection:
        acts.end(connection, actor(), number, reason)
    typer.echo(f"mode {number} is over")
