"""The verb `cityops packs`: makes the files of a day into one zip, once or day after day, and lists the zips."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cityops.cli.here import Here, adopt
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.clock import utc_now
from cityops.domain.exports.packs import KEEP_DAYS, due
from cityops.errors import CityopsError

app = typer.Typer(help="Daily packs (每日数据包): the files of one day in one zip.", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Option(help="Folder of the packs; default: CITYOPS_PACKS.")]


@app.command()
def make(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Which; default: the newest that is over.")
    ] = None,
    keep_days: Annotated[int, typer.Option(min=1, help="Packs of older days are removed.")] = KEEP_DAYS,
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Minutes from one look to the next; default: once, then end.")
    ] = None,
    folder: Folder = None,
    instance: Here = None,
) -> None:
    """Make the pack of a day, unless it is there: all indicators, cases and alarms, as CSV and Parquet.

    What is in it the API gives to the key of CITYOPS_API_KEY, which must be one for the whole city. A pack has its
    name when it is whole. With --every what fails is told and tried again at the next look; where CITYOPS_PACKS and
    CITYOPS_API_KEY are set, `cityops jobs` does the same, one of several that run.
    """
    adopt(instance)
    wanted = None if day is None else day.date()
    if every is None:
        typer.echo(_made(_folder(folder), wanted, keep_days))
        return
    _keep_making(_folder(folder), keep_days, every * 60)


def _keep_making(folder: Path, keep_days: int, every_s: float) -> None:
    import structlog

    from cityops.cli.up import stop_on_signal
    from cityops.log import configure

    configure()
    log, stop = structlog.get_logger(), stop_on_signal()
    while not stop.is_set():
        try:
            log.info(_made(folder, None, keep_days))
        except (CityopsError, OSError) as error:
            log.warning("the pack could not be made, tried again", error=str(error))
        stop.wait(every_s)


def _made(folder: Path, day: date | None, keep_days: int) -> str:
    from cityops.jobs.packs import made
    from cityops.settings import settings

    now = utc_now()
    pack, is_new = made(folder, day or due(now), keep_days, now, settings().api_url, settings().api_key)
    verb = "is made" if is_new else "is there"
    return f"{folder / pack.name} {verb}: {pack.bytes:,} bytes, SHA-256 {pack.sha256}"


@app.command("list")
def list_(folder: Folder = None, instance: Here = None, as_json: JsonOption = False) -> None:
    """List the packs by day, the newest first: bytes, SHA-256 and when each was made."""
    from cityops.services.indicators import packs

    adopt(instance)
    found = packs.packs(_folder(folder))
    columns = ("day", "name", "bytes", "sha256", "made_at")
    rows: list[dict[str, object]] = [{name: getattr(one, name) for name in columns} for one in found]
    show_list(as_of(), columns, rows, as_json=as_json)


def _folder(given: Path | None) -> Path:
    """Return the folder of the packs.

    Raises
    ------
    CityopsError
        None is named.
    """
    from cityops.settings import settings

    if given is None and not settings().packs:
        raise CityopsError("no folder is named: give --folder, or set CITYOPS_PACKS for this verb and the API")
    return given or Path(settings().packs)
