"""The verb `cityops export`: saves a file of the API, whole or not at all, and says how old what it holds is."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cityops.errors import CityopsError

What = Literal["series", "events", "alarms", "devices", "readings", "rates", "sources"]


def export(
    what: Annotated[What, typer.Argument(help="What is wanted.")],
    file: Annotated[Path, typer.Argument(help="A new file; .csv, .xlsx, .parquet, .arrows or .zip is the format.")],
    filters: Annotated[
        list[str] | None, typer.Option("--filter", "-f", help="As in the API: indicator=pm25, region=440106 …")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with readings as CSV that broke off; all else begins anew.")
    ] = False,
    api_url: Annotated[str, typer.Option(help="Address of the API; default: CITYOPS_API_URL.")] = "",
) -> None:
    """Save series, cases, alarms, devices or readings as a file, with the key of CITYOPS_API_KEY.

    The filters are those of the API's lists, each as often as wanted. The file is there only when all of it has come.
    Readings as CSV that broke off stay beside it as .part, and --resume goes on with them by the same question.
    """
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    from cityops.client import Client
    from cityops.clock import utc_now
    from cityops.settings import settings

    asked = _asked(filters or [])
    columns = TextColumn("{task.description}"), DownloadColumn(), TimeElapsedColumn()
    with (
        Client(api_url or settings().api_url, settings().api_key) as client,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task(what, total=None)

        def told(size: int, rows: int | None) -> None:
            expected = "" if rows is None else f", {rows:,} rows expected"
            progress.update(task, completed=size, description=f"{what}{expected}")

        made = client.export(what, file, progress=told, resume=resume, **asked)
    rows = "" if made.rows_expected is None else f", {made.rows_expected:,} rows expected"
    age = "" if made.begun_at is None else f", begun {(utc_now() - made.begun_at).total_seconds():,.0f} s ago"
    way = f", {_way(made.resumed_at)}" if resume else ""
    typer.echo(f"{made.path}: {made.bytes:,} bytes{rows}{age}{way}")


def _way(resumed_at: int | None) -> str:
    if resumed_at is None:
        return (
            "begun anew, for nothing was left to go on with: only readings as CSV leave that, 6 hours or more of them"
        )
    return f"of which {resumed_at:,} had come before"


def _asked(filters: list[str]) -> dict[str, str | list[str]]:
    """Return the filters by name, each with all its values.

    Raises
    ------
    CityopsError
        One has no `=`.
    """
    asked: dict[str, list[str]] = {}
    for one in filters:
        name, is_one, value = one.partition("=")
        if not is_one:
            raise CityopsError(f"--filter {one}: write it as name=value, such as region=440106")
        asked.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in asked.items()}
