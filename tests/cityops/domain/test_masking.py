"""Masking: what people write of themselves in a case, and what looks alike and must stay."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import SCOPES, WHOLE_CITY, Permission, Role, Scope, ScopeKind, Subject
from cityops.domain.masking import masked, masked_code, reads_persons
from cityops.simulate.cases import phrases
from factories.persons import IDENTITIES, MOBILES

WRITTEN = [
    ("张三，电话13800000000", "张**，电话138****0000"),
    ("市民张三反映楼下漏水", "市民张**反映楼下漏水"),
    ("市民李小明来电：家中停水", "市民李**来电：家中停水"),
    ("联系人：欧阳锋 138-0013-8000", "联系人：欧阳** 138****8000"),
    ("姓名：热依汗 手机１３８００１３８０００", "姓名：热** 手机138****8000"),
    ("由王小明先生投诉", "由王**先生投诉"),
    ("我是陈大文，楼上漏水", "我是陈**，楼上漏水"),
    ("张三，男，45岁", "张**，男，45岁"),
    ("+86 138 0013 8000", "+138****8000"),
    ("020-81234567转8001", "020-8123****转8001"),
    ("（0757）8123 456", "（0757）8123 456"),  # a digit short
    ("（0757）8123 4567", "0757-8123****"),
    ("02081234567", "020-8123****"),
    ("电话81234567", "电话8123****"),
    ("身份证44010619900101123X。", "身份证440106************。"),
    ("440106 19900101 1234", "440106************"),
    ("卡号6222021234567890123", "卡号*******0123"),
]
PLAIN = [
    "张先生反映",
    "居民楼停水约2小时，咨询恢复时间",
    "2026-11-24 08:30 高温，13时至15时施工",
    "天河路2026年11月24日停电，请拨打12345",
    "广州市设备WL-440106013-0001：可燃气体浓度超限",
    "群众高度关注，车牌粤A12345",
]


@pytest.mark.parametrize(("text", "shown"), WRITTEN)
def test_who_wrote_cannot_be_read(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_what_is_not_personal_stays() -> None:
    every = [
        phrases.description("hotline-12345", title.format(at=f"猎德街道{road}{spot}", n=12, cm=30, lanes=3))
        for titles in phrases.TITLES.values()
        for title in titles
        for road in sum(phrases.ROADS.values(), ())
        for spot in phrases.SPOTS[:3]
    ]
    assert [text for text in (*PLAIN, *every) if masked(text) != text] == []


GAPS = st.sampled_from(["", " ", "-", "\u3000", "·", "\u200b"])
AROUND = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=20)


@given(st.one_of(MOBILES, IDENTITIES), GAPS, AROUND, AROUND)
def test_no_number_survives(number: str, gap: str, before: str, after: str) -> None:
    written = gap.join([number[:3], number[3:7], number[7:]])
    shown = masked(before + written + after)
    assert written not in shown
    assert number not in re.sub(r"\D", "", shown)
    assert number[3:7] + gap + number[7:] not in shown


@given(st.lists(st.one_of(MOBILES, IDENTITIES), min_size=2, max_size=4), st.sampled_from([" ", "，", "", "/"]))
def test_no_number_survives_beside_another(numbers: list[str], between: str) -> None:
    shown = masked(between.join(numbers))
    assert [number for number in numbers if number in shown] == []


@given(st.text(max_size=300))
def test_any_text_is_masked_without_an_error_and_hardly_grows(text: str) -> None:
    assert len(masked(text)) <= 2 * len(text) + 4


def test_codes_of_cases_stay_unless_they_are_a_persons_number() -> None:
    kept = ["202611230001234567", "GZ13800138000", "T1", "20261124153012345678"]
    assert [masked_code(code) for code in kept] == kept
    assert masked_code("13800138000") == "138****8000"
    assert masked_code("44010619900101123X") == "440106************"


HERE = {ScopeKind.DISTRICTS: "440106", ScopeKind.STREETS: "440106013"}


@pytest.mark.parametrize("role", Role)
def test_only_who_handles_a_case_reads_persons_and_only_in_his_place(role: Role) -> None:
    for kind in SCOPES[role]:
        codes = frozenset({HERE[kind]}) if kind in HERE else frozenset({"water"})
        subject = Subject("one", role, WHOLE_CITY if kind is ScopeKind.CITY else Scope(kind, codes))
        handles = subject.may(Permission.PERSON_READ)
        assert reads_persons(subject, "session", "440106013") == (handles and kind is not ScopeKind.DEPARTMENTS)
        assert reads_persons(subject, "session", "440105001") == (handles and kind is ScopeKind.CITY)
        assert reads_persons(subject, "session", "440105001", concerned=True) == handles
        assert not reads_persons(subject, "display", "440106013", concerned=True)
