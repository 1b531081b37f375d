"""The verb `cityops verify`: recomputes what is kept from the raw readings and reports every difference."""

import typer
from rich.console import Console

from cityops.cli.here import Here, adopt
from cityops.cli.lists import JsonOption, local, show_json, show_list
from cityops.clock import utc_now
from cityops.visible import visible


def verify(as_json: JsonOption = False, instance: Here = None) -> None:
    """Check the whole store on one snapshot; exit with status 1 if anything disagrees. Ingest may run meanwhile."""
    from cityops.settings import settings

    adopt(instance)
    if not agrees(settings().require_database(), as_json=as_json):
        raise typer.Exit(1)


def agrees(database_url: str, *, as_json: bool = False) -> bool:
    """Run all checks on a database, print what was found, and return whether nothing disagrees."""
    from cityops.store.engine import connect
    from cityops.store.upkeep.verify import verify as run_checks

    with (
        connect(database_url, "cityops verify") as connection,
        Console(stderr=True).status("verifying") as status,
    ):
        findings = run_checks(connection, status.update)
    rows = [{"check": one.check, "looked at": one.looked_at, "wrong": one.wrong} for one in findings]
    if as_json:
        at = {one.check: list(one.examples) for one in findings}
        show_json({"at": utc_now(), "rows": [row | {"examples": at[str(row["check"])]} for row in rows]})
    else:
        show_list(f"as of {local(utc_now(), seconds=True)}", ("check", "looked at", "wrong"), rows)
        for finding in findings:
            for example in finding.examples:
                typer.echo(visible(f"{finding.check}: {example}"))
    return not any(finding.wrong for finding in findings)
