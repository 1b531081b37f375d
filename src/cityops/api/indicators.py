"""Puts indicators into the shape in which the API tells them: what a file or a metric declares, and nothing else."""

from datetime import timedelta
from typing import Any

from cityops.api import schemas
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.definitions import Indicator
from cityops.domain.indicators.measures import Collected, Filled, Privacy, Pushed
from cityops.domain.indicators.periods import Grain
from cityops.domain.metrics import Metric

_LEVELS = ("blue", "yellow", "orange", "red")


def indicator_out(one: Indicator) -> schemas.Indicator:
    """Return an indicator as the API tells it."""
    theme: dict[str, Any] = {
        "theme": one.theme.theme if one.theme else "",
        "theme_zh": one.theme.title.zh if one.theme else "",
        "theme_en": one.theme.title.en if one.theme else "",
    }
    shared = ("code", "name_zh", "name_en", "unit", "decimals", "aggregate", "source_zh", "definition_zh")
    told: dict[str, Any] = {name: getattr(one, name) for name in (*shared, "definition_en", "kind", "owner")}
    of_kind = _of_readings(one.metric) if one.declared is None else _of_file(one.declared)
    return schemas.Indicator(**told, **theme, **of_kind, additive_over=one.additive_over)


def _of_readings(metric: Metric | None) -> dict[str, Any]:
    assert metric is not None, "what no file declares is a metric"
    told: dict[str, Any] = {name: getattr(metric, name) for name in (*_LEVELS, "direction", "basis_zh", "basis_en")}
    nothing = dict.fromkeys(("cadence_s", "grace_s", "tolerance_s", "basis_mark", "usual", "window_choice"))
    empty: dict[str, Any] = {name: [] for name in ("levels", "inputs", "definitions", "references", "origins")}
    valid = metric.valid_min, metric.valid_max
    ways = {"period": Grain.FIVE_MINUTES, "privacy": Privacy.INTERNAL, "collection": Collected.SENSOR}
    return {**told, **nothing, **empty, **ways, "valid": valid}


def _of_file(declared: IndicatorDeclaration) -> dict[str, Any]:
    limits, measure = declared.thresholds, declared.measure
    kept = ("period", "direction", "usual", "valid", "window_choice", "privacy", "collection")
    return {
        **{name: getattr(declared, name) for name in kept},
        **{f"{name}_s": _seconds(getattr(declared, name)) for name in ("cadence", "grace", "tolerance")},
        **{level: getattr(limits, level, None) for level in _LEVELS},
        "basis_zh": limits.basis.zh if limits else "",
        "basis_en": limits.basis.en if limits else "",
        "basis_mark": limits.basis_mark if limits else None,
        "levels": [*measure.levels] if isinstance(measure, Pushed | Filled) else [],
        "inputs": [*dict.fromkeys(declared.inputs().values())],
        "definitions": [schemas.IndicatorDefinition(**dict(one)) for one in declared.definition],
        "references": [*declared.references],
        "origins": [schemas.IndicatorOrigin(**dict(one)) for one in declared.origins],
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
