"""What the verbs on accounts, keys, displays and the audit share: options of a grant, the actor, a transaction."""

import getpass
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cityops.cli.here import adopt
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.audit import Action, Actor, AuditOutcome, command_line

if TYPE_CHECKING:
    from cityops.store.engine import WriteConnection

RoleOption = Annotated[
    Role, typer.Option(help="What the holder is at work: docs/reference/access.md says who may what.")
]
Districts = Annotated[list[str] | None, typer.Option("--district", help="Code of a district, 6 digits; repeatable.")]
Streets = Annotated[list[str] | None, typer.Option("--street", help="Code of a street, 9 digits; repeatable.")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="Code of a department; repeatable.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Code of a source system; repeatable.")]


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


def scope_text(kind: str | None, codes: list[str] | None, *, named: bool = True) -> str:
    """Return a scope in words, with the names beside the codes unless for a program; a session has its account's."""
    if not codes or kind is None:
        return kind or ""
    return f"{kind} {named_codes(codes)}" if named else " ".join((kind, *codes))


def named_codes(codes: Iterable[str]) -> str:
    """Return codes of regions, departments and source systems with the names that English has for them."""
    from cityops import reference

    names = {one.code: one.name_en for one in reference.regions()}
    for table in ("departments", "source_systems"):
        names |= {row["code"]: row["name_en"] for row in reference.rows(table)}
    return ", ".join(f"{code} {names.get(code, '')}".strip() for code in sorted(codes))


def actor() -> Actor:
    """Return who works here, for the audit."""
    return command_line(getpass.getuser())


@contextmanager
def transaction() -> Iterator["WriteConnection"]:
    """Give a connection of the owner in a transaction that commits at the end of the block."""
    from cityops.settings import settings

    adopt()
    with _written(settings().require_database()) as connection:
        yield connection


@contextmanager
def recorded(database_url: str, action: Action, object_: str, detail: dict[str, Any]) -> Iterator[None]:
    """Record what the block does, before it begins and at its end, each committed at once.

    `detail` is what is known when it begins; what the block adds to it stands in the second row.
    """
    from cityops.services import audit as acts
    from cityops.store.access import audit

    def write(outcome: AuditOutcome, told: Mapping[str, Any]) -> None:
        with _written(database_url) as connection:
            if audit.is_kept(connection):
                audit.record(connection, actor(), action, object_, outcome, told)

    with acts.recorded(write, detail, lambda: detail):
        yield


@contextmanager
def _written(database_url: str) -> Iterator["WriteConnection"]:
    from cityops.store.engine import make_engine, writing

    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            yield connection
    finally:
        engine.dispose()
