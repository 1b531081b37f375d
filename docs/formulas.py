"""Writes the published standards by which indicators are computed: their tables as the code has them."""

from collections.abc import Callable, Iterator

from cityops.domain.indicators.standards import environmental_noise as noise
from cityops.domain.indicators.standards import surface_water as water
from cityops.domain.indicators.standards import traffic
from cityops.domain.indicators.standards.air_quality.averages import VALIDITIES
from cityops.domain.indicators.standards.air_quality.editions import CLASSES, EDITIONS, IAQI, Edition
from cityops.domain.indicators.standards.air_quality.pollutants import AirItem
from cityops.domain.indicators.standards.basis import Basis

INTRO = """# Standards by which indicators are computed

The tables of [cityops/domain/indicators/standards](../../src/cityops/domain/indicators/standards/), written from the
code, to be held against the standards. Why so: [0057](../decisions/0057-a-standard-is-a-table-with-a-date.md). The
mark says how far a source was followed up: *read* is the standard itself, *cited* what others say of it, *default*
our own knowledge, not verified.

| what | standard | clauses | mark |
|---|---|---|---|
"""
AIR = """
## Air quality index

The edition goes by the day in the city's zone. A concentration is rounded half to even (GB/T 8170-2008), to whole
µg/m³, CO to 0.1 mg/m³; the index of an item is interpolated between two breakpoints and rounded up; the highest is
the index, and above 50 the pollutants that share it are primary.

| | {editions} |
|---|{rules}|
"""
BREAKPOINTS = """
### Breakpoints of {code}

µg/m³, CO mg/m³. {beyond}

"""
CLASSES_INTRO = """
### Classes

The colours are the standard's (table A.1 of both), and never those of warnings.

| grade | class | 类别 | up to | 颜色 | RGB |
|---|---|---|---|---|---|
"""
VALID = """
### From when on a mean counts

| mean | 有效性 | at least | of | standard | clause | mark |
|---|---|---|---|---|---|---|
"""
NOT_SAID = """
What the standards leave to us: an hour of a region is the mean of all its readings, and is valid where they cover 45
minutes by the registered interval of its devices; particles are held to that, too. The 24 moving hours of HJ 633-2012
need 20, as a day does, and so does the greatest hour of ozone. Fewer than 14 windows of ozone do where the greatest
is above 160 µg/m³ already. For days before 2016-01-01 HJ 633-2012 is taken. That a pollutant is left out of the plan
(HJ 633-2026, 5.3.2) is known to the formula, and not yet to the platform: there a missing one is always missing.
"""
WATER = """
## Surface water (GB 3838-2002)

mg/L. The worst item decides; worse than Ⅴ is 劣Ⅴ. pH is 6 to 9 in all classes. Oxygen of 90 % saturation is Ⅰ.

| item | Ⅰ | Ⅱ | Ⅲ | Ⅳ | Ⅴ |
|---|---|---|---|---|---|
"""
NOISE = """
## Noise (GB 3096-2008)

Leq in dB(A); night is {night} to {day} h in the city's zone. Then a sudden noise may exceed it by {peak} dB(A).

| class | area | 区域 | day | night |
|---|---|---|---|---|
"""
TRAFFIC = """
## Traffic

A level holds its lower end of an index, and its upper end of a speed. Indices of two schemes are never mixed: `tpi`
goes from 0 to 10, `time_ratio` is the time of a way over that of free flow.

| level | 等级 | tpi from | time_ratio from | {grades} |
|---|---|---|---|{rules}|
"""

Row = Callable[..., str]


def page(row: Row) -> str:
    """Return the page; `row` makes a row of a table of cells."""
    return "".join(_parts(row))


def _parts(row: Row) -> Iterator[str]:
    yield INTRO + "".join(row(what, *_cells(basis)) for what, basis in _bases())
    yield _air(row)
    for edition in EDITIONS:
        yield _breakpoints(edition, row)
    yield CLASSES_INTRO
    for one in CLASSES:
        yield row(str(one.grade), one.name_en, one.name_zh, str(one.up_to), one.colour_zh, f"`{one.colour}`")
    yield VALID
    for rule in VALIDITIES:
        yield row(rule.what_en, rule.what_zh, str(rule.least), str(rule.of), *_cells(rule.basis))
    yield NOT_SAID + WATER
    for item, limits in water.LIMITS.items():
        sign = "≥" if item is water.WaterItem.OXYGEN else "≤"
        yield row(f"`{item}` {sign}", *limits)
    yield NOISE.format(night=noise.NIGHT_BEGINS, day=noise.DAY_BEGINS, peak=noise.NIGHT_PEAK)
    for area, allowed in noise.LIMITS.items():
        yield row(area, allowed.use_en, allowed.use_zh, str(allowed.day), str(allowed.night))
    yield _traffic(row)


def _bases() -> Iterator[tuple[str, Basis]]:
    for edition in EDITIONS:
        yield f"air quality index from {edition.in_force}", edition.basis
    yield "surface water", water.BASIS
    yield "noise", noise.BASIS
    yield "traffic", traffic.BASIS


def _cells(basis: Basis) -> tuple[str, str, str]:
    return basis.standard, basis.clause, str(basis.mark)


def _air(row: Row) -> str:
    def withheld(edition: Edition) -> str:
        if edition.incomplete_above is None:
            return "told all the same, with what is missing"
        return f"told above {edition.incomplete_above}, else NA with what is missing"

    told = {
        "in force from": lambda one: str(one.in_force),
        "items of the day": lambda one: _codes(one.items_of_day),
        "items of the hour": lambda one: _codes(one.items_of_hour),
        "index from": lambda one: str(one.least),
        "index without a pollutant": withheld,
    }
    head = AIR.format(editions=" | ".join(one.code for one in EDITIONS), rules="---|" * (len(EDITIONS) - 1) + "---")
    return head + "".join(row(name, *(tell(one) for one in EDITIONS)) for name, tell in told.items())


def _codes(items: tuple[AirItem, ...]) -> str:
    return ", ".join(f"`{one.code}`" for one in items)


def _breakpoints(edition: Edition, row: Row) -> str:
    beyond = [
        f"`{item.code}` above {edition.breakpoints[item][-1]}: "
        + (f"index {to}." if isinstance(to, int) else f"the index of `{to.code}` is told.")
        for item, to in edition.beyond.items()
    ]
    heading = (
        row("IAQI", *(f"`{item.code}`" for item in edition.breakpoints))
        + f"|{'---|' * (len(edition.breakpoints) + 1)}\n"
    )
    rows = (
        row(
            str(iaqi),
            *(str(column[place]) if place < len(column) else "–" for column in edition.breakpoints.values()),
        )
        for place, iaqi in enumerate(IAQI)
    )
    return BREAKPOINTS.format(code=edition.code, beyond=" ".join(beyond)) + heading + "".join(rows)


def _traffic(row: Row) -> str:
    grades = list(traffic.SPEEDS)
    head = TRAFFIC.format(
        grades=" | ".join(f"{one} km/h" for one in grades), rules="---|" * (len(grades) - 1) + "---"
    )
    return head + "".join(
        row(one.name_en, one.name_zh, *(_begins(scheme, one) for scheme in traffic.IndexScheme), *_speeds(one))
        for one in traffic.Congestion
    )


def _begins(scheme: traffic.IndexScheme, level: traffic.Congestion) -> str:
    return traffic.BEGINS[scheme][level - 1]


def _speeds(level: traffic.Congestion) -> Iterator[str]:
    for limits in traffic.SPEEDS.values():
        place = traffic.Congestion.HEAVY - level
        low = f"above {limits[place - 1]}" if place else ""
        high = f"up to {limits[place]}" if place < len(limits) else ""
        yield " ".join(one for one in (low, high) if one)
