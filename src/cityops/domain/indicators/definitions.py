"""Indicators: what can be asked for as a series or a CSV: one for each metric, and those that files declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cityops.domain.indicators.declared import IndicatorDeclaration, Theme
from cityops.domain.indicators.measures import Additive, Aggregation, FromAlarms, FromCases
from cityops.domain.metrics import Aggregate, Metric


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator; `metric` says that it is the aggregate of that metric, `declared` is what its file says of it."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    aggregate: Aggregation
    source_zh: str
    definition_zh: str
    definition_en: str
    metric: Metric | None = None
    declared: IndicatorDeclaration | None = None
    theme: Theme | None = None

    @property
    def kind(self) -> str:
        """How it comes about: `readings`, or the kind of its declared measure."""
        return self.declared.measure.kind if self.declared else "readings"

    @property
    def owner(self) -> str:
        """The department that answers for it; of readings that no theme names, nobody yet."""
        if self.declared:
            return self.declared.owner
        return self.theme.owner if self.theme else ""

    @property
    def additive_over(self) -> Additive:
        """Over what a sum means something; of readings, those of all devices of several regions add up."""
        if self.declared:
            return self.declared.adds_over
        return Additive.REGION if self.aggregate is Aggregation.SUM else Additive.NONE

    @property
    def counts(self) -> FromCases | FromAlarms | None:
        """What it counts, where it counts cases or alarms."""
        measure = self.declared.measure if self.declared else None
        return measure if isinstance(measure, FromCases | FromAlarms) else None

    @property
    def is_binned(self) -> bool:
        """Whether the store itself can bin it at any interval: readings and counts."""
        return self.metric is not None or self.counts is not None


_OVER_DEVICES_ZH = {
    Aggregate.MEAN: "区域内全部读数的平均值",
    Aggregate.SUM: "每次读数的平均值乘以登记设备数（各设备之和的时段平均）",
    Aggregate.MAX: "区域内全部读数的最大值",
    Aggregate.MIN: "区域内全部读数的最小值",
}
_OVER_DEVICES_EN = {
    Aggregate.MEAN: "Mean of all readings in the region and period",
    Aggregate.SUM: "Mean reading times the number of registered devices (the sum over devices, averaged over time)",
    Aggregate.MAX: "Largest reading in the region and period",
    Aggregate.MIN: "Smallest reading in the region and period",
}


def indicators(
    metrics: Iterable[Metric], sources_zh: Mapping[str, str], themes: Iterable[Theme] = (), day: date | None = None
) -> dict[str, Indicator]:
    """Return all indicators by code: those of readings in the order of display, then those that themes declare.

    `sources_zh` names, per metric code, the source systems behind it; definitions are those in force on `day`, the
    newest unless it is given.
    """
    every = [*themes]
    themed = {code: theme for theme in every for code in theme.metrics}
    found = [_of_metric(metric, sources_zh.get(metric.code, ""), themed.get(metric.code)) for metric in metrics]
    newest = day or date.max
    found += [_of_file(code, one, theme, newest) for theme in every for code, one in theme.indicators.items()]
    return {one.code: one for one in found}


def _of_file(code: str, one: IndicatorDeclaration, theme: Theme, day: date) -> Indicator:
    defined = one.defined(day)
    titles = "、".join(dict.fromkeys(origin.title for origin in one.origins))
    return Indicator(
        code,
        *(one.name.zh, one.name.en, one.unit, one.decimals, one.folds, titles, defined.zh, defined.en),
        declared=one,
        theme=theme,
    )


def _of_metric(metric: Metric, source_zh: str, theme: Theme | None) -> Indicator:
    return Indicator(
        metric.code,
        metric.name_zh,
        metric.name_en,
        metric.unit,
        metric.decimals,
        Aggregation(metric.aggregate),
        source_zh,
        f"{_OVER_DEVICES_ZH[metric.aggregate]}。",
        f"{_OVER_DEVICES_EN[metric.aggregate]}.",
        metric=metric,
        theme=theme,
    )
