"""The audit's details as people read them: sentences in both languages, and one line for each work."""

from typing import Any

import pytest

from cityops_dashboards.forms.sentences import one_line_each, sentence

EXPORT = {"filter": {"indicator": "o3", "region": "440106", "also": ["pm25"], "lang": "zh"}, "rows": 1, "bytes": 4096}


@pytest.mark.parametrize(
    ("detail", "zh", "en"),
    [
        (
            EXPORT,
            "条件：指标 臭氧，区域 天河区，另含指标 PM2.5；1 行；4,096 字节",
            "filtered by indicator O3; region Tianhe; also PM2.5; 1 row; 4,096 bytes",
        ),
        ({"filter": {"lang": "en"}}, "无条件，全部", "unfiltered, all"),
        (
            {"role": "district_officer", "scope_kind": "districts", "scope_codes": ["440105"]},
            "范围：海珠区；角色：区级人员",
            "area: Haizhu; role: district officer",
        ),
        (
            {"act": "report", "from": None, "to": "reported", "version": 1},
            "动作：上报；新状态：已上报；版本 1",
            "act: report; status: Reported; version 1",
        ),
        (
            {"act": "younger", "from": "filed", "to": "younger"},
            "动作：younger；原状态：已立案；新状态：younger",
            None,
        ),
        ({"own": True}, "本人修改", "changed by themselves"),
        ({"sessions_ended": 2}, "结束 2 个登录", "2 sessions ended"),
        ({"reason": "wrong password", "again": 3}, "原因：wrong password；此后相同的还有 3 次", None),
        ({"younger": {"a": 1}}, 'younger：{"a": 1}', 'younger: {"a": 1}'),
        ({}, "", ""),
    ],
)
def test_a_detail_is_a_sentence(detail: dict[str, Any], zh: str, en: str | None) -> None:
    assert sentence("zh", detail) == zh
    assert en is None or sentence("en", detail) == en


def row(number: int, outcome: str, wanted: str = "pm25", subject: str = "leader") -> dict[str, Any]:
    shared = {"subject": subject, "action": "export:read", "object": "/x.csv", "address": None, "request_id": None}
    return shared | {"id": number, "outcome": outcome, "detail": {"filter": {"indicator": wanted}}}


def test_an_export_is_one_line_and_one_that_never_ended_is_left() -> None:
    told = one_line_each(
        [
            row(7, "done"),
            row(6, "begun", subject="other"),
            row(5, "begun"),
            row(4, "broken_off", "o3"),
            row(3, "begun", "o3"),
            row(2, "begun", "o3"),
        ]
    )
    assert [one["id"] for one in told] == [7, 6, 4, 2]


def test_a_backup_without_a_filter_is_one_line_too() -> None:
    begun, done = row(1, "begun") | {"detail": {}}, row(2, "done") | {"detail": {"bytes": 5}}
    assert one_line_each([done, begun]) == [done]
