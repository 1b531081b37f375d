"""A made-up state of the city or a district, the same each time, for previews; `days` says what of it is true."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from cityops import reference
from cityops.domain.regions import Region, district_of
from cityops_dashboards.scenes.days import QUIET, STORM, AlarmsOfDay, Day, Told, ago, dice
from cityops_dashboards.scenes.measured import measured
from cityops_dashboards.scenes.tabled import reported

NAMES = {4: "red", 3: "orange", 2: "yellow", 1: "blue"}
SILENT_S = 26 * 60
SILENCED = "water-logging", "water_depth"
"""The source that is silent in `silent-source`, and what it measures."""

DEAD_API = "dead-api"


def _drill(day: Day) -> Day:
    return replace(day, mode={**(day.mode or {}), "drill": True})


DAYS: Mapping[str, tuple[Day, str | None]] = {
    "storm": (STORM, None),
    "quiet": (QUIET, None),
    "silent-source": (STORM, SILENCED[0]),
    "drill": (_drill(STORM), None),
    DEAD_API: (STORM, None),
}
"""States by their names, each with the source that is silent in it; of a dead API the last one stands."""


def moment(name: str) -> datetime:
    """Return the moment that a state is of."""
    return DAYS[name][0].at


def state(code: str, name: str = "storm") -> Told:
    """Return a state as the API tells it (`api.schemas.State`)."""
    day, silent = DAYS[name]
    at = day.at
    region = next(one for one in reference.regions() if one.code == code)
    children = [one for one in reference.regions() if one.parent_code == code]
    places = [
        one
        for standing in day.standing
        for one in _places(standing, day)
        if one["region_code"].startswith(code) or not region.parent_code
    ]
    told: Told = {
        "region": _region(region),
        "children": [_region(one) for one in children],
        "detail": True,
        "as_of": ago(at, 2),
        "mode": _mode(day, code),
        "roster": _roster(day),
        "devices": {"expected": 5966, "fresh": 5904, "late": 41, "silent": 17, "never": 4},
        "metrics": [measured(one, region, children, day) | {"limits": None} for one in reference.metrics()],
        "warnings": {**_counts(places), "worst": []},
        "device_health": {"blue": 4, "yellow": 2, "orange": 0, "red": 0, "worst": []},
        "situation": _situation(places, region),
        "alarms": _alarms(places, region),
        "outages": [],
        "events": _events(children, region, day),
        "sources": [_source(row, day) for row in reference.rows("source_systems") if row["carries"] != "indicators"],
        "platform": _platform(day),
        "indicators": reported(region, day),
        "replay": None,
    }
    return _silenced(told, at) if silent else told


def _region(region: Region) -> Told:
    named = ("code", "name_zh", "name_en", "parent_code", "label_lon", "label_lat", "area_km2", "population")
    return {"level": region.level.value} | {field: getattr(region, field) for field in named}


def _mode(day: Day, code: str) -> Told:
    if day.mode is None:
        return {"kind": "normal", "region_code": code}
    told = {name: value for name, value in day.mode.items() if name != "minutes"}
    return told | {"region_code": reference.CITY_CODE, "since": ago(day.at, 60 * day.mode["minutes"])}


def _roster(day: Day) -> Told:
    """Return a watch in which one role is not covered for two hours of the evening."""
    kind, drill = (day.mode["kind"], _is_played(day)) if day.mode else ("normal", False)

    def at(hours: float) -> str:
        return ago(day.at, -3600 * hours)

    names = (("带班领导", "陈一鸣", 9.0), ("值班长", "李秋实", 3.0), ("技术保障", "何晓晴", 9.0))
    now = [
        {"role": role, "order": 1, "person": who, "phone": None, "starts_at": at(-3), "ends_at": at(hours)}
        for role, who, hours in names
    ]
    gap = {"role": "值班长", "starts_at": at(3), "ends_at": at(5)}
    told = {"region_code": reference.CITY_CODE, "kind": kind, "drill": drill, "now": now, "later": []}
    return told | {"gaps": [] if day.mode is None else [gap]}


# ---- alarms


def _places(standing: AlarmsOfDay, day: Day) -> Iterator[Told]:
    """Yield each open alarm as a place, those that are told apart first."""
    numbers = range(sum(standing.counted.values()))
    levels = [level for level, count in standing.counted.items() for _ in range(count)]
    for number, one in enumerate(standing.named):
        yield _standing(standing, number, one, day)
    district = next(one for one in reference.regions() if one.code == standing.district)
    beneath = [one.code for one in reference.regions() if one.parent_code == district.code]
    for number, level in zip(numbers, levels, strict=True):
        rng = dice(standing.rule, standing.district, number)
        near = math.sqrt(district.area_km2 or 40) * 0.0022
        lon = (district.label_lon or 113.3) + rng.uniform(-near, near)
        lat = (district.label_lat or 23.1) + rng.uniform(-near, near)
        one = {
            "level": level,
            "lon": round(lon, 4),
            "lat": round(lat, 4),
            "name_zh": f"{district.name_zh}测点{number + 1}号",
        }
        one |= {"value": standing.value if number == 0 else round(standing.value * 0.93, 1), "acknowledged": True}
        one |= {
            "region_code": rng.choice(beneath),
            "minutes": max(4, standing.minutes - 7 * number),
            "trend": "steady",
        }
        has_case = level > 1
        one |= {
            "unit": ("department", standing.unit) if has_case else None,
            "status": "processing" if has_case else None,
        }
        yield _standing(standing, 40 + number, one, day)


def _standing(standing: AlarmsOfDay, number: int, one: Told, day: Day) -> Told:
    unit = one.get("unit")
    code = f"{standing.rule}-{standing.district}-{number:03d}"
    case = one.get("case")
    has_case = one.get("status") is not None
    told = {
        name: one[name]
        for name in ("level", "lon", "lat", "region_code", "name_zh", "value", "trend", "acknowledged")
    }
    told |= {"id": dice(code).randrange(1, 10**6), "rule_code": standing.rule, "metric": standing.metric}
    told |= {"device_code": code, "since": ago(day.at, 60 * one["minutes"]), "status": one.get("status")}
    told |= {"case_number": (_number(case) if case is not None else f"MADE-UP-{code}") if has_case else None}
    told |= {"unit": {"kind": unit[0], "code": unit[1]} if unit else None, "overdue": one.get("overdue", False)}
    return told | {"_rule": standing, "drill": _is_played(day)}


def _is_played(day: Day) -> bool:
    return bool(day.mode and day.mode.get("drill"))


def _number(place: int) -> str:
    return f"MADE-UP-{place:03d}"


def _counts(places: Sequence[Told]) -> Told:
    return {name: sum(one["level"] == level for one in places) for level, name in NAMES.items()}


def _alarms(places: Sequence[Told], region: Region) -> Told:
    of_groups: dict[tuple[str, str], list[Told]] = {}
    for one in places:
        of_groups.setdefault((one["rule_code"], district_of(one["region_code"])), []).append(one)
    groups = [_group(code, found) for (_, code), found in of_groups.items()]
    groups.sort(key=lambda one: (-one["level"], not one["unacknowledged"], one["onset"]))
    worst: dict[str, Told] = {}
    for one in places:
        code = district_of(one["region_code"]) if region.parent_code is None else one["region_code"]
        known = worst.setdefault(code, {"code": code, "open": 0, "worst": 0})
        known |= {"open": known["open"] + 1, "worst": max(known["worst"], one["level"])}
    shown = [_shown(one) for one in sorted(places, key=lambda one: -one["level"])]
    counts = _counts(places) | {"unacknowledged": sum(not one["acknowledged"] for one in places)}
    return counts | {
        "regions": [*worst.values()],
        "groups_open": len(groups),
        "groups": groups,
        "tallies": [_tally(one) for one in groups],
        "places": shown,
    }


def _tally(group: Told) -> Told:
    return {name: group[name] for name in ("alarm_class", "region_code", "level", "count")}


def _group(code: str, found: Sequence[Told]) -> Told:
    rule: AlarmsOfDay = found[0]["_rule"]
    waiting = [one for one in found if not one["acknowledged"]]
    streets = {one["region_code"] for one in found}
    cases = [one["case_number"] for one in found if one["case_number"]]
    return {
        "rule_code": rule.rule,
        "name_zh": rule.zh,
        "name_en": rule.en,
        "alarm_class": next(one.rule_class.value for one in reference.alarm_rules() if one.code == rule.rule),
        "metric": rule.metric,
        "region_code": streets.pop() if len(streets) == 1 else code,
        "level": max(one["level"] for one in found),
        "count": len(found),
        "value": max(one["value"] for one in found),
        "onset": min(one["since"] for one in found),
        "unacknowledged": len(waiting),
        "unacknowledged_since": min((one["since"] for one in waiting), default=None),
        "acknowledged_by": None if waiting else "李敏",
        "cases": len(cases),
        "case_number": cases[0] if len(cases) == 1 else None,
        "drill": all(one["drill"] for one in found),
    }


def _shown(place: Told) -> Told:
    return {name: value for name, value in place.items() if name != "_rule"}


def _situation(places: Sequence[Told], region: Region) -> Told | None:
    """Return what matters most: the alarms of the gravest level of the rule with most of them."""
    level = max((one["level"] for one in places), default=0)
    if level < 3:
        return None
    rules = [one["rule_code"] for one in places if one["level"] == level]
    found = [one for one in places if one["level"] == level and one["rule_code"] == max(rules, key=rules.count)]
    worst = max(found, key=lambda one: one["value"])
    rule: AlarmsOfDay = worst["_rule"]
    metric = next(one for one in reference.metrics() if one.code == rule.metric)
    waiting = [one["since"] for one in found if not one["acknowledged"]]
    named = ("device_code", "name_zh", "region_code", "value", "since", "trend", "lon", "lat")
    return {
        "level": level,
        "rule_code": rule.rule,
        "name_zh": rule.zh,
        "name_en": rule.en,
        "metric": metric.code,
        "threshold": {4: metric.red, 3: metric.orange}[level],
        "limits_in": None,
        "drill": all(one["drill"] for one in found),
        "direction": metric.direction.value,
        "regions": _in_order(found, district_of if region.parent_code is None else str),
        "places": len(found),
        "worst": {"alarm_id": worst["id"], "as_of": None} | {name: worst[name] for name in named},
        "cases": sum(one["case_number"] is not None for one in found),
        "overdue": sum(one["overdue"] for one in found),
        "unacknowledged": len(waiting),
        "unacknowledged_since": min(waiting, default=None),
        "handling": _handling(found),
    }


def _in_order(found: Sequence[Told], of: Callable[[str], str]) -> list[str]:
    codes = [of(one["region_code"]) for one in found]
    return sorted(set(codes), key=lambda code: (-codes.count(code), codes.index(code)))


def _handling(found: Sequence[Told]) -> list[Told]:
    on_it = [(one["unit"]["kind"], one["unit"]["code"], one["status"]) for one in found if one["unit"]]
    told = [
        {"unit": {"kind": kind, "code": code}, "status": status, "count": on_it.count((kind, code, status))}
        for kind, code, status in dict.fromkeys(on_it)
    ]
    return sorted(told, key=lambda one: one["status"] != "processing")


# ---- cases


def _events(children: Sequence[Region], region: Region, day: Day) -> Told:
    own = [
        (place, one)
        for place, one in enumerate(day.cases)
        if one["region_code"].startswith(region.code) or not region.parent_code
    ]
    regions = [
        {"code": one.code, "open": dice(one.code).randrange(4, 60), "reported_today": 70, "closed_today": 60}
        for one in children
    ]
    classes = [
        {
            "class_code": row["code"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "reported_today": 140 - 9 * place,
        }
        for place, row in enumerate(reference.rows("event_classes")[:10])
    ]
    pressing = [_case(place, one, day) for place, one in own]
    urgent = [_case_place(place, one) for place, one in own if one["severity"] != "normal"]
    told = {"counts": dict(day.counts), "regions": regions, "classes": classes, "pressing": pressing}
    told["matters"] = _matters(day, [case for _, case in own])
    return told | {"places": urgent, "as_of": ago(day.at, 2)}


def _matters(day: Day, cases: Sequence[Told]) -> list[Told]:
    """Return the counts by class: of each the cases that are told, and a share of the others."""
    kinds, shared = list(reference.rows("event_classes")), {}
    for name in ("found", "dispatched", "handling", "checking", "reported_today", "closed_today"):
        shared[name] = _shares(day.counts[name], len(kinds))
    return [
        {"class_code": row["code"], "source": "operations-desk"}
        | {name: shares[place] for name, shares in shared.items()}
        | _late([one for one in cases if one["class_code"] == row["code"]])
        for place, row in enumerate(kinds)
    ]


def _shares(whole: int, parts: int) -> list[int]:
    """Return a number as so many numbers that add up to it."""
    edges = [whole * place // parts for place in range(parts + 1)]
    return [later - former for former, later in pairwise(edges)]


def _late(cases: Sequence[Told]) -> Told:
    over = [one["status"] for one in cases if one["minutes"] < 0]
    told = {"found_overdue": 0, "dispatched_overdue": over.count("dispatched")}
    return told | {"handling_overdue": over.count("processing"), "near_due": len(cases) - len(over)}


def _case(place: int, one: Told, day: Day) -> Told:
    minutes = one["minutes"]
    stage = "dispatched" if one["status"] == "dispatched" else "handling"
    told = {name: one[name] for name in ("class_code", "severity", "status", "title", "region_code")}
    told |= {"id": place + 1, "source": "operations-desk", "external_id": _number(place), "stage": stage}
    told |= {"occurred_at": ago(day.at, 4000), "status_at": ago(day.at, 600 * (place + 1)), "master": "here"}
    told |= {"due_at": ago(day.at, -60 * minutes), "lamp": "red" if minutes < 0 else "yellow"}
    return told | {"unit": {"kind": one["unit"][0], "code": one["unit"][1]}, "drill": _is_played(day)}


def _case_place(place: int, one: Told) -> Told:
    told = {name: one[name] for name in ("lon", "lat", "severity", "title", "region_code", "status")}
    unit = {"kind": one["unit"][0], "code": one["unit"][1]}
    return told | {"id": place + 1, "number": _number(place), "overdue": one["minutes"] < 0, "unit": unit}


# ---- where it comes from


def _source(row: dict[str, str], day: Day) -> Told:
    owner = next(one for one in reference.rows("departments") if one["code"] == row["department_code"])
    late = day.late.get(row["code"])
    told: Told = {key: row[key] for key in ("code", "name_zh", "name_en", "carries")}
    told |= {
        "department_zh": owner["name_zh"],
        "department_en": owner["name_en"],
        "data_officer": owner["data_officer"],
    }
    told |= {"expected_interval_s": int(row["expected_interval_s"]), "freshness": "late" if late else "fresh"}
    told |= {"last_received_at": ago(day.at, late or dice(row["code"]).randrange(2, 50))}
    told |= {"devices": dice(row["code"]).randrange(40, 400) if row["carries"] == "readings" else 0}
    return told | {"received": 224_000, "stored": 223_600, "duplicate": 390, "rejected": 10}


def _platform(day: Day) -> Told:
    counts: Told = {"devices": 5966, "series": 12_311, "sources": 17, "sources_fresh": 17 - len(day.late)}
    counts |= {"received": 3_364_120, "stored": 3_360_004, "duplicate": 3_987, "rejected": 129}
    return counts | {"readings_kept": 3_360_004, "readings_per_s": 162.4, "as_of": ago(day.at, 2)}


def _silenced(told: Told, at: datetime) -> Told:
    """Take the newest half hour of a source out: its last values stand, and how it is now is not known."""
    source, metric = SILENCED
    silent = {"freshness": "silent", "as_of": ago(at, SILENT_S)}
    gone = next(one for one in told["sources"] if one["code"] == source)
    gone |= {"freshness": "silent", "last_received_at": ago(at, SILENT_S)}
    told["platform"]["sources_fresh"] -= 1
    measured = next(one for one in told["metrics"] if one["code"] == metric)
    measured |= silent | {"fresh": 0, "late": 0, "coverage": 0.0, "streets": []}
    measured["regions"] = [one | silent | {"fresh": 0} for one in measured["regions"]]
    measured["trend"]["values"][-1] = None
    for one in (*told["alarms"]["places"], *([told["situation"]["worst"]] if told["situation"] else [])):
        if one["device_code"].startswith(metric):
            one["trend"] = None
    if told["situation"] and told["situation"]["worst"]["device_code"].startswith(metric):
        told["situation"]["worst"]["as_of"] = silent["as_of"]
    told["devices"] |= {"fresh": 5484, "silent": 437}
    region = told["region"]
    out = {
        "region_code": region["code"],
        "region_zh": region["name_zh"],
        "region_en": region["name_en"],
        "source": source,
    }
    out |= {"kind": None, "name_zh": gone["name_zh"], "name_en": gone["name_en"], "devices": 420, "silent": 420}
    said = (
        f"{region['name_zh']}{gone['name_zh']}：420台设备全部失联",
        f"{region['name_en']}, {gone['name_en']}: all 420 devices silent",
    )
    told["outages"] = [out | {"since": ago(at, SILENT_S), "text_zh": said[0], "text_en": said[1]}]
    return told
