"""The verb `cityops rejects`: lists, counts and shows what could not be stored, and closes what nobody mends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.here import adopt
from cityops.cli.lists import JsonOption, local, show_list
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.rejects import Reason, RejectState, shown_detail, shown_payload
from cityops.errors import CityopsError
from cityops.visible import visible

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cityops.store.rejects.replay import RejectFilter

app = typer.Typer(
    help="See what could not be stored. Once the cause is mended, `cityops ingest replay` stores it after all.",
    no_args_is_help=True,
)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-23 or 2026-11-23T08:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)


_ZONE = "in the city's time zone unless one is given"
ReasonOption = Annotated[Reason | None, typer.Option(help="Only this reason.")]
SourceOption = Annotated[str | None, typer.Option(help="Only this source system.")]
SinceOption = Annotated[
    datetime | None, typer.Option(parser=_moment, metavar="TIME", help=f"Received at or after; {_ZONE}.")
]
UntilOption = Annotated[
    datetime | None, typer.Option(parser=_moment, metavar="TIME", help=f"Received before; {_ZONE}.")
]
StateOption = Annotated[RejectState | None, typer.Option(help="Only in this state.")]


@app.command("list")
def list_(
    reason: ReasonOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    state: StateOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List rejects, newest first."""
    from cityops.store.rejects import queries

    with _reading() as connection:
        rows = queries.page(connection, filter_of(reason, source, since, until, state), None, limit + 1)
        age = _age(connection)
    shown: list[dict[str, object]] = []
    for row in rows[:limit]:
        detail = "cut off, cannot be replayed: " * row["truncated"]
        detail += shown_detail(row["kind"], row["reason"], row["detail"])
        one: dict[str, object] = {name: row[name] for name in ("state", "reason", "source")}
        shown.append(one | {"id": str(row["id"]), "received": row["received_at"], "detail": detail})
    columns = ("id", "received", "state", "reason", "source", "detail")
    show_list(age, columns, shown, as_json=as_json, prose=("detail",))
    if len(rows) > limit:
        typer.echo(f"There are more; these are the {limit} newest.", err=True)


@app.command()
def count(
    reason: ReasonOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    state: StateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count rejects by reason, source and state."""
    from cityops.store.rejects import queries

    with _reading() as connection:
        rows = queries.counts(connection, filter_of(reason, source, since, until, state))
        age = _age(connection)
    explained = {one.value: one.explanation for one in Reason}
    columns = ("reason", "source", "state", "count", "newest", "what it means")
    shown = [{**row, "what it means": explained.get(row["reason"], "")} for row in rows]
    show_list(age, columns, shown, as_json=as_json, prose=("what it means",))


@app.command()
def show(
    number: Annotated[int, typer.Argument(metavar="ID", help="The id that `list` shows.")],
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Show messages that may hold names and telephone numbers.")
    ] = False,
) -> None:
    """Show one reject with its message and what was tried; the audit holds who looked at personal data."""
    from cityops.services import rejects as acts
    from cityops.store.rejects import queries

    with _reading() as connection:
        found = queries.one(connection, number)
        if found is None:
            raise CityopsError(f"there is no reject {number}; `cityops rejects list` shows those that are kept")
        row, attempts = found
        age = _age(connection)
    if with_personal_data:
        with transaction() as writable:
            acts.show_personal_data(writable, actor(), number)
    payload = shown_payload(row["kind"], bytes(row["payload"]), with_personal_data=with_personal_data)
    plain = {
        name: row[name] for name in ("id", "state", "reason", "source", "kind", "topic", "item_index", "refusals")
    }
    detail = row["detail"] if with_personal_data else shown_detail(row["kind"], row["reason"], row["detail"])
    item = "" if row["item_bytes"] is None else f", of which the item of {row['item_bytes']} bytes is kept"
    size = f"{row['payload_bytes']} bytes{item}" + (", cut off: cannot be replayed" if row["truncated"] else "")
    tried = "; ".join(
        f"{local(one['tried_at'], seconds=True)} {one['outcome']} (before: {one['reason_before']})"
        for one in attempts
    )
    content = payload.text or payload.base64 or f"hidden: {payload.hidden}; --with-personal-data shows them"
    rows = plain | {
        "received": local(row["received_at"], seconds=True),
        "detail": detail,
        "size": size,
        "tried": tried or "never",
    }
    typer.echo(age)
    for name, value in (rows | {"message": content}).items():
        typer.echo(f"{name:10}  {visible(str(value))}")


@app.command()
def close(
    reason: ReasonOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Give up open rejects that nobody will mend: they are kept, but no more counted as open or replayed."""
    from cityops.services import rejects as acts

    if reason is None and source is None and until is None:
        raise typer.BadParameter("name a --reason, a --source or --until: all open rejects at once is never meant")
    wanted = filter_of(reason, source, since, until)
    with transaction() as connection:
        closed = acts.give_up(connection, actor(), wanted, utc_now())
    typer.echo(f"{closed} rejects given up")


def filter_of(
    reason: Reason | None,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    state: RejectState | None = None,
) -> "RejectFilter":
    """Return the store's filter of these options."""
    from cityops.store.rejects.replay import RejectFilter

    return RejectFilter(reason and reason.value, source, since=since, until=until, state=state)


@contextmanager
def _reading() -> Iterator["Connection"]:
    from cityops.settings import settings
    from cityops.store.engine import make_engine, reading

    adopt()
    engine = make_engine(settings().require_database())
    try:
        with reading(engine, WHOLE_CITY) as connection:
            yield connection
    finally:
        engine.dispose()


def _age(connection: "Connection") -> str:
    from cityops.store.rejects import queries

    newest = queries.newest(connection)
    last = "never" if newest is None else local(newest, seconds=True)
    return f"as of {local(utc_now(), seconds=True)}, newest reject {last}"
