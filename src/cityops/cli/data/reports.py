"""The verb `cityops reports`: reports of days, weeks and responses (日报, 周报, 专报), listed, made and shown."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.here import adopt
from cityops.cli.lists import JsonOption, as_of, local, show_list
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from cityops.domain.reports.declared import ReportDeclaration

app = typer.Typer(
    help="Reports of days, weeks and responses; those of closed periods stay as they were made.",
    no_args_is_help=True,
)
Region = Annotated[str | None, typer.Option(help="Code of a district; without it the whole city.")]


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Of one kind alone, such as daily.")] = None,
    region: Annotated[str | None, typer.Option(help="Of one region alone.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the reports that are kept, newest period first."""
    from cityops.store.indicators import reports as store

    with transaction() as connection:
        rows = store.page(connection, store.ReportFilter(kind, region), None, 10_000)
    columns = ("id", "kind", "region", "from", "to", "edition", "title", "made", "by")
    told = [
        {
            **{name: row[name] for name in ("id", "kind", "edition")},
            "region": row["region_code"],
            "from": row["period_start"],
            "to": row["period_end"],
            "title": row["title_zh"],
            "made": row["made_at"],
            "by": row["made_by"],
        }
        for row in rows
    ]
    show_list(as_of(), columns, told, as_json=as_json)


@app.command()
def make(
    kind: Annotated[str, typer.Argument(help="daily, weekly, or one of a mode, such as storm.")],
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day of the period.")] = None,
    mode: Annotated[int | None, typer.Option(min=1, help="Of a report of a mode: its id.")] = None,
    region: Region = None,
) -> None:
    """Make a report now: of a closed period it is kept; where numbers have changed since, as a further edition."""
    from cityops.reference import CITY_CODE
    from cityops.services.reports import making
    from cityops.settings import settings
    from cityops.store.engine import make_engine, reading

    declared = _declared(kind)
    if (day is None) == (mode is None):
        raise CityopsError("name a day of the period with --day, or a mode with --mode")
    adopt()
    engine = make_engine(settings().require_database())
    who = actor()
    if mode is not None:
        assert who.scope is not None
        with reading(engine, who.scope) as connection:
            asked = making.asked_of_mode(connection, declared, mode)
    else:
        assert day is not None
        asked = making.asked_of_period(declared, region or CITY_CODE, day.replace(tzinfo=CITY_ZONE))
    made = making.make(engine, who, asked)
    engine.dispose()
    if made.id is None:
        typer.echo(f"the period is not closed before {local(asked.end + declared.grace)}: nothing is kept")
        return
    told = "was made" if made.is_new else "was made before, and no number has changed"
    typer.echo(f"report {made.id}, edition {made.snapshot.edition}, {told}")


def _declared(kind: str) -> "ReportDeclaration":
    from cityops.declarations import meant
    from cityops.indicators import reports_in_force

    every = reports_in_force()
    found = every.get(kind)
    if found is None:
        raise CityopsError(f"no report '{kind}' is declared{meant(kind, [*every])}; there are {', '.join(every)}")
    return found


@app.command()
def lint(
    folder: Annotated[Path | None, typer.Argument(help="Folder of YAML files; default: those in force.")] = None,
) -> None:
    """Say what is wrong with files that declare reports, each fault with file, line and column."""
    from cityops.indicators import in_force, reports_folder
    from cityops.reference.reports import read_reports

    found = read_reports(folder or reports_folder(), in_force())
    typer.echo(f"{len(found)} reports; nothing is wrong")


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The id that `list` shows.")],
    file: Annotated[Path, typer.Argument(help="Where it goes: *.docx, *.html, or *.json for its numbers.")],
    lang: Annotated[Literal["zh", "en"], typer.Option(help="In which language.")] = "zh",
) -> None:
    """Write a report into a file, byte by byte as it was made."""
    from cityops.store.indicators import reports as store

    form = file.suffix.removeprefix(".")
    if form not in {"docx", "html", "json"}:
        raise CityopsError(f"{file}: a report comes as .docx, .html or .json")
    with transaction() as connection:
        kept = store.one(connection, number)
        if kept is None:
            raise CityopsError(f"there is no report {number}; `cityops reports list` names them")
        found = None if form == "json" else store.file(connection, number, lang, form)
    file.write_bytes(kept["numbers"].encode() if found is None else found["content"])
    typer.echo(f"{kept['title_zh']}, edition {kept['edition']}, is in {file}")
