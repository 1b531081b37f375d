"""Regions of the state: found by code or refused, and as they are answered."""

from dataclasses import asdict

from cityops.api import problems, schemas
from cityops.domain.regions import Region


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
