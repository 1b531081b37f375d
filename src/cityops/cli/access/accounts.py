"""The verb `cityops accounts`: makes, lists and changes accounts of people, the first administrator among them."""

import sys
from typing import Annotated

import typer

from cityops.cli.access.administering import (
    Departments,
    Districts,
    RoleOption,
    Streets,
    actor,
    scope_of,
    scope_text,
    transaction,
)
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.domain.grants import folded

app = typer.Typer(help="Accounts of people: who may sign in, as what, and over which area.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(callback=folded, help="What the person signs in with.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of the input, not at random.")
]


@app.command()
def create(
    login: Login,
    role: RoleOption,
    name: Annotated[
        str | None, typer.Option(help="The person's name as screens show it; default: the login.")
    ] = None,
    district: Districts = None,
    street: Streets = None,
    department: Departments = None,
    password_stdin: FromInput = False,
) -> None:
    """Make an account and print its random password, once."""
    from cityops.services import accounts

    scope = scope_of(district, street, department, None)
    with transaction() as connection:
        made = accounts.create(connection, actor(), login, name or login, role, scope, _password(password_stdin))
    _tell(login, made)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List all accounts."""
    from cityops.store.access import accounts

    with transaction() as connection:
        rows = accounts.page(connection, None, None)
    shown = []
    for row in rows:
        state = "disabled" if row["disabled_at"] else f"{row['failed_attempts']} wrong passwords"
        one: dict[str, object] = {"login": row["login"], "name": row["display_name"], "role": row["role"]}
        one |= {"scope": scope_text(row["scope_kind"], row["scope_codes"], named=not as_json)}
        one |= {"state": "" if state.startswith("0 ") else state, "last seen": row["last_seen_at"]}
        shown.append(one)
    show_list(as_of(), ("login", "name", "role", "scope", "state", "last seen"), shown, as_json=as_json)


@app.command()
def disable(login: Login) -> None:
    """Let nobody in by this account any more; its sessions end."""
    from cityops.services import accounts

    with transaction() as connection:
        accounts.disable(connection, actor(), login)
    typer.echo(f"{login} is disabled; its sessions have ended")


@app.command()
def enable(login: Login) -> None:
    """Let a disabled account in again."""
    from cityops.services import accounts

    with transaction() as connection:
        accounts.enable(connection, actor(), login)
    typer.echo(f"{login} may sign in again")


@app.command()
def unlock(login: Login) -> None:
    """Forgive the wrong passwords that locked an account."""
    from cityops.services import accounts

    with transaction() as connection:
        accounts.unlock(connection, actor(), login)
    typer.echo(f"{login} is not locked")


@app.command()
def password(login: Login, password_stdin: FromInput = False) -> None:
    """Give an account another password; its sessions end."""
    from cityops.services import accounts

    with transaction() as connection:
        made = accounts.set_password(connection, actor(), login, _password(password_stdin))
    _tell(login, made)


def _password(from_input: bool) -> str | None:
    return sys.stdin.readline().rstrip("\n") if from_input else None


def _tell(login: str, made: str | None) -> None:
    if made is None:
        typer.echo(f"{login} signs in with the password given; the owner should choose another")
    else:
        typer.echo(f"{login} signs in with {made} (shown this once); the owner should choose another")
