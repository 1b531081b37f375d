"""The verb `cityops doctor`: names what is weak in the deployment that the settings of this process describe."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cityops.clock import utc_now
from cityops.domain.findings import Finding, Severity
from cityops.domain.intervals import CITY_ZONE
from cityops.settings import settings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    pages: Annotated[str, typer.Option(help="Address of the dashboard as browsers have it: looked at, too.")] = "",
) -> None:
    """Name what is weak: logins, TLS, the broker, secrets, accounts, keys, retention, clock, disk and schema.

    Run it with the settings of API, workers and dashboard. Exits with status 1 if anything is serious.
    """
    from cityops.cli import doctor_services, doctor_settings
    from cityops.store.engine import connect
    from cityops.store.weaknesses import weaknesses

    now = utc_now()
    with connect(settings().require_database(), "cityops doctor") as connection:
        found = [*weaknesses(connection, now), *doctor_settings.weaknesses(settings())]
    found += doctor_services.weaknesses(settings(), pages)
    found.sort(key=lambda finding: list(Severity).index(finding.severity))
    if as_json:
        typer.echo(
            json.dumps({"at": now.isoformat(), "findings": [asdict(one) for one in found]}, ensure_ascii=False)
        )
    else:
        _show(found)
        Console(stderr=True, highlight=False).print(f"as of {now.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}")
    if any(one.severity is Severity.SERIOUS for one in found):
        raise typer.Exit(1)


def _show(found: Sequence[Finding]) -> None:
    table = Table("severity", "item", "reason", "remedy", title=f"{len(found)} findings")
    for one in found:
        table.add_row(one.severity, escape(one.item), escape(one.reason), escape(one.remedy))
    Console(highlight=False).print(table)
