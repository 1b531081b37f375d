"""Accounts over HTTP, for administrators: made, listed, changed, given a password; each step is audited."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AfterValidator, SecretStr
from sqlalchemy import RowMapping

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads, Writes
from cityops.api.pages import Keyset, PageQuery
from cityops.domain.access import Permission, Subject
from cityops.domain.grants import folded
from cityops.services import accounts as acts
from cityops.store.access import accounts as store

router = APIRouter(prefix="/accounts", tags=["access"])
BY_LOGIN = Keyset(login=str)
LoginPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]+$"), AfterValidator(folded)]
_Administrator = Annotated[Subject, needs(Permission.ACCOUNT_ADMINISTER)]


@router.get("", responses=problems.documented(404, 422, 503))
def get_accounts(_: _Administrator, reads: Reads, query: Annotated[PageQuery, Query()]) -> schemas.AccountPage:
    """List accounts by login, page by page: ask again with `after` set to the last answer's `next`."""
    with reads.of_access() as connection:
        rows = store.page(connection, BY_LOGIN.after(query), query.limit + 1)
    return BY_LOGIN.page(schemas.AccountPage, rows, query, lambda row: schemas.AccountOut(**row))


@router.post("", status_code=201, responses=problems.documented(400, 409, 422, 503))
def create_account(
    _: _Administrator, request: Request, writes: Writes, asked: schemas.NewAccount
) -> schemas.MadePassword:
    """Make an account; its owner should choose a password of his own at the first sign-in."""
    with writes() as connection:
        made = acts.create(
            connection,
            actor_of(request),
            asked.login,
            asked.display_name,
            asked.role,
            asked.scope,
            _plain(asked.password),
        )
    return schemas.MadePassword(login=asked.login, password=made)


@router.get("/{login}", responses=problems.documented(404, 422, 503))
def get_account(
    _: _Administrator, reads: Reads, login: LoginPath, __: Annotated[schemas.Query, Query()]
) -> schemas.AccountOut:
    """Give one account."""
    with reads.of_access() as connection:
        row = store.one(connection, login)
    return _told(login, row)


@router.patch("/{login}", responses=problems.documented(400, 404, 422, 503))
def change_account(
    _: _Administrator, request: Request, writes: Writes, login: LoginPath, asked: schemas.AccountChange
) -> schemas.AccountOut:
    """Change name, role and scope; disable, enable or unlock. Its open sessions follow within seconds."""
    actor = actor_of(request)
    grant = None if asked.grant is None else (asked.grant.role, asked.grant.scope)
    with writes() as connection:
        acts.change(connection, actor, login, display_name=asked.display_name, grant=grant)
        if asked.disabled is not None:
            turn = acts.disable if asked.disabled else acts.enable
            turn(connection, actor, login)
        if asked.locked is False:
            acts.unlock(connection, actor, login)
        row = store.one(connection, login)
    return _told(login, row)


@router.post("/{login}/password", responses=problems.documented(400, 404, 422, 503))
def set_password(
    _: _Administrator, request: Request, writes: Writes, login: LoginPath, asked: schemas.NewPassword
) -> schemas.MadePassword:
    """Give an account another password, random unless one is sent; all its sessions end."""
    with writes() as connection:
        made = acts.set_password(connection, actor_of(request), login, _plain(asked.password))
    return schemas.MadePassword(login=login, password=made)


def _told(login: str, row: RowMapping | None) -> schemas.AccountOut:
    if row is None:
        raise problems.not_found("account", login, "The logins stand in /api/v1/accounts.")
    return schemas.AccountOut(**row)


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
