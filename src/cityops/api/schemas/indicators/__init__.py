"""Shapes of answers on indicators: entries, vital signs, corrections, conflicts of sources, targets, lateness."""

from cityops.api.schemas.indicators.conflicts import ConflictOut, SourceName, SourcesAnswer, SourceSays, SourcesPoint
from cityops.api.schemas.indicators.corrections import (
    CorrectionAsked,
    CorrectionOut,
    CorrectionStep,
    CorrectionStepAsked,
)
from cityops.api.schemas.indicators.freshness import IndicatorFreshness
from cityops.api.schemas.indicators.newest import IndicatorState, IndicatorTarget
from cityops.api.schemas.indicators.targets import TargetOut

__all__ = [
    "ConflictOut",
    "CorrectionAsked",
    "CorrectionOut",
    "CorrectionStep",
    "CorrectionStepAsked",
    "IndicatorFreshness",
    "IndicatorState",
    "IndicatorTarget",
    "SourceName",
    "SourceSays",
    "SourcesAnswer",
    "SourcesPoint",
    "TargetOut",
]
