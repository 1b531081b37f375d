"""Puts the command `cityops` together: the verbs beside this file, and those of the deployables by entry points."""

import sys
from importlib.metadata import entry_points

import typer
from rich.console import Console

from cityops.cli import api, db, demo, devices, simulate, up, verify
from cityops.errors import CityopsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold addresses with passwords
    help="City operations platform: sensors and events in, the state of the city out.",
)
for function in (up.up, demo.demo, api.api, verify.verify):
    app.command()(function)
for name, group in (("db", db.app), ("devices", devices.app), ("simulate", simulate.app)):
    app.add_typer(group, name=name)
for point in entry_points(group="cityops.commands"):
    app.add_typer(point.load(), name=point.name)


def main() -> None:
    """Run the command line; a foreseen failure is a sentence, not a traceback."""
    try:
        app()
    except CityopsError as error:
        Console(stderr=True).print(f"[red]cityops:[/red] {error}", highlight=False)
        sys.exit(1)
