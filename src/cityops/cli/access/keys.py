"""The verbs `cityops keys` and `cityops displays`: make, list and revoke what programs and walls come in with."""

from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import (
    Departments,
    Districts,
    RoleOption,
    Sources,
    Streets,
    actor,
    scope_of,
    scope_text,
    transaction,
)
from cityops.cli.lists import JsonOption, as_of, local, show_list
from cityops.domain.access import Role, Scope, Subject
from cityops.domain.grants import Holder

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

keys = typer.Typer(help="API keys of analysts and of source systems.", no_args_is_help=True)
displays = typer.Typer(help="Tokens of walls: read-only, bound to one page.", no_args_is_help=True)
Label = Annotated[str, typer.Argument(help="What it is known by, such as the program or the room.")]
Days = Annotated[int | None, typer.Option(min=1, help="For how many days it is good.")]
NOT_AT_BROKER = "not known there, CITYOPS_MQTT_ADMIN_URL is not set; good over HTTP alone"
Id = Annotated[str, typer.Argument(metavar="ID", help="The id that `list` shows.")]


@keys.command("create")
def create_key(
    label: Label,
    role: RoleOption,
    district: Districts = None,
    street: Streets = None,
    department: Departments = None,
    source: Sources = None,
    days: Days = None,
) -> None:
    """Make an API key and print it, once."""
    scope = scope_of(district, street, department, source)
    token = _made(Holder.KEY, Subject(label, role, scope), None, days)
    if role is Role.SOURCE_SYSTEM:
        _tell_of_broker()
    typer.echo(token)


@displays.command("create")
def create_display(
    label: Label,
    scene: Annotated[str, typer.Option(help="The page it shows: / or /districts/<code>.")] = "/",
    district: Districts = None,
    street: Streets = None,
    days: Days = None,
) -> None:
    """Make a display token and print the path that a wall opens, once."""
    scope: Scope = scope_of(district, street, None, None)
    token = _made(Holder.DISPLAY, Subject(label, Role.WALL_DISPLAY, scope), scene, days)
    typer.echo("Open it in the wall's browser with the dashboard's address before it, as http://HOST:8050", err=True)
    typer.echo(f"/display/{token}")


@keys.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List API keys, newest first."""
    _list(Holder.KEY, as_json=as_json)


@displays.command("list")
def list_displays(as_json: JsonOption = False) -> None:
    """List display tokens, newest first."""
    _list(Holder.DISPLAY, as_json=as_json)


@keys.command("revoke")
def revoke_key(identifier: Id) -> None:
    """End an API key."""
    _revoke(Holder.KEY, identifier)


@displays.command("revoke")
def revoke_display(identifier: Id) -> None:
    """End a display token."""
    _revoke(Holder.DISPLAY, identifier)


def _made(holder: Holder, subject: Subject, scene: str | None, days: int | None) -> str:
    from cityops.services import credentials
    from cityops.settings import settings

    with transaction() as connection:
        made = credentials.give(
            connection, actor(), holder, subject, broker=settings().mqtt_admin_url, scene=scene, days=days
        )
    typer.echo(f"{holder} {made.id}, good until {local(made.expires_at)}; shown this once:", err=True)
    return made.token


def _tell_of_broker() -> None:
    from cityops.settings import settings

    known = "the user's name is the id, the password the key" if settings().mqtt_admin_url else NOT_AT_BROKER
    typer.echo(f"At the broker: {known}.", err=True)


def _list(holder: Holder, *, as_json: bool) -> None:
    from cityops.store.access import credentials
    from cityops.store.access.credentials import CredentialKind

    with transaction() as connection:
        rows = credentials.page(connection, [CredentialKind(holder)], None, None)
    special = {Holder.KEY: "role", Holder.DISPLAY: "page"}[holder]  # all displays have one role, and keys no page
    headers = ("id", "label", special, "scope", "until", "last used", "revoked")
    show_list(as_of(), headers, [_cells(row, special, as_json) for row in rows], as_json=as_json)


def _cells(row: "RowMapping", special: str, as_json: bool) -> dict[str, object]:
    moments = {"until": row["expires_at"], "last used": row["last_used_at"], "revoked": row["revoked_at"]}
    what = {"id": row["id"], "label": row["label"], special: row["scene"] if special == "page" else row["role"]}
    return what | {"scope": scope_text(row["scope_kind"], row["scope_codes"], named=not as_json)} | moments


def _revoke(holder: Holder, identifier: str) -> None:
    from cityops.services import credentials
    from cityops.settings import settings
    from cityops.store.access.credentials import CredentialKind

    with transaction() as connection:
        credentials.revoke(connection, actor(), identifier, [CredentialKind(holder)], settings().mqtt_admin_url)
    typer.echo(f"{identifier} is revoked: within two seconds nobody comes in with it")
