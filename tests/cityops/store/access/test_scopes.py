"""The codes that a scope may be given with are those that are registered, and the whole city has none."""

from sqlalchemy import Connection

from cityops import reference
from cityops.domain.access import ScopeKind
from cityops.domain.regions import RegionLevel
from cityops.store.access import scopes


def of_level(level: RegionLevel) -> set[str]:
    return {region.code for region in reference.regions() if region.level is level}


def test_codes_are_those_of_the_reference_data(onlooker: Connection) -> None:
    assert {kind: scopes.codes(onlooker, kind) for kind in ScopeKind} == {
        ScopeKind.CITY: set(),
        ScopeKind.DISTRICTS: of_level(RegionLevel.DISTRICT),
        ScopeKind.STREETS: of_level(RegionLevel.STREET),
        ScopeKind.DEPARTMENTS: {row["code"] for row in reference.rows("departments")},
        ScopeKind.SOURCES: {row["code"] for row in reference.rows("source_systems")},
    }


def test_districts_and_streets_are_told_apart_and_the_city_is_neither(onlooker: Connection) -> None:
    districts, streets = scopes.codes(onlooker, ScopeKind.DISTRICTS), scopes.codes(onlooker, ScopeKind.STREETS)
    assert (len(districts), len(streets)) == (11, 176)
    assert reference.CITY_CODE not in districts | streets
    assert {street[:6] for street in streets} == districts
