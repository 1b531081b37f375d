"""The verb `cityops maintain`: makes hour and day rollups; safe while the ingest runs, and to run twice."""

import time
from typing import Annotated

import typer
from rich.console import Console

from cityops.cli.up import stop_on_signal
from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError
from cityops.settings import settings


def maintain(
    every: Annotated[
        float | None, typer.Option(min=1, help="Go on until stopped, beginning again after so many minutes.")
    ] = None,
) -> None:
    """Make the hour and day rollups of what is over or has changed since. Ingest and API may run meanwhile."""
    console = Console(stderr=True, highlight=False)
    if every is None:
        _once(console)
        return
    stop = stop_on_signal()
    while not stop.is_set():
        try:
            _once(console)
        except (CityopsError, OSError) as error:
            console.print(f"not maintained, trying again in {every:g} min: {error}")
        stop.wait(every * 60)


def _once(console: Console) -> None:
    from cityops.store import rollups
    from cityops.store.engine import connect
    from cityops.store.maintenance import exclusively

    began = time.monotonic()
    with (
        connect(settings().require_database(), "cityops maintain") as connection,
        exclusively(connection),
        console.status("maintaining") as status,
    ):
        made = rollups.make(connection, status.update)
    console.print(
        f"{utc_now().astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S} rollups made: {made.hours} hours, {made.days} days "
        f"({time.monotonic() - began:.1f} s)"
    )
