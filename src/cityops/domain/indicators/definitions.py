"""Indicators: what can be asked for as a series or a CSV, each declared once from the metrics and counts of cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cityops.domain.events.status import STAGE_OF, Stage, Status
from cityops.domain.metrics import Aggregate, Metric


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator; `metric` says that it is the aggregate of that metric, `events` that it counts cases."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    decimals: int
    aggregate: Aggregate
    source_zh: str
    definition_zh: str
    definition_en: str
    metric: Metric | None = None
    events: "EventCount | None" = None


@dataclass(frozen=True, slots=True)
class EventCount:
    """Which cases are counted: at which of their times, in which states, from which source (None: all)."""

    at: str
    statuses: tuple[Status, ...] | None = None
    source: str | None = None


_CLOSED = tuple(status for status, stage in STAGE_OF.items() if stage is Stage.CLOSED)

EVENT_INDICATORS = (
    Indicator(
        "events_reported",
        "事件上报数",
        "Cases reported",
        "件",
        0,
        Aggregate.SUM,
        "全部事件来源",
        "发生时间落在时段内的事件数。",
        "Cases whose time of occurrence lies in the period.",
        events=EventCount("occurred_at"),
    ),
    Indicator(
        "events_closed",
        "事件办结数",
        "Cases closed",
        "件",
        0,
        Aggregate.SUM,
        "全部事件来源",
        "现处办结阶段（办结、归档、作废、合并）且最新状态时间落在时段内的事件数。",
        "Cases now closed, archived, void or merged whose newest status was reached in the period.",
        events=EventCount("status_at", _CLOSED),
    ),
    Indicator(
        "orders_12345",
        "12345热线工单数",
        "12345 hotline orders",
        "件",
        0,
        Aggregate.SUM,
        "12345热线工单系统",
        "发生时间落在时段内、来自12345热线的事件数。",
        "Cases from the 12345 hotline whose time of occurrence lies in the period.",
        events=EventCount("occurred_at", source="hotline-12345"),
    ),
)

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


def indicators(metrics: Iterable[Metric], sources_zh: Mapping[str, str]) -> dict[str, Indicator]:
    """Return all indicators by code; `sources_zh` names, per metric code, the source systems behind it."""
    of_metrics = [_of_metric(metric, sources_zh.get(metric.code, "")) for metric in metrics]
    return {one.code: one for one in (*of_metrics, *EVENT_INDICATORS)}


def _of_metric(metric: Metric, source_zh: str) -> Indicator:
    return Indicator(
        metric.code,
        metric.name_zh,
        metric.name_en,
        metric.unit,
        metric.decimals,
        metric.aggregate,
        source_zh,
        _OVER_DEVICES_ZH[metric.aggregate] + (f"；阈值依据：{metric.basis_zh}。" if metric.basis_zh else "。"),
        _OVER_DEVICES_EN[metric.aggregate] + (f"; thresholds after {metric.basis_en}." if metric.basis_en else "."),
        metric=metric,
    )
