"""Made-up days that scenes are pictured on: a quiet one, and one shaped on the storm of 2024-08-21 in Guangzhou.

Of the storm the published totals are true: 11:25 to 14:25, 130.1 mm of rain in 天园街, 108 mm in the wettest hour,
a response to rain of grade Ⅱ in force. Places, depths, times, units, cases and all other numbers are made up, and
made to agree with each other; so is the whole of the quiet day.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import district_of

Told = dict[str, Any]
SEED = 7


def ago(at: datetime, seconds: float) -> str:
    """Return the moment so long before another, as the API writes it."""
    return (at - timedelta(seconds=seconds)).isoformat()


def dice(*words: object) -> random.Random:
    """Return dice that fall the same way each time for the same words."""
    return random.Random(f"{SEED} {words}")  # noqa: S311  # looks, not secrets


@dataclass(frozen=True, slots=True)
class AlarmsOfDay:
    """Open alarms of one rule in one district: the first are told apart, the rest only counted by level."""

    rule: str
    zh: str
    en: str
    metric: str
    district: str
    minutes: int
    named: Sequence[Told] = ()
    counted: Mapping[int, int] = field(default_factory=dict)
    value: float = 0.0
    """The worst of those that are only counted."""
    unit: str = "water"


@dataclass(frozen=True, slots=True)
class Day:
    """A day up to a moment."""

    at: datetime
    cities: Mapping[str, float]
    """Values of the city by metric."""
    districts: Mapping[str, Mapping[str, float]]
    """Values of districts by metric; those of other metrics are made of the city's."""
    curves: Mapping[str, Sequence[tuple[float, float]]]
    """Hours and values between which a metric's curve is straight."""
    streets: Mapping[str, Sequence[tuple[str, float]]]
    standing: Sequence[AlarmsOfDay]
    cases: Sequence[Told]
    counts: Mapping[str, int]
    late: Mapping[str, int]
    """Seconds since a source has sent, of those that are late."""
    mode: Told | None = None


USUAL = {
    "pm25": 34, "pm10": 58, "no2": 41, "o3": 96, "so2": 8, "co": 0.7, "air_temperature": 31.4,
    "relative_humidity": 68, "wind_speed": 2.6, "noise_leq": 61.5, "river_level_above_warning": -1.35,
    "river_velocity": 0.62, "rain_intensity": 0, "rain_3h": 0, "water_depth": 2, "cover_tilt": 3,
    "cover_clearance": 1.8, "traffic_speed": 38, "traffic_flow": 920, "traffic_index": 2.7, "lamp_on": 98,
    "lamp_power": 112, "gas_lel": 2.2, "dust_pm10": 88, "site_noise": 64.0, "crowd_count": 48_210,
    "crowd_load": 46, "power_load": 182_400, "power_load_ratio": 62, "voltage": 224, "battery_voltage": 3.42,
}  # fmt: skip

DRY = {"rain_intensity": ((0.0, 0.0),), "rain_3h": ((0.0, 0.0),), "water_depth": ((0.0, 2.0),)}


def _place(
    level: int, street: str, at: tuple[float, float], name: str, value: float, minutes: int, **more: Any
) -> Told:
    told = {"level": level, "region_code": street, "lon": at[0], "lat": at[1], "name_zh": name, "value": value}
    return (
        told | {"minutes": minutes, "trend": "falling", "acknowledged": True, "unit": ("department", "water")} | more
    )


def _case(kind: str, title: str, street: str, at: tuple[float, float], minutes: int | None, **more: Any) -> Told:
    told = {"class_code": kind, "title": title, "region_code": street, "lon": at[0], "lat": at[1], "minutes": minutes}
    usual = {"severity": "normal", "status": "processing", "unit": ("district", district_of(street))}
    return told | usual | more


_WATER = ("water_depth", "道路积水", "Road under water", "water_depth")
_RIVER = ("river_level_above_warning", "河道水位超警", "River above warning level", "river_level_above_warning")
_JAM = ("traffic_index", "交通拥堵", "Congestion", "traffic_index")
_WIND = ("wind_speed", "大风", "Wind", "wind_speed")
_CHEBEI, _GANGDING, _XINGANG = (113.396, 23.119), (113.338, 23.136), (113.364, 23.098)
_YUANCUN, _HUANGHUA, _DASHA = (113.362, 23.116), (113.287, 23.143), (113.448, 23.104)

STORM = Day(
    at=datetime(2024, 8, 21, 14, 25, 8, tzinfo=CITY_ZONE),
    cities={
        **USUAL,
        "air_temperature": 25.2, "relative_humidity": 96, "wind_speed": 9.8, "noise_leq": 66.2, "pm25": 14,
        "pm10": 22, "o3": 38, "rain_intensity": 12.4, "rain_3h": 130.1, "water_depth": 62,
        "river_level_above_warning": 0.12,
        "river_velocity": 1.9, "cover_clearance": 0.36, "traffic_speed": 19, "traffic_index": 5.1, "gas_lel": 3.1,
        "power_load_ratio": 71, "crowd_load": 38, "traffic_flow": 610,
    },
    districts={
        "rain_3h": {
            "440103": 52.3, "440104": 71.5, "440105": 96.4, "440106": 130.1, "440111": 64.0, "440112": 88.2,
            "440113": 58.7, "440114": 18.6, "440115": 22.5, "440117": 9.4, "440118": 31.2,
        },
        "rain_intensity": {
            "440103": 8.6, "440104": 10.8, "440105": 11.9, "440106": 12.4, "440111": 6.2, "440112": 9.5,
            "440113": 4.8, "440114": 1.2, "440115": 2.0, "440117": 0.4, "440118": 3.1,
        },
        "water_depth": {
            "440103": 12, "440104": 31, "440105": 44, "440106": 62, "440111": 19, "440112": 29,
            "440113": 17, "440114": 4, "440115": 3, "440117": 1, "440118": 6,
        },
    },
    curves={
        "rain_intensity": ((0, 0), (11, 0), (11.5, 6), (12, 22), (12.5, 64), (13, 108), (13.5, 52), (14, 12.4)),
        "rain_3h": ((0, 0), (11, 0), (11.5, 2), (12, 12), (12.5, 40), (13, 82), (13.5, 122), (14, 130.1)),
        "water_depth": ((0, 1), (12, 2), (12.5, 34), (13, 88), (13.5, 76), (14, 62)),
        "river_level_above_warning": ((0, -1.3), (11.5, -1.2), (12.5, -0.7), (13.5, 0.02), (14.5, 0.12)),
        "traffic_index": ((0, 1.2), (6, 1.4), (8.5, 3.9), (10, 2.4), (12, 2.6), (13, 4.6), (14.5, 5.1)),
    },
    streets={
        "rain_3h": (("440106012", 130.1), ("440106011", 118.6), ("440106003", 109.2), ("440105015", 96.4),
                    ("440112005", 88.2), ("440104014", 71.5)),
        "rain_intensity": (("440106012", 12.4), ("440105015", 11.9), ("440106011", 11.6), ("440104014", 10.8),
                           ("440106003", 10.1), ("440112005", 9.5)),
        "water_depth": (("440106003", 62), ("440106006", 51), ("440105015", 44), ("440104014", 31), ("440112005", 29),
                        ("440106002", 24)),
    },
    standing=(
        AlarmsOfDay(*_WATER, "440106", 111, (
            _place(4, "440106003", _CHEBEI, "车陂南隧道", 62, 111, status="processing", case=0),
            _place(4, "440106006", _GANGDING, "岗顶", 51, 96, status="processing", case=1),
        ), {2: 4, 1: 4}, 24),
        AlarmsOfDay(*_WATER, "440105", 79, (
            _place(4, "440105015", _XINGANG, "新港东路", 44, 79, status="dispatched", case=2, overdue=True,
                   unit=("district", "440105")),
        ), {2: 3, 1: 3}, 21),
        AlarmsOfDay(*_WATER, "440104", 3, (
            _place(3, "440104014", _HUANGHUA, "黄花岗", 31, 3, trend="rising", acknowledged=False, unit=None),
        ), {2: 1, 1: 2}, 16),
        AlarmsOfDay(*_WATER, "440112", 64, (
            _place(3, "440112005", _DASHA, "大沙地东", 29, 64, trend="steady", status="processing", case=4),
        ), {2: 2, 1: 2}, 19),
        AlarmsOfDay(*_JAM, "440106", 95, counted={3: 1}, value=8.3, unit="traffic_police"),
        AlarmsOfDay(*_JAM, "440104", 88, counted={3: 1}, value=8.1, unit="traffic_police"),
        AlarmsOfDay(*_JAM, "440105", 81, counted={3: 1}, value=8.0, unit="traffic_police"),
        AlarmsOfDay(*_WATER, "440111", 70, counted={2: 2, 1: 3}, value=19),
        AlarmsOfDay(*_WATER, "440113", 58, counted={2: 1, 1: 2}, value=17),
        AlarmsOfDay(*_RIVER, "440103", 48, counted={2: 1, 1: 1}, value=0.12),
        AlarmsOfDay(*_WIND, "440118", 102, counted={1: 4}, value=12.6, unit="emergency"),
    ),
    cases=(
        _case("road_ponding", "车陂南隧道封闭抽排", "440106003", _CHEBEI, -49, severity="critical",
              unit=("department", "water")),
        _case("road_ponding", "岗顶积水抢排", "440106006", _GANGDING, -26, severity="urgent",
              unit=("department", "water")),
        _case("road_ponding", "新港东路围蔽", "440105015", _XINGANG, -18, severity="urgent", status="dispatched"),
        _case("fallen_tree", "员村二横路倒树压车", "440106002", _YUANCUN, -11, severity="urgent"),
        _case("road_ponding", "大沙地东积水抽排", "440112005", _DASHA, 24, severity="urgent",
              unit=("department", "water")),
        _case("signal_fault", "黄埔大道信号灯黑灯", "440106008", (113.327, 23.124), 31,
              unit=("department", "traffic_police")),
        _case("power_outage", "猎德街道停电", "440106013", (113.335, 23.117), 38, unit=("department", "power_grid")),
        _case("cover_missing", "井盖移位，已设围挡", "440105010", (113.281, 23.086), 46),
    ),
    counts={
        "open": 486, "found": 38, "dispatched": 64, "handling": 356, "checking": 28, "overdue": 7, "near_due": 19,
        "found_overdue": 0, "dispatched_overdue": 3, "handling_overdue": 4, "urgent_open": 57,
        "reported_today": 1284, "closed_today": 912,
    },
    late={"urban-cover": 720},
    mode={"kind": "emergency", "matter": "rainstorm", "grade": 2, "title_zh": "暴雨Ⅱ级应急响应",
          "title_en": "Rainstorm response, grade Ⅱ", "reason": "暴雨红色预警", "minutes": 155},
)  # fmt: skip

QUIET = Day(
    at=datetime(2024, 8, 20, 10, 8, 31, tzinfo=CITY_ZONE),
    cities=USUAL,
    districts={"rain_intensity": {}, "rain_3h": {}, "water_depth": {"440105": 2, "440106": 1, "440103": 2}},
    curves={**DRY, "traffic_index": ((0, 1.2), (6, 1.4), (8.5, 4.4), (10.1, 2.7))},
    streets={},
    standing=(
        AlarmsOfDay(*_JAM, "440104", 41, counted={2: 1}, value=6.2, unit="traffic_police"),
        AlarmsOfDay("site_noise", "工地噪声超标", "Noise of a building site", "site_noise", "440106", 66,
                 counted={2: 1}, value=75.8, unit="urban"),
        AlarmsOfDay("pm25", "PM2.5 偏高", "PM2.5 high", "pm25", "440111", 118,
                    counted={1: 1}, value=63, unit="ecology"),
        AlarmsOfDay("gas_lel", "可燃气体浓度偏高", "Combustible gas", "gas_lel", "440105", 27,
                    counted={1: 1}, value=6.4, unit="gas_group"),
        AlarmsOfDay("power_load_ratio", "配电负载偏高", "Load of a feeder", "power_load_ratio", "440112", 52,
                 counted={1: 1}, value=83, unit="power_grid"),
    ),
    cases=(
        _case("site_nuisance", "工地夜间施工扰民", "440106011", (113.378, 23.131), -22),
        _case("cover_missing", "人行道井盖破损，已设围挡", "440105010", (113.281, 23.086), -9,
              unit=("department", "urban")),
        _case("lamp_fault", "连续五盏路灯不亮", "440111016", (113.262, 23.196), 26, unit=("department", "lighting")),
        _case("illegal_parking", "消防通道被占用", "440104013", (113.279, 23.129), 44, status="dispatched"),
        _case("exposed_garbage", "小区门口垃圾未清运", "440103008", (113.236, 23.108), 58),
    ),
    counts={
        "open": 214, "found": 21, "dispatched": 38, "handling": 129, "checking": 26, "overdue": 2, "near_due": 6,
        "found_overdue": 0, "dispatched_overdue": 0, "handling_overdue": 2, "urgent_open": 0,
        "reported_today": 402, "closed_today": 377,
    },
    late={},
)  # fmt: skip
