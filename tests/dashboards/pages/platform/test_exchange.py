"""What the platform page says of an answer: numbers to be read from afar, the worst source first, reasons by name."""

from typing import Any

import pytest

from cityops.domain.rejects import Reason
from cityops_dashboards.pages.platform import exchange
from cityops_dashboards.texts import catalogue

DAYS = [{"day": "2026-11-27", "readings": None, "cases": 3}, {"day": "2026-11-26", "readings": 40_000, "cases": 2}]


def source(code: str, freshness: str = "fresh", last: str | None = "2026-11-27T03:00:00Z") -> dict[str, Any]:
    sent = {"day": "2026-11-27", "received": 120_000, "stored": 119_000, "duplicate": 500, "rejected": 500}
    names: dict[str, Any] = {"name_zh": code, "name_en": code, "department_zh": "市水务局", "department_en": "Water"}
    officer = {"data_officer": "部属首席数据官", "freshness": freshness, "last_received_at": last}
    sums: dict[str, Any] = {"devices": 4, "devices_spoken": 3, "received": 10, "stored": 7, "duplicate": 1}
    return {"code": code, "days": [sent] if last else []} | names | officer | sums | {"rejected": 2}


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "0", "0"),
        (99_999, "99,999", "99,999"),
        (364_000, "36.4 万", "364,000"),
        (3_360_000_000, "33.6 亿", "3.36 bn"),
        (123_456_700_000, "1,235 亿", "123 bn"),
    ],
)
def test_a_large_number_is_told_in_a_unit(number: int, zh: str, en: str) -> None:
    assert (exchange.count("zh", number), exchange.count("en", number)) == (zh, en)


def test_sources_stand_the_worst_first_with_who_answers_and_why_items_were_rejected() -> None:
    told = {"days": DAYS, "sources": [source("a"), source("b", "silent"), source("c", "silent", None)]}
    rejects = [
        {"source": "a", "reason": reason, "count": n}
        for n, reason in enumerate(("bad_time", "unknown_device", "out_of_range"), 1)
    ]
    lines = exchange.sources(told, rejects, "zh")
    assert [(one.code, one.state, one.today, one.yesterday) for one in lines] == [
        ("c", "never", "0", "—"),
        ("b", "silent", "12 万", "—"),
        ("a", "fresh", "12 万", "—"),
    ]
    assert lines[2].reasons == "超出量程 3 · 设备未登记 2 · 另 1 种"
    assert (lines[2].who, lines[2].devices, lines[2].duplicate) == ("市水务局 · 部属首席数据官", "3/4", "12.5%")
    assert exchange.sources(told, None, "en")[2].who == "Water · chief data officer of the department"


def test_a_day_that_is_not_summed_up_has_no_number() -> None:
    assert [(one["readings"], one["bar"], one["cases"]) for one in exchange.days({"days": DAYS}, "zh")] == [
        ("—", 0, "3"),
        ("40,000", 100, "2"),
    ]


def test_each_reason_has_a_name() -> None:
    assert {f"platform.reason.{one}" for one in Reason} <= set(catalogue("zh"))
