"""The verb `cityops verify`: recomputes what is kept from the raw readings and reports every difference."""

import typer
from rich.console import Console
from rich.table import Table

from cityops.clock import utc_now
from cityops.domain.intervals import CITY_ZONE
from cityops.settings import settings


def verify() -> None:
    """Check the whole store on one snapshot; exit with status 1 if anything disagrees. Ingest may run meanwhile."""
    if not agrees(settings().require_database()):
        raise typer.Exit(1)


def agrees(database_url: str) -> bool:
    """Run all checks on a database, print what was found, and return whether nothing disagrees."""
    from cityops.store.engine import connect
    from cityops.store.verify import verify as run_checks

    console = Console()
    with (
        connect(database_url, "cityops verify") as connection,
        Console(stderr=True).status("verifying") as status,
    ):
        findings = run_checks(connection, status.update)
    table = Table("check", "looked at", "wrong", title=f"as of {utc_now().astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}")
    for finding in findings:
        table.add_row(finding.check, f"{finding.looked_at:,}", f"{finding.wrong:,}")
    console.print(table)
    for finding in findings:
        for example in finding.examples:
            console.print(f"{finding.check}: {example}", highlight=False)
    return not any(finding.wrong for finding in findings)
