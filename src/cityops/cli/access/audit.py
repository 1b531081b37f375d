"""The verb `cityops audit`: reads who did what, from the append-only table, by filter."""

from datetime import datetime
from typing import Annotated

import typer

from cityops.cli.access.administering import transaction
from cityops.cli.lists import JsonOption, local, show_list
from cityops.cli.rejects import SinceOption, UntilOption
from cityops.domain.access import WHOLE_CITY
from cityops.domain.audit import Action, AuditOutcome

app = typer.Typer(help="Who did what, and who was refused.", no_args_is_help=True)


@app.command("list")
def list_(
    subject: Annotated[str | None, typer.Option(help="Only by this login, key or display.")] = None,
    action: Annotated[Action | None, typer.Option(help="Only this action.")] = None,
    outcome: Annotated[AuditOutcome | None, typer.Option(help="Only what ended so.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List what was done, newest first."""
    from cityops.store.access import audit

    wanted = audit.AuditFilter(subject, action, outcome, None, since, until)
    with transaction() as connection:
        rows = audit.page(connection, WHOLE_CITY, wanted, None, limit + 1)
        newest: datetime | None = audit.newest(connection)
    shown: list[dict[str, object]] = []
    for row in rows[:limit]:
        one: dict[str, object] = {name: row[name] for name in ("at", "action", "object", "outcome", "detail")}
        shown.append(one | {"by": row["subject"], "from": row["address"] or row["kind"]})
    columns = ("at", "by", "from", "action", "object", "outcome", "detail")
    show_list(f"newest {local(newest)}", columns, shown, as_json=as_json, prose=("detail",))
    if len(rows) > limit:
        typer.echo(f"There are more; these are the {limit} newest.", err=True)
