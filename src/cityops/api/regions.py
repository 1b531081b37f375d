"""Regions over HTTP: the city, its districts and streets."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from cityops.api import problems, schemas
from cityops.api.access import needs
from cityops.domain.access import Permission
from cityops.domain.regions import Region, RegionLevel

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


def region_of(regions: dict[str, Region], code: str) -> Region:
    """Return a region, or refuse.

    Raises
    ------
    problems.ProblemError
        There is no such region.
    """
    try:
        return regions[code]
    except KeyError:
        raise problems.not_found("region", code, "The codes stand in /api/v1/regions.") from None


def region_out(region: Region) -> schemas.RegionOut:
    """Return a region as it is answered."""
    return schemas.RegionOut(**asdict(region))
