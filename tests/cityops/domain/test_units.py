"""Units: each spelling that senders use, exact conversion, and no conversion where there is no formula."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain import units


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (45.5, "F", "℃", 7.5),
        (71.6, "degF", "℃", 22.0),
        (-40, "°F", "Cel", -40.0),
        (273.15, "K", "℃", 0.0),
        (7.5, "℃", "degF", 45.5),
        (0.12, "m", "cm", 12.0),
        (250, "mm", "cm", 25.0),
        (1, "ft", "m", 0.3048),
        (36, "km/h", "m/s", 10.0),
        (10, "kn", "km/h", 18.52),
        (10, "m/s", "km/h", 36.0),
        (1, "in/h", "mm/h", 25.4),
        (2900, "mV", "V", 2.9),
        (1500, "W", "kW", 1.5),
        (0.0382, "mg/m3", "µg/m³", 38.2),
        (38.2, "ug/m^3", "µg/m³", 38.2),
        (0.6, "/", "%", 60.0),
        (2, "1/min", "veh/h", 120.0),
    ],
)
def test_a_conversion_is_exact(value: float, unit: str, wanted: str, expected: float) -> None:
    assert units.converted(value, unit, wanted) == expected


@pytest.mark.parametrize(
    ("spellings", "unit"),
    [
        (["℃", "°C", "C", "Cel", "degC", "DEGC", "celsius", "Celsius", "deg_C", " °C "], "℃"),
        (["µg/m³", "μg/m³", "ug/m3", "ug/m^3", "UG/M3"], "µg/m³"),
        (["%", "%RH", "percent", "/100"], "%"),
        (["dB(A)", "dBA", "dba"], "dB(A)"),
        (["m/s", "mps", "M/S"], "m/s"),
        (["°", "deg", "degrees"], "°"),
    ],
)
def test_senders_spell_a_unit_in_many_ways(spellings: list[str], unit: str) -> None:
    assert [one for one in spellings if not units.same(one, unit)] == []


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [
        ("kg", "℃"),
        ("bft", "m/s"),
        ("ppm", "µg/m³"),
        ("dB", "dB(A)"),
        ("mw", "W"),
        ("", "%"),
        ("cm", "cm/s"),
        ("%LEL", "%"),
    ],
)
def test_without_a_formula_nothing_is_converted(unit: str, wanted: str) -> None:
    with pytest.raises(ValueError, match="cannot be converted"):
        units.converted(1, unit, wanted)


def test_every_metric_s_unit_is_known_or_has_no_name() -> None:
    assert [one.code for one in reference.metrics() if one.unit and not units.is_known(one.unit)] == []


@given(st.floats(-1e9, 1e9), st.sampled_from([("F", "℃"), ("K", "F"), ("kn", "m/s"), ("mm", "in")]))
def test_there_and_back_is_the_same(value: float, pair: tuple[str, str]) -> None:
    there = units.converted(value, *pair)
    assert math.isclose(units.converted(there, pair[1], pair[0]), value, rel_tol=1e-9, abs_tol=1e-6)
