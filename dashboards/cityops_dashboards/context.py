"""What a page's scripts need to know besides the state: language, texts, metrics, names. Sent once per page."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Permission
from cityops.domain.freshness import FRESH_INTERVALS, LATE_INTERVALS
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.state_numbers import COUNTED, StateNumber, metric_number
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.metrics import Metric
from cityops.domain.regions import DISTRICT, RegionLevel
from cityops.indicators import in_force
from cityops_dashboards import display
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.scenes.filters import LEVELS
from cityops_dashboards.scenes.model import Panels
from cityops_dashboards.texts import catalogue, name, unit


def spoken(lang: str) -> dict[str, Any]:
    """Return what the scripts of every page need: language, texts, when an age is late or silent, in intervals."""
    intervals = {"fresh": FRESH_INTERVALS, "late": LATE_INTERVALS}
    return {"lang": lang, "texts": dict(catalogue(lang)), "intervals": intervals}


def page_context(address: Address, region: str, panels: Sequence[str], indicators: Panels) -> dict[str, Any]:
    """Return the context of a page that watches `region`; its scripts draw these panels whenever a state comes.

    `indicators` says which metrics and declared indicators stand in the panels.
    """
    lang, declared = address.lang, in_force().indicators
    return spoken(lang) | {
        "region": region,
        "panels": panels,
        "viewer": viewer.key(),
        "may": _may(),
        "metrics": {metric.code: _metric(lang, metric) for metric in reference.metrics()},
        "numbers": dict(_numbers(lang)),
        "regions": {one.code: name(lang, one) for one in reference.regions() if one.level is not RegionLevel.STREET},
        "classes": {row["code"]: row[f"name_{lang}"] for row in reference.rows("event_classes")},
        "departments": {row["code"]: row[f"name_{lang}"] for row in reference.rows("departments")},
        "sources": {row["code"]: row[f"name_{lang}"] for row in reference.rows("source_systems")},
        "headlines": indicators.headlines,
        "headlines_measured": None,  # all of them, whether they are measured or not
        "trends": indicators.trends,
        "choices": indicators.map,
        "cards": [_card(lang, code, declared[code]) for code in indicators.cards if code in declared],
        "links": {"district": _link(address, "/districts/{code}"), **_pages(address)},
        "kinds": {kind.code: getattr(kind, f"name_{lang}") for kind in reference.device_kinds()},
        "hidden": f"detail.{viewer.why_sums_only()}",
        "district_digits": DISTRICT,
    }


def _link(address: Address, path: str) -> str | None:
    return address.to(path) if viewer.opens(path) else None


def _pages(address: Address) -> dict[str, str | None]:
    """Return where a device and a case have their pages; a display is not led away from its wall."""
    pages = {"device": "/devices/{code}", "case": "/cases/{id}"}
    return {name: _link(address, path) if viewer.is_person() else None for name, path in pages.items()}


def _may() -> dict[str, bool]:
    """Return what whoever looks may do from a wall; the API decides in any case."""
    is_person = viewer.is_person()
    return {
        "display": not is_person,
        "devices": viewer.may(Permission.DEVICE_READ),
        "acknowledge": is_person and viewer.may(Permission.ALARM_HANDLE),
        "push": is_person and viewer.may(Permission.WALL_PUSH),
    }


def _metric(lang: str, metric: Metric) -> dict[str, Any]:
    return {
        "name": name(lang, metric),
        "unit": unit(lang, metric.unit),
        "decimals": metric.decimals,
        "aggregate": metric.aggregate.value,
        "direction": metric.direction.value,
        "span": display.span(metric),
        "thresholds": display.thresholds(metric),
        "health": metric.health,
    }


def _card(lang: str, code: str, one: IndicatorDeclaration) -> dict[str, Any]:
    """Return what the card of a declared indicator says of it, and the dialog that tells what it means."""
    limits, today = one.thresholds, utc_now().astimezone(CITY_ZONE).date()
    return {
        "code": code,
        "name": getattr(one.name, lang),
        "unit": unit(lang, one.unit),
        "decimals": one.decimals,
        "direction": one.direction.value,
        "span": one.usual,
        "thresholds": [limits and getattr(limits, level) for level in LEVELS],
        "basis": getattr(limits.basis, lang) if limits else "",
        "mark": getattr(limits.basis_mark, f"label_{lang}") if limits else "",
        "definition": getattr(one.defined(today), lang),
        "origins": [f"{origin.producer} · {origin.title}" for origin in one.origins],
        "owner": one.owner,
        "kind": one.measure.kind,
    }


@lru_cache
def _numbers(lang: str) -> Mapping[str, dict[str, Any]]:
    """Return what each number of the state means, by its code, for the dialog that tells it."""
    feeds = {
        metric.code: sorted(
            {kind.source_system_code for kind in reference.device_kinds() if metric.code in kind.metrics}
        )
        for metric in reference.metrics()
    }
    marks = {
        rule.metric: getattr(rule.basis_mark, f"label_{lang}") for rule in reference.alarm_rules() if rule.as_metric
    }
    metrics = {
        f"metric:{metric.code}": _means(lang, metric_number(metric))
        | {
            "basis": getattr(metric, f"basis_{lang}"),
            "mark": marks.get(metric.code, ""),
            "sources": feeds[metric.code],
        }
        for metric in reference.metrics()
    }
    return metrics | {one.code: _means(lang, one) | {"carries": one.carries} for one in COUNTED}


def _means(lang: str, number: StateNumber) -> dict[str, Any]:
    told = {part: getattr(number, f"{part}_{lang}") for part in ("name", "definition", "numerator", "denominator")}
    return told | {"of": number.of}
