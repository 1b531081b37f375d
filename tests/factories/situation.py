"""Made-up parts of a state: what matters most, where its alarms and cases are, what is usual, the worst streets."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cityops import reference
from cityops.api import schemas
from cityops.domain.alarms.situation import Tendency
from cityops.domain.events.acts import UnitKind
from cityops.domain.events.status import Severity, Status
from cityops.domain.metrics import Direction, Metric
from cityops.domain.regions import Region, RegionLevel


def band(steps: list[float | None]) -> schemas.Band:
    known = [0.0 if one is None else one for one in steps]
    return schemas.Band(
        low=[round(one * 0.8, 1) for one in known], high=[round(one * 1.2, 1) for one in known], days=30
    )


def worst_streets(metric: Metric, children: list[Region], value: float) -> list[schemas.StreetValue]:
    """Return six streets: those of the first districts, or the first of a district."""
    codes = [one.code for one in children] or [""]
    streets = [
        one for one in reference.regions() if one.level is RegionLevel.STREET and one.code.startswith(codes[0][:6])
    ]
    values = [round(value * (1.3 - 0.1 * number), metric.decimals + 2) for number in range(6)]
    return [
        schemas.StreetValue(code=one.code, value=told, warning=metric.warning(told))
        for one, told in zip(streets, values, strict=False)
    ]


def beneath(region: Region) -> list[str]:
    """Return the codes of the streets of a region, or its own."""
    within = "" if region.level is RegionLevel.CITY else region.code
    return [
        one.code for one in reference.regions() if one.level is RegionLevel.STREET and one.code.startswith(within)
    ]


def places(streets: Sequence[str], at: datetime) -> list[schemas.StandingPlace]:
    """Return three places that are under water and two of other alarms, the gravest first."""
    held = ((62.0, 4, 31, True, "processing"), (48.0, 4, 25, True, "signed"), (41.0, 4, 3, False, None))
    rows = [("waterlogging", "water_depth", *one) for one in held]
    rows += [("gas", "gas_lel", 24.5, 3, 21, True, "dispatched"), ("noise", "noise_leq", 74.2, 2, 190, False, None)]
    return [
        schemas.StandingPlace(
            id=9000 + number,
            rule_code=rule,
            metric=metric,
            level=level,
            lon=113.30 + 0.02 * number,
            lat=23.12 + 0.01 * number,
            region_code=streets[number % len(streets)],
            device_code=f"{rule}-{number:04d}",
            name_zh=f"测点{number + 1}号",
            value=value,
            since=at - timedelta(minutes=minutes),
            trend=[*Tendency][number % 3],
            acknowledged=acknowledged,
            case_number="20261123-4QK7ZD" if status else None,
            unit=schemas.UnitOut(kind=UnitKind.DEPARTMENT, code="water") if status else None,
            status=status,
            overdue=number == 1,
        )
        for number, (rule, metric, value, level, minutes, acknowledged, status) in enumerate(rows)
    ]


def situation(regions: Sequence[str], worst: schemas.StandingPlace, at: datetime) -> schemas.Situation:
    """Return the situation of these places: three under water, the pumps on their way, one that nobody has seen."""
    unit = schemas.UnitOut(kind=UnitKind.DEPARTMENT, code="water")
    told = worst.model_dump(include=set(schemas.WorstPlace.model_fields))
    return schemas.Situation(
        level=4,
        rule_code="waterlogging",
        name_zh="道路积水",
        name_en="Waterlogging",
        metric="water_depth",
        threshold=40.0,
        direction=Direction.HIGH,
        regions=list(regions),
        places=3,
        worst=schemas.WorstPlace(alarm_id=worst.id, as_of=at, **told),
        cases=2,
        overdue=1,
        unacknowledged=1,
        unacknowledged_since=at - timedelta(minutes=3),
        handling=[
            schemas.UnitHandling(unit=unit, status=status, count=1) for status in (Status.PROCESSING, Status.SIGNED)
        ],
    )


def case_places(cases: Sequence[schemas.PressingEvent]) -> list[schemas.CasePlace]:
    """Return where the urgent ones among the first of these cases are."""
    return [
        schemas.CasePlace(
            id=one.id,
            number=one.external_id,
            lon=113.26 + 0.03 * number,
            lat=23.10 + 0.02 * number,
            severity=one.severity,
            overdue=number == 0,
            title=one.title,
            region_code=one.region_code,
            status=one.status,
            unit=one.unit,
        )
        for number, one in enumerate(cases[:3])
        if one.severity is not Severity.NORMAL
    ]
