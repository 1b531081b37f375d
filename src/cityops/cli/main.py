"""Puts the command `cityops` together: the verbs beside this file, and those of the deployables by entry points."""

import sys
import traceback
from importlib.metadata import entry_points

import typer
from rich.console import Console
from rich.markup import escape

from cityops.cli import (
    alarms,
    api,
    backup,
    broker,
    channels,
    db,
    devices,
    jobs,
    maintain,
    modes,
    rejects,
    roster,
    simulate,
    standards,
    up,
    verify,
    workdays,
)
from cityops.cli.access import accounts, audit, keys
from cityops.cli.data import corrections, exports, forms, indicators, packs, reports, resources
from cityops.cli.demo.verb import demo
from cityops.cli.doctor.verb import doctor
from cityops.errors import CityopsError
from cityops.visible import visible

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # `main` prints what is unforeseen, without the secrets in it
    help="City operations platform: sensors and events in, the state of the city out.",
)
for function in (
    up.up,
    demo,
    api.api,
    jobs.jobs,
    maintain.maintain,
    verify.verify,
    doctor,
    backup.backup,
    backup.restore,
    exports.export,
):
    app.command()(function)
for name, group in (
    ("db", db.app),
    ("devices", devices.app),
    ("channels", channels.app),
    ("rejects", rejects.app),
    ("standards", standards.app),
    ("alarms", alarms.app),
    ("forms", forms.app),
    ("indicators", indicators.app),
    ("corrections", corrections.app),
    ("packs", packs.app),
    ("resources", resources.app),
    ("reports", reports.app),
    ("modes", modes.app),
    ("roster", roster.app),
    ("simulate", simulate.app),
    ("accounts", accounts.app),
    ("broker", broker.app),
    ("keys", keys.keys),
    ("displays", keys.displays),
    ("audit", audit.app),
    ("calendar", workdays.app),
):
    app.add_typer(group, name=name)
for point in entry_points(group="cityops.commands"):
    app.add_typer(point.load(), name=point.name)


def main() -> None:
    """Run the command line; a foreseen failure is a sentence, not a traceback."""
    from cityops.redaction import redact

    try:
        app()
    except Exception as error:
        if sentence := _sentence(error):
            told = escape(visible(redact(sentence), lines=True))
            Console(stderr=True).print("[red]cityops:[/red]", told, highlight=False, markup=True)
        else:  # the traceback may quote an address with its password
            sys.stderr.write(visible(redact("".join(traceback.format_exception(error))), lines=True))
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """Return what to tell of an error that was foreseen."""
    import psycopg  # which the quickest verbs do without
    from sqlalchemy.exc import OperationalError

    if isinstance(error, CityopsError):
        return str(error)
    cause = error.orig if isinstance(error, OperationalError) else error
    if not isinstance(cause, psycopg.OperationalError):
        return None
    return f"the database does not answer; check CITYOPS_DATABASE_URL and the server. It says: {cause}"
