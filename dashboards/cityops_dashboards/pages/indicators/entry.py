"""An entry of the catalogue as its page shows it: the whole declaration in words, its newest values, and its uses."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cityops import reference
from cityops.domain.access import Permission
from cityops.domain.metrics import Direction
from cityops.reference import CITY_CODE
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.indicators import linked
from cityops_dashboards.pages.vital_signs.shown import LEVELS, explorer, number, place
from cityops_dashboards.scenes import shelf
from cityops_dashboards.texts import text, unit

UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
FORMATS = ("csv", "xlsx", "parquet", "zip")


def page(entry: Mapping[str, Any], asked: Address, *, may_export: bool) -> dict[str, Any]:
    """Return what the page of an entry shows."""
    one, lang = entry["declared"], asked.lang
    return {
        "code": one["code"],
        "name": one[f"name_{lang}"],
        "other": one["name_en" if lang == "zh" else "name_zh"],
        "definition": one[f"definition_{lang}"],
        "versions": [_version(each, lang) for each in reversed(one["definitions"])],
        "formula": formula(entry, lang),
        "inputs": [_input(each, asked) for each in entry["formula"]["inputs"]],
        "facts": [*facts(entry, lang)],
        "levels": [*levels(one, lang)],
        "basis": basis(one, lang),
        "origins": one["origins"],
        "withheld": entry["withheld"],
        "newest": [_newest(each, one, lang) for each in entry["newest"]],
        "unit": unit(lang, one["unit"]),
        "explorer": explorer(one["code"], CITY_CODE, asked),
        "files": [(form, linked.export(one, form, lang)) for form in FORMATS] if may_export else [],
        "uses": [*uses(entry, asked)],
    }


def _version(one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "head": text(lang, "catalogue.version", version=one["version"], day=one["since"]),
        "text": one[lang],
        "standard": one["standard"],
    }


def formula(entry: Mapping[str, Any], lang: str) -> str:
    """Return in words how an indicator comes about."""
    one, told = entry["declared"], entry["formula"]
    kind = one["kind"]
    names = {each["name"]: _moved(each, lang) for each in told["inputs"]}
    if kind == "ratio":
        scale = "" if told["scale"] in {None, 1} else f" × {told['scale']:g}"
        return f"{names['numerator']} ÷ {names['denominator']}{scale}"
    if kind == "derived":
        return str(told["expression"])
    if kind == "cumulative":
        since = text(lang, f"catalogue.period.{told['since']}")
        return text(lang, "catalogue.formula.cumulative", of=names["of"], since=since)
    if kind == "pushed":
        known = {row["code"]: row[f"name_{lang}"] for row in reference.rows("source_systems")}
        sources = " › ".join(known.get(code, code) for code in told["sources"])
        return text(lang, "catalogue.formula.pushed", sources=sources)
    return text(lang, f"catalogue.formula.{kind}", counted=counted(told["counted"], lang))


def counted(told: str, lang: str) -> str:
    """Return in words which cases or alarms are counted, and by which of their times; nothing of other kinds."""
    if not told:
        return ""
    said = json.loads(told)
    if "level" in said:
        return text(lang, "catalogue.counted.level", level=text(lang, f"level.{LEVELS[said['level']]}"))
    classes = {row["code"]: row[f"name_{lang}"] for row in reference.rows("event_classes")}
    sources = {row["code"]: row[f"name_{lang}"] for row in reference.rows("source_systems")}
    joint = text(lang, "vital.and")
    parts = [text(lang, f"catalogue.counted.{said['at']}")]
    if said["statuses"]:
        states = joint.join(text(lang, f"status.{one}") for one in said["statuses"])
        parts.append(text(lang, "catalogue.counted.statuses", told=states))
    if said["source"]:
        parts.append(text(lang, "catalogue.counted.source", told=sources.get(said["source"], said["source"])))
    if said["classes"]:
        kinds = joint.join(classes.get(one, one) for one in said["classes"])
        parts.append(text(lang, "catalogue.counted.classes", told=kinds))
    return " · ".join(parts)


def _moved(one: Mapping[str, Any], lang: str) -> str:
    """Return the name of an input, with how much earlier it is taken."""
    name = str(one[f"name_{lang}"])
    if not one["offset"]:
        return name
    grain = text(lang, f"catalogue.period.{one['grain']}") if one["grain"] else text(lang, "catalogue.own_period")
    return text(lang, "catalogue.earlier", name=name, n=one["offset"], period=grain)


def _input(one: Mapping[str, Any], asked: Address) -> dict[str, str]:
    href = asked.to(f"/indicators/{one['indicator']}")
    return {"as": one["name"], "name": _moved(one, asked.lang), "href": href}


def facts(entry: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    """Yield the facts of a declaration: what each is called, and its words; those that are not said are left out."""
    one = entry["declared"]
    periods = text(lang, f"catalogue.period.{one['period']}")
    parts = _parts(entry, lang)
    told = {
        "code": one["code"],
        "unit": unit(lang, one["unit"]) or text(lang, "data.no_unit"),
        "theme": one[f"theme_{lang}"],
        "owner": entry[f"owner_{lang}"],
        "kind": text(lang, f"catalogue.kind.{one['kind']}"),
        "period": periods,
        "cadence": span(one["cadence_s"], lang),
        "grace": span(one["grace_s"], lang),
        "tolerance": span(one["tolerance_s"], lang),
        "levels": text(lang, "vital.and").join(text(lang, f"catalogue.level.{each}") for each in one["levels"]),
        "numerator": parts[0],
        "denominator": parts[1],
        "aggregate": text(lang, f"data.aggregate.{one['aggregate']}"),
        "additive": text(lang, f"data.additive.{one['additive_over']}"),
        "window": text(lang, f"catalogue.window.{one['window_choice']}") if one["window_choice"] else "",
        "usual": _range(one["usual"], one["decimals"]),
        "valid": _range(one["valid"], one["decimals"]),
        "references": " ".join(one["references"]),
        "privacy": text(lang, f"catalogue.privacy.{one['privacy']}"),
        "collection": text(lang, f"catalogue.collection.{one['collection']}"),
    }
    for key, words in told.items():
        if words:
            yield text(lang, f"catalogue.fact.{key}"), words


def _parts(entry: Mapping[str, Any], lang: str) -> tuple[str, str]:
    """Return what stands above and below the line of a ratio; nothing of others."""
    one = entry["declared"]
    names = {each["name"]: each[f"name_{lang}"] for each in entry["formula"]["inputs"]}
    if one["kind"] == "ratio":
        return names["numerator"], names["denominator"]
    if one["aggregate"] == "ratio":
        return (text(lang, "catalogue.sent"),) * 2
    return "", ""


def span(seconds: int | None, lang: str) -> str:
    """Return a length of time in the largest unit that it is whole in."""
    if not seconds:
        return ""
    name, of = next(one for one in UNITS if not seconds % one[1])
    return text(lang, f"load.span.{name}", n=seconds // of)


def _range(told: tuple[float, float] | None, decimals: int) -> str:
    return (
        "" if told is None else " – ".join(f"{one:,.{decimals}f}".removesuffix(f".{'0' * decimals}") for one in told)
    )


def levels(one: Mapping[str, Any], lang: str) -> Iterator[dict[str, str]]:
    """Yield the thresholds from blue to red."""
    sign = "≤" if one["direction"] == Direction.LOW else "≥"
    for number_, level in enumerate(LEVELS):
        if level and one[level] is not None:
            yield {
                "level": str(number_),
                "shape": level,
                "name": text(lang, f"level.{level}"),
                "limit": f"{sign} {one[level]:g}",
            }


def basis(one: Mapping[str, Any], lang: str) -> str:
    """Return what the thresholds rest on, with how far that was followed up."""
    mark = text(lang, f"catalogue.mark.{one['basis_mark']}") if one["basis_mark"] else ""
    return " · ".join(filter(None, (one[f"basis_{lang}"], mark)))


def _newest(told: Mapping[str, Any], one: Mapping[str, Any], lang: str) -> dict[str, Any]:
    code = told["region_code"]
    return {
        "code": code,
        "name": place(lang, code),
        "value": number(told["value"], one["decimals"]),
        "as_of": told["as_of"],
        "why": text(lang, f"vital.why.{told['why']}") if told["why"] else "",
    }


def uses(entry: Mapping[str, Any], asked: Address) -> Iterator[dict[str, Any]]:
    """Yield who makes use of an indicator: the tree, other indicators, rules, scenes, forms, targets, reports."""
    lang, told, code = asked.lang, entry["uses"], entry["declared"]["code"]
    signs = told["vital_signs"]
    if signs:
        path = " › ".join(f"{one[f'name_{lang}']} {one['weight']:.0%}" for one in signs)
        yield {"head": text(lang, "vital.title"), "items": [(path, asked.to("/vital-signs"))]}
    made = [(one[f"name_{lang}"], asked.to(f"/indicators/{one['indicator']}")) for one in told["indicators"]]
    yield {"head": text(lang, "catalogue.used.indicators"), "items": made}
    rules = [(f"{one[f'name_{lang}']} {one['code']}", "") for one in told["alarm_rules"]]
    yield {"head": text(lang, "catalogue.used.rules"), "items": rules}
    yield {"head": text(lang, "catalogue.used.scenes"), "items": [(one, "") for one in scenes(code, lang)]}
    yield from _filed(told, entry["declared"]["decimals"], asked)


def _filed(told: Mapping[str, Any], decimals: int, asked: Address) -> Iterator[dict[str, Any]]:
    """Yield the forms that ask for an indicator, its targets, and reports that tell it; links for who may follow."""
    lang = asked.lang
    form, report = (
        asked.to(path) if viewer.is_person() and viewer.may(needs) else ""
        for path, needs in (("/filling", Permission.FORM_FILL), ("/reports", Permission.REPORT_READ))
    )
    yield {"head": text(lang, "filling.title"), "items": [(one[f"title_{lang}"], form) for one in told["forms"]]}
    targets = [(_target(one, decimals, lang), asked.to("/targets")) for one in told["targets"]]
    yield {"head": text(lang, "targets.title"), "items": targets}
    yield {"head": text(lang, "reports.title"), "items": [(one[f"title_{lang}"], report) for one in told["reports"]]}


def _target(one: Mapping[str, Any], decimals: int, lang: str) -> str:
    """Return a target in words: where, what is to be reached, by when, and whether it is an example."""
    wanted = f"{one[f'reached_{lang}']} {number(one['target'], decimals)}"
    example = text(lang, "targets.example") if one["example"] else ""
    return " · ".join(filter(None, (place(lang, one["region_code"]), wanted, one["by"], example)))


def scenes(code: str, lang: str) -> list[str]:
    """Return the titles of the wall's scenes that show an indicator."""
    return [
        scene.title.in_(lang)
        for scene in shelf.in_force()
        if scene.region is None and any(code in getattr(panel, "indicators", ()) for panel in scene.panels.values())
    ]
