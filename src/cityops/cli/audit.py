"""The verb `cityops audit`: reads who did what, from the append-only table, by filter."""

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from cityops.cli.administering import listing, local, transaction
from cityops.cli.rejects import SinceOption, UntilOption
from cityops.domain.access import WHOLE_CITY
from cityops.domain.audit import Action, Outcome

app = typer.Typer(help="Who did what, and who was refused.", no_args_is_help=True)


@app.command("list")
def list_(
    subject: Annotated[str | None, typer.Option(help="Only by this login, key or display.")] = None,
    action: Annotated[Action | None, typer.Option(help="Only this action.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only what ended so.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """List what was done, newest first."""
    from cityops.store import audit

    wanted = audit.AuditFilter(subject, action, outcome, None, since, until)
    with transaction() as connection:
        rows = audit.page(connection, WHOLE_CITY, wanted, None, limit + 1)
        newest: datetime | None = audit.newest(connection)
    shown = []
    for row in rows[:limit]:
        detail = json.dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
        cells = (local(row["at"]), row["subject"], row["address"] or row["kind"] or "", row["action"], row["object"])
        shown.append([str(cell) for cell in (*cells, row["outcome"], detail)])
    headers = ("at", "by", "from", "action", "object", "outcome", "detail")
    Console().print(listing(f"newest {local(newest)}", headers, shown, whole=("by", "object")))
    if len(rows) > limit:
        typer.echo(f"There are more; these are the {limit} newest.")
