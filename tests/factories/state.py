"""A made-up state of Guangzhou in the API's own shape, the same for the same instant: for figure and hub tests."""

import math
import random
from datetime import UTC, datetime, timedelta

from cityops import reference
from cityops.api import schemas
from cityops.domain.events.acts import Master, UnitKind
from cityops.domain.events.deadlines import Lamp
from cityops.domain.events.status import Severity, Status
from cityops.domain.freshness import Freshness
from cityops.domain.metrics import Metric
from cityops.domain.regions import Region, RegionLevel
from factories.situation import band, beneath, case_places, places, situation, worst_streets

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
STEP = timedelta(minutes=15)
STEPS = 96
TITLES = (
    ("road_ponding", "东风路下穿隧道积水约12厘米", Severity.URGENT, Status.PROCESSING, "hotline-12345"),
    ("cover_missing", "人行道井盖破损,已设围挡", Severity.NORMAL, Status.DISPATCHED, "grid-officer"),
    ("gas_leak", "燃气井室浓度超过报警值", Severity.CRITICAL, Status.SIGNED, "sensor-alarm"),
    ("exposed_garbage", "小区门口垃圾堆放未清运", Severity.NORMAL, Status.CLOSED, "grid-officer"),
    ("noise_complaint", "工地夜间施工噪声扰民", Severity.NORMAL, Status.REPORTED, "hotline-12345"),
    ("lamp_fault", "连续五盏路灯不亮", Severity.NORMAL, Status.ACCEPTED, "sensor-alarm"),
    ("illegal_parking", "消防通道被机动车占用", Severity.NORMAL, Status.DONE, "grid-officer"),
)
TYPICAL = {
    "pm25": 34, "pm10": 58, "no2": 41, "o3": 96, "so2": 8, "co": 0.7, "air_temperature": 23.4,
    "relative_humidity": 68, "wind_speed": 2.6, "noise_leq": 61.5, "river_level_above_warning": -1.35,
    "river_velocity": 0.62, "rain_intensity": 34.5, "rain_3h": 41.0, "water_depth": 18, "cover_tilt": 3,
    "cover_clearance": 1.8, "traffic_speed": 31, "traffic_flow": 920, "traffic_index": 4.7, "lamp_on": 96,
    "lamp_power": 112, "gas_lel": 4.2, "dust_pm10": 88, "site_noise": 66.0, "crowd_count": 48_210,
    "crowd_load": 64, "power_load": 182_400, "power_load_ratio": 58, "voltage": 224, "battery_voltage": 3.42,
}  # fmt: skip


def state(
    region_code: str = reference.CITY_CODE,
    *,
    at: datetime = NOON,
    seed: int = 20,
    silent: tuple[str, ...] = (),
    values: dict[str, float] | None = None,
) -> schemas.State:
    """Return a state as of `at`.

    `silent` names metrics from which nothing has come; `values` puts a region's own value of a metric.
    """
    rng = random.Random(f"{seed}{region_code}")
    region = next(one for one in reference.regions() if one.code == region_code)
    children = [one for one in reference.regions() if one.parent_code == region_code]
    metrics = [_metric(rng, metric, children, at, silent, values or {}) for metric in reference.metrics()]
    return schemas.State(
        region=_region(region),
        children=[_region(child) for child in children],
        detail=True,
        as_of=at - timedelta(seconds=2),
        devices=schemas.DeviceTotals(expected=2000, fresh=1926, late=41, silent=27, never=6),
        metrics=metrics,
        warnings=_warnings(rng, children, at),
        device_health=_health(rng, children, at),
        situation=situation([one.code for one in (children or [region])[:2]], places(beneath(region), at)[0], at),
        alarms=_alarms(rng, children, region, at),
        outages=[_outage(at)],
        events=_events(rng, children or [region], at),
        sources=_sources(rng, at),
        platform=schemas.Platform(
            devices=2000,
            series=4311,
            sources=15,
            sources_fresh=14,
            received=3_364_120,
            stored=3_360_004,
            duplicate=3_987,
            rejected=129,
            readings_kept=3_360_004,
            readings_per_s=62.4,
            as_of=at,
        ),
    )


def _region(region: Region) -> schemas.RegionOut:
    return schemas.RegionOut.model_validate(region, from_attributes=True)


def _metric(
    rng: random.Random,
    metric: Metric,
    children: list[Region],
    at: datetime,
    silent: tuple[str, ...],
    values: dict[str, float],
) -> schemas.MetricState:
    if metric.code in silent:
        return _silent(metric, children, at)
    value = values.get(metric.code, TYPICAL[metric.code] * rng.uniform(0.97, 1.03))
    start = at - STEP * (STEPS - 1)
    steps = [_step(rng, value, number) for number in range(STEPS - 1)]
    steps[30:34] = [None] * 4
    expected = max(11, len(children)) * 4
    fresh = expected - rng.choice((0, 0, 1, 2, 3))
    return schemas.MetricState(
        code=metric.code,
        value=round(value, metric.decimals + 2),
        minimum=round(value * 0.6, 2),
        maximum=round(value * 1.4, 2),
        warning=metric.warning(value),
        as_of=at - timedelta(seconds=rng.randrange(1, 40)),
        freshness=Freshness.FRESH,
        expected=expected,
        fresh=fresh,
        late=expected - fresh,
        coverage=round(fresh / expected, 4),
        expected_interval_s=60,
        change_1h=round(value * rng.uniform(-0.08, 0.08), 2),
        yesterday=round(value * 1.04, 2),
        last_week=round(value * 0.9, 2),
        band=band([*steps, value]),
        streets=worst_streets(metric, children, value),
        trend=schemas.Trend(start=start, step_s=int(STEP.total_seconds()), values=[*steps, value]),
        regions=[_part(rng, metric, child, value, at) for child in children],
    )


def _step(rng: random.Random, value: float, number: int) -> float | None:
    wave = math.sin(number / STEPS * 2 * math.pi) * 0.2 + math.sin(number / 7) * 0.05
    return round(value * (1 + wave + rng.uniform(-0.03, 0.03)), 2)


def _part(rng: random.Random, metric: Metric, child: Region, value: float, at: datetime) -> schemas.RegionValue:
    own = value * rng.uniform(0.6, 1.5)
    late = rng.random() < 0.08
    return schemas.RegionValue(
        code=child.code,
        value=round(own, metric.decimals + 2),
        warning=metric.warning(own),
        as_of=at - timedelta(seconds=200 if late else rng.randrange(1, 50)),
        freshness=Freshness.LATE if late else Freshness.FRESH,
        expected=4,
        fresh=0 if late else 4,
    )


def _silent(metric: Metric, children: list[Region], at: datetime) -> schemas.MetricState:
    return schemas.MetricState(
        code=metric.code,
        value=None,
        minimum=None,
        maximum=None,
        warning=0,
        as_of=None,
        freshness=Freshness.SILENT,
        expected=4,
        fresh=0,
        late=0,
        coverage=0,
        expected_interval_s=60,
        change_1h=None,
        **dict.fromkeys(("yesterday", "last_week", "band")),
        streets=[],
        trend=schemas.Trend(start=at - STEP * (STEPS - 1), step_s=900, values=[None] * STEPS),
        regions=[
            schemas.RegionValue(
                code=child.code, value=None, warning=0, as_of=None, freshness=Freshness.SILENT, expected=1, fresh=0
            )
            for child in children
        ],
    )


def _streets(rng: random.Random, children: list[Region]) -> str:
    if children and children[0].level is RegionLevel.STREET:
        return rng.choice(children).code
    codes = [one.code for one in reference.regions() if one.level is RegionLevel.STREET]
    return rng.choice(codes)


def _outage(at: datetime) -> schemas.Outage:
    return schemas.Outage(
        region_code="440106",
        region_zh="天河区",
        region_en="Tianhe District",
        source="water-logging",
        kind=None,
        name_zh="内涝监测系统",
        name_en="Waterlogging monitor",
        devices=430,
        silent=412,
        since=at - timedelta(minutes=25),
        text_zh="天河区内涝监测系统：430台设备中412台失联",
        text_en="Tianhe District, Waterlogging monitor: 412 of 430 devices silent",
    )


GROUPS = (
    ("waterlogging", "道路积水", "Waterlogging", "water_depth", 4, 3, 62.0, 3),
    ("gas", "可燃气体浓度", "Combustible gas", "gas_lel", 3, 1, 24.5, 0),
    ("rain_intensity", "小时雨强", "Rain intensity", "rain_intensity", 3, 1, 52.0, 0),
    ("river_level", "河道超警戒", "River above warning level", "river_level_above_warning", 2, 4, 0.12, 1),
    ("noise", "环境噪声", "Noise", "noise_leq", 2, 1, 74.2, 0),
    ("dust", "扬尘", "Dust", "site_noise", 1, 6, 71.5, 0),
)
"""Of the 17 open alarms 16 in groups; the last has none here, as where there are more than are told."""


def _alarms(rng: random.Random, children: list[Region], region: Region, at: datetime) -> schemas.AlarmsState:
    return schemas.AlarmsState(
        red=1,
        orange=2,
        yellow=5,
        blue=9,
        unacknowledged=4,
        regions=[schemas.RegionAlarms(code=child.code, open=1, worst=1) for child in children],
        groups_open=7,
        groups=(groups := _groups(rng, children or [region], at)),
        tallies=[
            schemas.GroupTally(
                alarm_class=one.alarm_class, region_code=one.region_code, level=one.level, count=one.count
            )
            for one in groups
        ],
        places=places(beneath(region), at),
    )


def _groups(rng: random.Random, children: list[Region], at: datetime) -> list[schemas.StandingGroup]:
    return [
        schemas.StandingGroup(
            rule_code=code,
            name_zh=zh,
            name_en=en,
            alarm_class=next((one.rule_class for one in reference.alarm_rules() if one.code == code), "health"),
            metric=metric,
            region_code=_streets(rng, children),
            level=level,
            count=count,
            value=value,
            onset=at - timedelta(minutes=7 * 3**number),
            unacknowledged=waiting,
            unacknowledged_since=at - timedelta(minutes=3) if waiting else None,
            acknowledged_by=None if waiting == count else "wang",
            cases=number,
            case_number="20261123-4QK7ZD" if number else None,
        )
        for number, (code, zh, en, metric, level, count, value, waiting) in enumerate(GROUPS)
    ]


def _warnings(rng: random.Random, children: list[Region], at: datetime) -> schemas.Warnings:
    worst = [
        ("water_depth", 43.0, 4, "waterlogging"),
        ("gas_lel", 24.5, 3, "gas"),
        ("rain_intensity", 52.0, 3, "rain_gauge"),
        ("traffic_speed", 14.0, 3, "traffic"),
        ("noise_leq", 74.2, 2, "noise"),
        ("river_level_above_warning", 0.12, 2, "river_level"),
        ("site_noise", 71.5, 1, "dust"),
        ("pm25", 63.0, 1, "air"),
    ]
    rows = [_warning(rng, children, at, number, one) for number, one in enumerate(worst)]
    return schemas.Warnings(blue=42, yellow=17, orange=6, red=1, worst=rows)


def _health(rng: random.Random, children: list[Region], at: datetime) -> schemas.Warnings:
    low = [("battery_voltage", 2.94, 4, "gas"), ("battery_voltage", 3.08, 3, "manhole_cover")]
    rows = [_warning(rng, children, at, number, one) for number, one in enumerate(low)]
    return schemas.Warnings(blue=0, yellow=0, orange=1, red=1, worst=rows)


def _warning(
    rng: random.Random, children: list[Region], at: datetime, number: int, one: tuple[str, float, int, str]
) -> schemas.DeviceWarning:
    metric, value, level, kind_code = one
    street = _streets(rng, children)
    name = next(one.name_zh for one in reference.regions() if one.code == street)
    kind = next(one for one in reference.device_kinds() if one.code == kind_code)
    return schemas.DeviceWarning(
        device_code=f"{kind_code}-{street}-{number:04d}",
        device_name_zh=f"{name}{kind.name_zh}{number + 1}号",
        kind_zh=kind.name_zh,
        kind_en=kind.name_en,
        region_code=street,
        metric=metric,
        value=value,
        warning=level,
        ts=at - timedelta(seconds=30 * number + 8),
        since=at - timedelta(minutes=7 * 3**number),
        since_known=number < 6,
    )


def _counts() -> schemas.EventCounts:
    return schemas.EventCounts(
        open=318,
        found=46,
        dispatched=83,
        handling=189,
        checking=31,
        found_overdue=0,
        dispatched_overdue=1,
        handling_overdue=0,
        urgent_open=12,
        overdue=1,
        near_due=1,
        reported_today=742,
        closed_today=655,
    )


def _events(rng: random.Random, children: list[Region], at: datetime) -> schemas.EventsState:
    due = {0: -49, 1: 12, 2: 600}
    unit = schemas.UnitOut(kind=UnitKind.DISTRICT, code="440106")
    pressing = [
        schemas.PressingEvent(
            id=1000 - number,
            source=source,
            external_id=f"GZ20261123{number:05d}",
            class_code=class_code,
            severity=severity,
            status=status,
            stage=status.stage,
            title=title,
            region_code=_streets(rng, children),
            occurred_at=at - timedelta(minutes=3 * number + 1),
            status_at=at - timedelta(minutes=3 * number),
            master=Master.SOURCE,
            unit=unit if number in due else None,
            due_at=at + timedelta(minutes=due[number]) if number in due else None,
            lamp=list(Lamp)[2 - number] if number in due else None,
        )
        for number, (class_code, title, severity, status, source) in enumerate(TITLES * 3)
    ]
    return schemas.EventsState(
        counts=_counts(),
        regions=[
            schemas.RegionEvents(code=child.code, open=rng.randrange(4, 60), reported_today=70, closed_today=60)
            for child in children
        ],
        classes=[
            schemas.ClassCount(
                class_code=row["code"], name_zh=row["name_zh"], name_en=row["name_en"], reported_today=200 - 9 * rank
            )
            for rank, row in enumerate(reference.rows("event_classes")[:10])
        ],
        matters=[
            schemas.CaseMatter(class_code=class_code, source=source, found=3, handling=2, handling_overdue=1)
            for class_code, _, _, _, source in TITLES
        ],
        pressing=pressing,
        places=case_places(pressing),
        as_of=at - timedelta(seconds=41),
    )


def _sources(rng: random.Random, at: datetime) -> list[schemas.SourceState]:
    departments = {row["code"]: row for row in reference.rows("departments")}
    found = []
    told = [row for row in reference.rows("source_systems") if row["carries"] not in {"indicators", "forms"}]
    for number, row in enumerate(told):
        department = departments[row["department_code"]]
        late = number == 6
        found.append(
            schemas.SourceState(
                code=row["code"],
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                department_zh=department["name_zh"],
                department_en=department["name_en"],
                data_officer=department["data_officer"],
                carries=row["carries"],
                expected_interval_s=int(row["expected_interval_s"]),
                last_received_at=at - timedelta(seconds=250 if late else rng.randrange(1, 50)),
                freshness=Freshness.LATE if late else Freshness.FRESH,
                devices=0 if row["carries"] == "events" else 160,
                received=224_000,
                stored=223_600,
                duplicate=390,
                rejected=10,
            )
        )
    return found
