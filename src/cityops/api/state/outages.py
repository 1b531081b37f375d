"""Outages in the state: many silent devices of a district, or of a source or kind in it, as one fact."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from cityops.api import schemas
from cityops.api.state.city import DeviceCounts
from cityops.domain.outages import DeviceTally, Outage, outages
from cityops.domain.regions import Region, district_of, is_city
from cityops.reference import CITY_CODE
from cityops.store import device_states as store


def outages_in(counts: DeviceCounts, regions: Mapping[str, Region], region: str) -> list[schemas.Outage]:
    """Return the outages of the city, or of a region's district."""
    found = outages(within(counts.tallies, region), CITY_CODE)
    return [_outage(one, regions[one.region_code], counts.names) for one in found]


def within(tallies: Iterable[DeviceTally], region: str) -> list[DeviceTally]:
    """Return the tallies of the city, or of a region's district."""
    return [one for one in tallies if is_city(region) or one.district == district_of(region)]


def _outage(outage: Outage, region: Region, names: store.Names) -> schemas.Outage:
    of_zh, of_en = names.of(outage)
    return schemas.Outage(
        **asdict(outage),
        region_zh=region.name_zh,
        region_en=region.name_en,
        name_zh=of_zh,
        name_en=of_en,
        text_zh=outage.in_chinese(region.name_zh, of_zh),
        text_en=outage.in_english(region.name_en, of_en),
    )
