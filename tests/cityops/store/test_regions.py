"""The regions as the database has them: the whole of the reference data, parents before their children."""

import psycopg
from sqlalchemy import Connection

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops.store.regions import regions
from factories.world import World


def test_regions_are_those_of_the_reference_data(onlooker: Connection) -> None:
    assert regions(onlooker) == sorted(reference.regions(), key=lambda region: region.code)


def test_a_region_comes_after_the_one_it_lies_in(onlooker: Connection) -> None:
    seen: set[str | None] = {None}
    for region in regions(onlooker):
        assert region.parent_code in seen, region
        seen.add(region.code)


def test_there_is_one_city_and_every_street_lies_in_a_district(onlooker: Connection) -> None:
    by_level = {level: [one for one in regions(onlooker) if one.level is level] for level in RegionLevel}
    assert [city.code for city in by_level[RegionLevel.CITY]] == [reference.CITY_CODE]
    assert {district.parent_code for district in by_level[RegionLevel.DISTRICT]} == {reference.CITY_CODE}
    districts = {district.code for district in by_level[RegionLevel.DISTRICT]}
    assert {street.parent_code for street in by_level[RegionLevel.STREET]} == districts


def test_what_an_operator_changes_is_what_is_read(world: World, reader: Connection) -> None:
    world.connection.execute("UPDATE region SET name_zh = '猎德', population = 1 WHERE code = '440106013'")
    [street] = [one for one in regions(reader) if one.code == "440106013"]
    assert (street.name_zh, street.population) == ("猎德", 1)


def test_a_region_that_devices_lie_in_cannot_go(world: World) -> None:
    world.device("WL-1")
    for code in ("440106013", "440106"):
        try:
            world.connection.execute("DELETE FROM region WHERE code = %s", [code])
        except psycopg.errors.ForeignKeyViolation:
            continue
        raise AssertionError(code)
