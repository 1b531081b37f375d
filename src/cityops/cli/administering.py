"""What the verbs on accounts, keys, displays and the audit share: options of a grant, the actor, a transaction."""

import getpass
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.audit import Action, Actor, Outcome, command_line
from cityops.domain.intervals import CITY_ZONE
from cityops.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

RoleOption = Annotated[
    Role, typer.Option(help="What the holder is at work: docs/reference/access.md says who may what.")
]
Districts = Annotated[list[str] | None, typer.Option("--district", help="Code of a district, 6 digits; repeatable.")]
Streets = Annotated[list[str] | None, typer.Option("--street", help="Code of a street, 9 digits; repeatable.")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="Code of a department; repeatable.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Code of a source system; repeatable.")]

LONGEST_WHOLE = 32
"""What is longer is folded, as a line of 80 columns would not hold it beside the others."""


def scope_of(
    districts: list[str] | None, streets: list[str] | None, departments: list[str] | None, sources: list[str] | None
) -> Scope:
    """Return the scope that the options name: the whole city where there is none."""
    named = {
        ScopeKind.DISTRICTS: districts,
        ScopeKind.STREETS: streets,
        ScopeKind.DEPARTMENTS: departments,
        ScopeKind.SOURCES: sources,
    }
    given = {kind: codes for kind, codes in named.items() if codes}
    if len(given) > 1:
        raise typer.BadParameter(f"a grant reaches over one kind of thing, not over {' and '.join(given)}")
    return next((Scope(kind, frozenset(codes)) for kind, codes in given.items()), WHOLE_CITY)


def scope_text(kind: str | None, codes: list[str] | None) -> str:
    """Return a scope in words; a session has that of its account."""
    return " ".join((kind or "", *(codes or ())))


def actor() -> Actor:
    """Return who works here, for the audit."""
    return command_line(getpass.getuser())


@contextmanager
def transaction() -> Iterator["Connection"]:
    """Give a connection of the owner in a transaction that commits at the end of the block."""
    from cityops.store.engine import make_engine, writing

    engine = make_engine(settings().require_database())
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def recorded(database_url: str, action: Action, object_: str, detail: dict[str, Any]) -> Iterator[None]:
    """Record what the block does, before it begins and at its end, each committed at once.

    `detail` is what is known when it begins; what the block adds to it stands in the second row.
    """
    _write(database_url, action, object_, Outcome.BEGUN, detail)
    outcome = Outcome.FAILED
    try:
        yield
        outcome = Outcome.DONE
    finally:
        _write(database_url, action, object_, outcome, detail)


def _write(database_url: str, action: Action, object_: str, outcome: Outcome, detail: dict[str, Any]) -> None:
    from cityops.store import audit
    from cityops.store.engine import make_engine, writing

    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            if audit.is_kept(connection):
                audit.record(connection, actor(), action, object_, outcome, detail)
    finally:
        engine.dispose()


def local(moment: datetime | None) -> str:
    """Return a moment in the city's time, or a dash."""
    return "-" if moment is None else f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


def listing(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], whole: Collection[str]) -> Table:
    """Return rows as a table that cuts nothing; what later verbs take, in the columns `whole`, stays on a line."""
    table = Table(title=title)
    for index, header in enumerate(headers):
        longest = max((len(row[index]) for row in rows), default=0)
        table.add_column(header, no_wrap=header in whole and longest <= LONGEST_WHOLE, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def as_of() -> str:
    """Return how old a table is: made now."""
    return f"as of {local(utc_now())}"
