"""Case standards over HTTP: those by which cases are filed now, and all versions of one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.parameters import Code
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission
from cityops.domain.intervals import CITY_ZONE
from cityops.store.engine import reading
from cityops.store.events import standards as store

router = APIRouter(prefix="/standards", tags=["events"], dependencies=[needs(Permission.CATALOGUE_READ)])


class StandardQuery(schemas.Query):
    """Which standards are wanted."""

    class_: Code | None = Field(None, alias="class")


@router.get("", responses=problems.documented(422, 503))
def get_standards(request: Request, asked: Annotated[StandardQuery, Query()]) -> list[schemas.CaseStandardOut]:
    """Give the standards by which a case is filed, all or those of a class, in their order of display."""
    day = utc_now().astimezone(CITY_ZONE).date()
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        return [schemas.CaseStandardOut.of(one) for one in store.valid(connection, day, asked.class_)]


@router.get("/{code}", responses=problems.documented(404, 422, 503))
def get_versions(
    request: Request,
    code: Code,
    _: Annotated[schemas.Query, Query()],
) -> list[schemas.CaseStandardOut]:
    """Give all versions of one standard, the newest first, those among them that are no longer in force."""
    with reading(request.app.state.city.engine, WHOLE_CITY) as connection:
        found = store.versions(connection, code)
    if not found:
        raise problems.ProblemError(
            404, f"There is no case standard {code!r}; /api/v1/standards lists those in force."
        )
    return [schemas.CaseStandardOut.of(one) for one in found]
