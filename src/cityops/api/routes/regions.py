"""Regions over HTTP: the city, its districts and streets."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.state.regions import region_of, region_out
from cityops.domain.access import Permission
from cityops.domain.regions import RegionLevel

router = APIRouter(tags=["regions"], dependencies=[needs(Permission.CATALOGUE_READ)])


class RegionQuery(schemas.Query):
    """Filters of the list of regions."""

    level: RegionLevel | None = None
    parent: schemas.RegionAsked | None = None


@router.get("/regions", responses=problems.documented(422, 503))
def get_regions(
    request: Request,
    query: Annotated[RegionQuery, Query()],
) -> list[schemas.RegionOut]:
    """Give all regions in order of code, or those of one level or under one parent."""
    return [
        region_out(one)
        for one in request.app.state.city.regions().values()
        if query.level in {None, one.level} and query.parent in {None, one.parent_code}
    ]


@router.get("/regions/{code}", responses=problems.documented(404, 422, 503))
def get_region(
    request: Request,
    code: schemas.RegionAsked,
    _: Annotated[schemas.Query, Query()],
) -> schemas.RegionOut:
    """Give one region."""
    return region_out(region_of(request.app.state.city.regions(), code))
