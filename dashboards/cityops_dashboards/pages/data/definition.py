"""What the numbers of the data page mean: definition and version, who answers for it, thresholds, what adds up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from cityops import reference
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.components.panel import panel
from cityops_dashboards.pages.data.answer import COUNTED, IndicatorAnswer
from cityops_dashboards.pages.data.chart import thresholds
from cityops_dashboards.texts import text


def definitions(lang: str, parts: Sequence[IndicatorAnswer]) -> html.Section:
    """Return the definitions of the indicators, one below the other."""
    return panel(
        text(lang, "data.definition"),
        *(_folded(lang, part, is_first=part is parts[0]) for part in parts),
        name="data-definitions",
    )


def _folded(lang: str, part: IndicatorAnswer, *, is_first: bool) -> html.Details:
    """Return a definition under its indicator's name; of several the first is open."""
    heading = html.Summary(html.H3(part.indicator[f"name_{lang}"]))
    return html.Details([heading, *_definition(lang, part)], open=is_first, className="definition")


def _definition(lang: str, part: IndicatorAnswer) -> list[Any]:
    one = part.indicator
    coverage = "—" if part.coverage is None else f"{part.coverage:.1%}"
    facts: dict[str, Any] = {
        "code": html.Code(one["code"]),
        "unit": part.unit(lang) or text(lang, "data.no_unit"),
        "kind": text(lang, f"data.kind.{one['kind']}"),
        "period": text(lang, f"data.interval.{one['period']}"),
        "aggregate": text(lang, f"data.aggregate.{one['aggregate']}"),
        "additive": text(lang, f"data.additive.{one['additive_over']}"),
        "version": _version(lang, one),
        "owner": _owner(lang, one["owner"]),
        "source": _source(lang, one["source_zh"], one["kind"]),
        "coverage": coverage,
        "thresholds": _limits(lang, part),
    }
    if part.targets:
        facts["targets"] = [html.Div(_target(lang, target)) for target in part.targets]
    if late := part.table.attrs.get("late_since"):
        facts["late"] = f"{datetime.fromisoformat(late).astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"
    pairs = [html.Div([html.Dt(text(lang, f"data.fact.{key}")), html.Dd(fact)]) for key, fact in facts.items()]
    return [html.P(one[f"definition_{lang}"]), html.Dl(pairs)]


def _target(lang: str, target: Mapping[str, Any]) -> list[Any]:
    """Return a target of policy, with a bar of how much of the way is done; without a value there is none."""
    aim = f"{target[f'reached_{lang}']} {target['target']:,.{target['decimals']}f}"
    told: list[Any] = [text(lang, "data.target", target=aim, day=target["by"])]
    if target["example"]:
        told.append(f" · {text(lang, 'targets.example')}")
    if target["share"] is not None:
        told.append(html.Span(html.I(style={"width": f"{target['share']:.1%}"}), className="gap-bar"))
    return told


def _source(lang: str, source_zh: str, kind: str) -> str:
    """Return the names of the source systems in the page's language; those of documents stand as they are called."""
    if lang == "zh":
        return source_zh or "—"
    if kind in COUNTED:
        return text(lang, "data.all_sources")
    english = {row["name_zh"]: row["name_en"] for row in reference.rows("source_systems")}
    return ", ".join(english.get(one, one) for one in source_zh.split("、") if one) or "—"


def _version(lang: str, one: Mapping[Any, Any]) -> str:
    """Return which definition is in force, and from when on; those of readings have no versions."""
    if not one["definitions"]:
        return text(lang, "data.no_version")
    newest = one["definitions"][-1]
    told = text(lang, "data.version", version=newest["version"], day=newest["since"])
    return " · ".join(filter(None, (told, newest["standard"])))


def _owner(lang: str, code: str) -> str:
    names = {row["code"]: row[f"name_{lang}"] for row in reference.rows("departments")}
    return names.get(code, "—")


def _limits(lang: str, part: IndicatorAnswer) -> str:
    """Return the thresholds with what they rest on."""
    limits, low_is_worse = thresholds(part)
    if not limits:
        return "—"
    sign = "≤" if low_is_worse else "≥"
    close = "\N{NO-BREAK SPACE}"
    told = text(lang, "data.and").join(
        close.join((text(lang, f"warning.{level}"), sign, f"{value:g}")) for level, value in limits.items()
    )
    basis = part.indicator[f"basis_{lang}"]
    return f"{told} · {basis}" if basis else told
