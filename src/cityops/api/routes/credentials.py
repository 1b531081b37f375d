"""API keys and display tokens over HTTP, for administrators: made and shown once, listed with last use, revoked."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads, Writes
from cityops.api.pages import Keyset, PageQuery, instant
from cityops.domain.access import Permission, Subject
from cityops.domain.grants import Holder
from cityops.services import credentials as acts
from cityops.store.access import credentials as store
from cityops.store.access.credentials import CredentialKind

router = APIRouter(prefix="/credentials", tags=["access"])
NEWEST = Keyset(created_at=instant, id=str)
GIVEN = (CredentialKind.KEY, CredentialKind.DISPLAY)
_Administrator = Annotated[Subject, needs(Permission.CREDENTIAL_ADMINISTER)]


class CredentialQuery(schemas.Query):
    """Which kind of credentials."""

    kind: Annotated[str | None, Field(pattern="^(key|display)$")] = None


class CredentialPageQuery(PageQuery, CredentialQuery):
    """Which kind of credentials, and which page."""


@router.get("", responses=problems.documented(404, 422, 503))
def get_credentials(
    _: _Administrator, reads: Reads, query: Annotated[CredentialPageQuery, Query()]
) -> schemas.CredentialPage:
    """List API keys and display tokens newest first, the revoked among them; sessions are their owners' matter."""
    kinds = GIVEN if query.kind is None else (CredentialKind(query.kind),)
    with reads.of_access() as connection:
        rows = store.page(connection, kinds, NEWEST.after(query), query.limit + 1)
    return NEWEST.page(schemas.CredentialPage, rows, query, lambda row: schemas.CredentialOut(**row))


@router.post("", status_code=201, responses=problems.documented(400, 422, 503))
def create_credential(
    _: _Administrator, request: Request, writes: Writes, asked: schemas.NewCredential
) -> schemas.MadeCredential:
    """Make an API key, or the token of a display. The token is shown this once."""
    subject = Subject(asked.label, asked.role, asked.scope)
    with writes() as connection:
        made = acts.give(
            connection,
            actor_of(request),
            Holder(asked.kind),
            subject,
            broker=request.app.state.broker,
            scene=asked.scene,
            days=asked.days,
        )
    return schemas.MadeCredential(id=made.id, token=made.token, expires_at=made.expires_at)


@router.delete("/{credential_id}", status_code=204, responses=problems.documented(404, 422, 503))
def revoke_credential(
    _: _Administrator,
    request: Request,
    writes: Writes,
    credential_id: Annotated[str, Path(pattern="^[0-9a-f]{16}$")],
    __: Annotated[schemas.Query, Query()],
) -> Response:
    """End an API key or a display token: within two seconds nobody comes in with it."""
    with writes() as connection:
        acts.revoke(connection, actor_of(request), credential_id, GIVEN, request.app.state.broker)
    return Response(status_code=204)
