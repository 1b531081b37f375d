"""Numbers of a small report, for tests of how reports are worded, laid out and written."""

from datetime import datetime, timedelta

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.declared import ReportDeclaration
from cityops.domain.reports.snapshot import (
    ReportSnapshot,
    SnapshotIndicator,
    SnapshotRegion,
    SnapshotValue,
    SnapshotView,
)

START = datetime(2026, 11, 26, tzinfo=CITY_ZONE)
END = START + timedelta(days=1)
DECLARED = ReportDeclaration.model_validate(
    {
        "version": 1,
        "kind": "Report",
        "report": "small",
        "title": {"zh": "小报", "en": "Small report"},
        "period": "day",
        "grace": "8h",
        "regions": ["city"],
        "signed": {"zh": "城市运行管理中心", "en": "City operations centre"},
        "views": {
            "own": {
                "title": {"zh": "总体", "en": "Overview"},
                "indicators": ["cases", "share"],
                "compare": "previous",
            },
            "below": {"title": {"zh": "各区", "en": "By region"}, "indicators": ["cases"], "level": "below"},
            "hours": {"title": {"zh": "逐时", "en": "By hour"}, "indicators": ["cases"], "interval": "hour"},
        },
        "sections": [
            {
                "title": {"zh": "一、总体", "en": "1. Overview"},
                "sentences": [{"view": "own", "of": "cases"}, {"view": "below", "of": "cases"}],
                "tables": ["own", "below"],
                "figures": ["hours"],
            }
        ],
    }
)
CITY = SnapshotRegion(code="440100", zh="广州市", en="Guangzhou")
BELOW = (
    SnapshotRegion(code="440105", zh="海珠区", en="Haizhu"),
    SnapshotRegion(code="440106", zh="天河区", en="Tianhe"),
)


def indicator(code: str, zh: str, en: str, unit: str, decimals: int) -> SnapshotIndicator:
    return SnapshotIndicator(
        code=code,
        zh=zh,
        en=en,
        unit=unit,
        decimals=decimals,
        definition_version=2,
        definition_zh=f"{zh}的口径。",
        definition_en=f"What {en} means.",
    )


CASES = indicator("cases", "事件", "Cases", "件", 0)
SHARE = indicator("share", "办结比", "Cases closed", "%", 1)


def value(
    of: str,
    region: str,
    told: float | None,
    before: float | None = None,
    coverage: float | None = None,
    hour: int = -1,
) -> SnapshotValue:
    start, end = (START, END) if hour < 0 else (START + timedelta(hours=hour), START + timedelta(hours=hour + 1))
    return SnapshotValue(
        indicator=of, region=region, start=start, end=end, value=told, before=before, coverage=coverage
    )


def numbers(
    cases: SnapshotValue, share: SnapshotValue, below: tuple[float | None, float | None] = (3.0, 9.0)
) -> ReportSnapshot:
    """Return the numbers of a closed day."""
    hours = tuple(value("cases", "440100", None if hour == 5 else float(hour % 7), hour=hour) for hour in range(24))
    places = tuple(value("cases", region.code, one) for region, one in zip(BELOW, below, strict=True))
    return ReportSnapshot(
        declared=DECLARED,
        region=CITY,
        start=START,
        end=END,
        made_at=END + timedelta(hours=8),
        finished=True,
        views={
            "own": SnapshotView(regions=(CITY,), indicators=(CASES, SHARE), values=(cases, share)),
            "below": SnapshotView(regions=BELOW, indicators=(CASES,), values=places),
            "hours": SnapshotView(regions=(CITY,), indicators=(CASES,), values=hours),
        },
    )


def plain() -> ReportSnapshot:
    """Return numbers of an ordinary day."""
    return numbers(value("cases", "440100", 12.0, 10.0), value("share", "440100", 81.25, 80.0))
