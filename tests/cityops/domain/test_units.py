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


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (1, "K", "℃", -272.15),
        (100, "‰", "%", 10.0),
        (1, "km", "m", 1000.0),
        (1, "in", "mm", 25.4),
        (1, "yd", "m", 0.9144),
        (100, "cm/s", "m/s", 1.0),
        (5, "mm/s", "cm/s", 0.5),
        (3600, "m/h", "m/s", 1.0),
        (1, "mm/h", "m/h", 0.001),
        (1, "mph", "km/h", 1.609344),
        (10, "ft/s", "m/s", 3.048),
        (10, "yd/s", "m/s", 9.144),
        (2, "g/m3", "mg/m3", 2000.0),
        (1, "kg/m3", "g/m3", 1000.0),
        (1000, "ng/m3", "µg/m³", 1.0),
        (1.2, "kV", "V", 1200.0),
        (5, "mW", "W", 0.005),
        (1, "MW", "kW", 1000.0),
        (1, "Hz", "veh/h", 3600.0),
        (0, "degF", "℃", -17.77777777777778),
    ],
)
def test_every_unit_has_its_exact_factor(value: float, unit: str, wanted: str, expected: float) -> None:
    assert units.converted(value, unit, wanted) == expected


@pytest.mark.parametrize(("one", "other"), [("mW", "MW"), ("m", "mm"), ("%", "%LEL"), ("V", "mV"), ("", "1")])
def test_units_that_differ_are_told_apart(one: str, other: str) -> None:
    assert not units.same(one, other)


@pytest.mark.parametrize("unit", ["ppm", "", "µSv/h", "浓度"])
def test_a_unit_of_no_table_is_itself_alone(unit: str) -> None:
    assert units.same(unit, unit)
    assert not units.is_known(unit)
    assert units.converted(3.5, unit, unit) == 3.5


def test_two_unknown_units_are_not_one() -> None:
    assert not units.same("ppm", "ppb")


@pytest.mark.parametrize(
    ("unit", "is_known"), [("mw", False), ("MW", True), ("mW", True), ("Kw", True), ("PERCENT", True)]
)
def test_case_is_not_minded_where_it_tells_nothing_apart(unit: str, is_known: bool) -> None:
    assert units.is_known(unit) == is_known


def test_a_refusal_names_both_units() -> None:
    with pytest.raises(ValueError, match=r"^'kg' cannot be converted to '℃'$"):
        units.converted(1, "kg", "℃")


def test_a_conversion_is_of_what_the_digits_say_and_not_of_the_float_behind_them() -> None:
    assert units.converted(0.1, "m", "mm") == 100.0
    assert units.converted(0.3, "kV", "V") == 300.0
