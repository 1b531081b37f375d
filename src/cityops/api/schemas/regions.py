"""Shape of the API's answers on regions; filled by the routes of regions."""

from cityops.api.schemas.shape import RegionCode, Shape
from cityops.domain.regions import RegionLevel


class RegionOut(Shape):
    """The city, a district or a street."""

    code: RegionCode
    level: RegionLevel
    parent_code: RegionCode | None
    name_zh: str
    name_en: str
    population: int | None
    area_km2: float | None
    label_lon: float | None
    label_lat: float | None
