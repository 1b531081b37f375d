"""The vital signs of the API as their page shows them: the tree as nested lines, levers, districts side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cityops.domain.regions import is_city, level_of
from cityops.reference import CITY_CODE
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.case.offers import region_name
from cityops_dashboards.texts import text, unit

MOST_LEVERS = 8
LEAST_LEVER = 0.005
"""What moves the index by less is shown as nothing."""
STEPS = 6
"""Of the neutral ramp: the more is lacking to 10, the farther from the ground."""
LEVELS = ("", "blue", "yellow", "orange", "red")


def page(own: Mapping[str, Any], city: Mapping[str, Any], asked: Address) -> dict[str, Any]:
    """Return what the page shows of a region's tree, and of the city's for the districts."""
    lang, region = asked.lang, own["region_code"]
    root, *_ = own["signs"]
    return {
        "region": region,
        "region_name": place(lang, region),
        "as_of": own["as_of"],
        "root": sign(root, lang),
        "themes": [*themes(own, asked)],
        "missing": missing(own["leaves"], root["covered"], lang),
        "levers": levers(own["leaves"], asked),
        "heads": [
            text(lang, "vital.whole") if not one["level"] else one[f"name_{lang}"]
            for one in city["signs"]
            if one["level"] < 2
        ],
        "districts": districts(city, asked),
    }


def place(lang: str, region: str) -> str:
    """Return what the city or a district is called."""
    return text(lang, "area.city") if is_city(region) else region_name(lang, region)


def sign(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return a sign: its index, and where not all of it is known how much is."""
    whole = one["present"] == one["leaves"]
    known = {"present": one["present"], "leaves": one["leaves"], "share": f"{one['covered']:.0%}"}
    key = "vital.known" if one["index"] is not None else "vital.unknown"
    return {
        "code": one["code"],
        "name": one[f"name_{lang}"],
        "weight": f"{one['weight']:.0%}",
        "index": index(one["index"]),
        "known": "" if whole else text(lang, key, **known),
        "below": text(lang, "vital.below", limit=f"{one['alarm_below']:g}") if one["alarms"] else "",
    }


def index(value: float | None) -> str:
    """Return an index with one decimal; a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"


def themes(own: Mapping[str, Any], asked: Address) -> Iterator[dict[str, Any]]:
    """Yield the themes with their subjects, and these with their leaves."""
    for theme in own["signs"]:
        if theme["level"] == 1:
            topics = [one for one in own["signs"] if one["parent"] == theme["code"]]
            yield sign(theme, asked.lang) | {"topics": [_topic(one, own, asked) for one in topics]}


def _topic(topic: Mapping[str, Any], own: Mapping[str, Any], asked: Address) -> dict[str, Any]:
    leaves = [leaf(one, own["region_code"], asked) for one in own["leaves"] if one["parent"] == topic["code"]]
    return sign(topic, asked.lang) | {"leaves": leaves}


def leaf(one: Mapping[str, Any], region: str, asked: Address) -> dict[str, Any]:
    """Return a leaf: its value, what that is worth, and where to look further."""
    lang, why = asked.lang, one["why"]
    return {
        "code": one["indicator"],
        "name": one[f"name_{lang}"],
        "weight": f"{one['weight']:.0%}",
        "value": number(one["value"], one["decimals"]),
        "unit": unit(lang, one["unit"]),
        "level": str(one["warning"]) if one["warning"] else "",
        "shape": LEVELS[one["warning"]],
        "score": index(one["score"]),
        "why": text(lang, f"vital.why.{why}") if why else "",
        "as_of": one["as_of"],
        "entry": asked.to(f"/indicators/{one['indicator']}"),
        "explorer": explorer(one["indicator"], region, asked),
    }


def number(value: float | None, decimals: int) -> str:
    """Return a value as it is shown; a dash where there is none."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def explorer(code: str, region: str, asked: Address) -> str:
    """Return where an indicator of a region can be looked at over time."""
    return asked.to("/data", indicator=code, region=region, level=level_of(region))


def missing(leaves: Sequence[Mapping[str, Any]], covered: float, lang: str) -> str:
    """Return in a sentence how many leaves take no part, why, and how much is known; nothing where all do."""
    counts: dict[str, int] = {}
    for one in leaves:
        if one["why"]:
            counts[one["why"]] = counts.get(one["why"], 0) + 1
    told = text(lang, "vital.and").join(f"{text(lang, f'vital.why.{why}')} {n}" for why, n in counts.items())
    known = {"n": sum(counts.values()), "of": len(leaves), "share": f"{covered:.0%}"}
    return text(lang, "vital.missing", why=told, **known) if counts else ""


def levers(leaves: Sequence[Mapping[str, Any]], asked: Address) -> list[dict[str, Any]]:
    """Return the leaves by which the whole index would gain the most, the greatest first."""
    found = [one for one in leaves if one["lever"] is not None and one["lever"] >= LEAST_LEVER]
    found = sorted(found, key=lambda one: (-one["lever"], one["indicator"]))[:MOST_LEVERS]
    return [
        {
            "code": one["indicator"],
            "name": one[f"name_{asked.lang}"],
            "value": f"{number(one['value'], one['decimals'])} {unit(asked.lang, one['unit'])}".strip(),
            "lever": f"+{one['lever']:.2f}",
            "share": f"{one['share']:.1%}",
            "bar": round(100 * one["lever"] / found[0]["lever"]),
            "entry": asked.to(f"/indicators/{one['indicator']}"),
        }
        for one in found
    ]


def districts(city: Mapping[str, Any], asked: Address) -> list[dict[str, Any]]:
    """Return the city and its districts as rows of a table, of whole and themes a cell each."""
    columns = [one["code"] for one in city["signs"] if one["level"] < 2]
    rows: dict[str, dict[str, Mapping[str, Any]]] = {CITY_CODE: {one["code"]: one for one in city["signs"]}}
    for one in city["districts"]:
        rows.setdefault(one["region_code"], {})[one["code"]] = one
    chosen = asked.query.get("region", CITY_CODE)
    return [
        {
            "code": region,
            "name": place(asked.lang, region),
            "href": asked.altered(region=None if is_city(region) else region, part=None),
            "is_chosen": region == chosen,
            "cells": [_cell(signs[code], asked.lang) for code in columns],
        }
        for region, signs in rows.items()
    ]


def _cell(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    known = {"present": one["present"], "leaves": one["leaves"], "share": f"{one['covered']:.0%}"}
    told = text(lang, "vital.known" if one["index"] is not None else "vital.unknown", **known)
    lacking = 0 if one["index"] is None else 1 + int(10 - one["index"])
    return {
        "index": index(one["index"]),
        "step": min(STEPS, lacking),
        "part": "" if one["present"] == one["leaves"] else f"{one['present']}/{one['leaves']}",
        "told": told,
        "alarms": bool(one["alarms"]),
    }
