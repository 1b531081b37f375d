"""Units of measurement: how senders spell them, and the exact formula from one to another.

Formulas are those of the BIPM's SI brochure (9th edition), and of NIST SP 811, appendix B, for inch, foot, mile, knot
and degree Fahrenheit; names are those of RFC 8428 and RFC 8798 (SenML), UCUM, and what devices write instead.
"""

import unicodedata
from fractions import Fraction
from typing import NamedTuple


class _Unit(NamedTuple):
    """A unit as the number of its quantity's base unit: base = value × factor + offset."""

    quantity: str
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


_INCH_M = Fraction(254, 10_000)
_HOUR_S = 3600

_UNITS: dict[str, _Unit] = {
    "degC Cel C celsius centigrade degree_celsius degreecelsius degreescelsius": _Unit("temperature"),
    "degF F [degF] fahrenheit degree_fahrenheit degreefahrenheit degreesfahrenheit": _Unit(
        "temperature", Fraction(5, 9), Fraction(-160, 9)
    ),
    "K kelvin": _Unit("temperature", offset=Fraction(-27_315, 100)),
    "% percent pct /100 %RH %rH RH% %r.h. %EL": _Unit("ratio"),
    "/ ratio fraction 1/1": _Unit("ratio", Fraction(100)),
    "/1000 permille ‰": _Unit("ratio", Fraction(1, 10)),
    "%LEL LEL% LEL": _Unit("explosive"),
    "m meter metre meters metres": _Unit("length"),
    "cm centimeter centimetre centimeters centimetres": _Unit("length", Fraction(1, 100)),
    "mm millimeter millimetre millimeters millimetres": _Unit("length", Fraction(1, 1000)),
    "km": _Unit("length", Fraction(1000)),
    "in inch inches [in_i] [in_us]": _Unit("length", _INCH_M),
    "ft foot feet [ft_i] [ft_us]": _Unit("length", 12 * _INCH_M),
    "yd yard yards": _Unit("length", 36 * _INCH_M),
    "m/s mps": _Unit("speed"),
    "km/h kmh kph km/hr": _Unit("speed", Fraction(1000, _HOUR_S)),
    "cm/s": _Unit("speed", Fraction(1, 100)),
    "mm/s": _Unit("speed", Fraction(1, 1000)),
    "m/h": _Unit("speed", Fraction(1, _HOUR_S)),
    "mm/h mmh mm/hr mm/hour": _Unit("speed", Fraction(1, 1000 * _HOUR_S)),
    "in/h in/hr inh": _Unit("speed", _INCH_M / _HOUR_S),
    "mph mi/h [mi_i]/h": _Unit("speed", 63_360 * _INCH_M / _HOUR_S),
    "kn kt knot knots [kn_i]": _Unit("speed", Fraction(1852, _HOUR_S)),
    "ft/s fps": _Unit("speed", 12 * _INCH_M),
    "yd/s": _Unit("speed", 36 * _INCH_M),
    "ug/m3 ugm3 ug/m**3": _Unit("concentration"),
    "mg/m3 mgm3": _Unit("concentration", Fraction(1000)),
    "g/m3": _Unit("concentration", Fraction(1_000_000)),
    "kg/m3": _Unit("concentration", Fraction(1_000_000_000)),
    "ng/m3": _Unit("concentration", Fraction(1, 1000)),
    "V volt volts": _Unit("voltage"),
    "mV millivolt millivolts": _Unit("voltage", Fraction(1, 1000)),
    "kV": _Unit("voltage", Fraction(1000)),
    "W watt watts": _Unit("power"),
    "mW milliwatt": _Unit("power", Fraction(1, 1000)),
    "kW kilowatt kilowatts": _Unit("power", Fraction(1000)),
    "MW megawatt": _Unit("power", Fraction(1_000_000)),
    "deg degree degrees": _Unit("angle"),
    "dB(A) dBA dB[A] dBA_SPL": _Unit("level"),
    "veh/h vehicles/h vehicle/h veh/hr 1/h": _Unit("frequency"),
    "veh/min 1/min": _Unit("frequency", Fraction(60)),
    "veh/s 1/s Hz": _Unit("frequency", Fraction(_HOUR_S)),
    "人 person persons people count pcs {count}": _Unit("count"),
    "1 none unitless": _Unit("number"),
}
"""Spellings, as `_spelt` leaves them, and what they mean. An angle in rad has no exact factor, dB no weighting."""


def _spelt(text: str) -> str:
    """Return a unit in one way of writing: ℃ as degC, µg/m³ as ug/m3, without blanks."""
    plain = unicodedata.normalize("NFKC", text).replace("\N{GREEK SMALL LETTER MU}", "u").replace("°", "deg")
    for ornament in (" ", "^", "_", "⋅", "·"):
        plain = plain.replace(ornament, "")
    return plain


_BY_NAME = {_spelt(name): unit for names, unit in _UNITS.items() for name in names.split(" ")}
_FOLDED: dict[str, _Unit | None] = {}
for _name, _unit in _BY_NAME.items():  # mW and MW differ by case alone: neither is taken in another case
    _FOLDED[_name.casefold()] = _unit if _FOLDED.get(_name.casefold(), _unit) == _unit else None


def _known(text: str) -> _Unit | None:
    name = _spelt(text)
    return _BY_NAME.get(name) or _FOLDED.get(name.casefold())


def same(one: str, other: str) -> bool:
    """Return whether two units are one, however they are spelt."""
    return _spelt(one) == _spelt(other) or (_known(one) is not None and _known(one) == _known(other))


def is_known(unit: str) -> bool:
    """Return whether a text names a unit of this module."""
    return _known(unit) is not None


def converted(value: float, unit: str, wanted: str) -> float:
    """Return a finite value of `unit` in `wanted`, by the exact formula, of what its digits say.

    Raises
    ------
    ValueError
        One of the units is not known, or they are not of one quantity.
    """
    if same(unit, wanted):
        return value
    of, to = _known(unit), _known(wanted)
    if of is None or to is None or of.quantity != to.quantity:
        raise ValueError(f"{unit!r} cannot be converted to {wanted!r}")
    return float((Fraction(repr(float(value))) * of.factor + of.offset - to.offset) / to.factor)
