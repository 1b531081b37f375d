"""What a case says that is made of an alarm: its class, how urgent it is, its title and its text with the evidence.

From an alarm as the store has it, to `cityops.services.alarm_cases`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cityops.domain.events.status import Severity
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import Metric, WarningLevel, at_decimals

CASE_CLASSES: Mapping[str, str] = {
    "flood": "road_ponding",
    "cover": "cover_missing",
    "gas": "gas_leak",
    "noise": "noise_complaint",
    "site": "site_dust",
    "power": "power_outage",
    "health": "device_fault",
}
"""The class of the cases that alarms of a class become; of others somebody has to say it."""

URGENT = {WarningLevel.RED: Severity.CRITICAL, WarningLevel.ORANGE: Severity.URGENT}

NAMED = 20
"""Alarms that the text of a case names one by one."""

LIMITS_OF = {"alert": "预警响应阈值", "emergency": "应急阈值", "event": "活动阈值"}
"""By the kind of the mode whose limits raised it."""

COLOURS = {WarningLevel.RED: "红", WarningLevel.ORANGE: "橙", WarningLevel.YELLOW: "黄", WarningLevel.BLUE: "蓝"}


def severity(level: int) -> Severity:
    """Return how urgent a case is that comes of an alarm of this level."""
    return URGENT.get(WarningLevel(level), Severity.NORMAL)


def title(alarm: Mapping[str, Any], metric: Metric | None, count: int = 1) -> str:
    """Return what and where, with the worst value: “车陂南隧道 道路积水 62 cm”; of several their number too."""
    told = (alarm["device_name_zh"], alarm["name_zh"], _value(alarm, metric), f"等 {count} 处" if count > 1 else "")
    return " ".join(one for one in told if one)[:200]


def text(alarms: Sequence[Mapping[str, Any]], metric: Metric | None) -> str:
    """Return the evidence in sentences, the gravest alarm first."""
    others = f"同组另有 {len(alarms) - 1} 条：{_listed(alarms[1:], metric)}" if len(alarms) > 1 else ""
    return _told(alarms[0], metric) + others


def added(alarms: Sequence[Mapping[str, Any]], metric: Metric | None) -> str:
    """Return what is told of alarms that come to a case later."""
    return f"并入同组告警 {len(alarms)} 条：{_listed(alarms, metric)}"


def _told(alarm: Mapping[str, Any], metric: Metric | None) -> str:
    """Return level, worst value, since when, by which version of which rule, of what."""
    since: datetime = alarm["onset"].astimezone(CITY_ZONE)
    limits = f"（{LIMITS_OF[kind]}）" if (kind := alarm["limits_in"]) else ""
    rule = f"{alarm['rule_code']} v{alarm['rule_version']}{limits}"
    colour = COLOURS[WarningLevel(alarm["worst_level"])]
    worst = f"，最重 {value}" if (value := _value(alarm, metric)) else ""
    device = f"，设备 {alarm['device_code']}" if alarm["device_code"] else ""
    return f"{colour}色告警 {alarm['id']}：{since:%m-%d %H:%M} 起{worst}。规则 {rule}{device}。"


def _listed(alarms: Sequence[Mapping[str, Any]], metric: Metric | None) -> str:
    named = "；".join(_line(one, metric) for one in alarms[:NAMED])
    return f"{named}；及其余 {len(alarms) - NAMED} 条。" if len(alarms) > NAMED else f"{named}。"


def _line(alarm: Mapping[str, Any], metric: Metric | None) -> str:
    where = alarm["device_name_zh"] or alarm["device_code"] or alarm["region_code"]
    told = (f"{COLOURS[WarningLevel(alarm['worst_level'])]}色 {alarm['id']}", where, _value(alarm, metric))
    return " ".join(one for one in told if one)


def _value(alarm: Mapping[str, Any], metric: Metric | None) -> str:
    value = alarm["value_worst"]
    if value is None or metric is None:
        return ""
    return f"{float(at_decimals(value, metric.decimals)):.{metric.decimals}f} {metric.unit}".strip()
