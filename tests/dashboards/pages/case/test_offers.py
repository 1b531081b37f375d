"""What a page offers of a case: the next thing to do, what is done instead, the rest; why not yet what follows."""

from typing import Any

import pytest

from cityops.domain.events.acts import Need
from cityops_dashboards.pages.case.offers import in_charge, offers, region_name, unit_name, units


def case(*may: str, why: dict[str, str] | None = None, stage: str = "handling") -> dict[str, Any]:
    needs = {"return": ["reason", "evidence"], "dispatch": ["unit"], "file": ["standard"]}
    return {
        "possible": [{"act": act, "needs": needs.get(act, [])} for act in may],
        "others": [
            {"act": act, "reason_zh": reason, "reason_en": reason, "who": []} for act, reason in (why or {}).items()
        ],
        "stage": stage,
    }


def test_signing_comes_first_and_returning_stands_beside_it() -> None:
    found = offers(case("sign", "return", "forward", "note"), "zh")
    assert found.first is not None
    assert (found.first.act, found.first.name) == ("sign", "签收")
    assert found.first.fields == []  # one tap
    assert [one.act for one in found.beside] == ["return", "forward"]
    assert [one.act for one in found.more] == ["note"]


def test_what_an_act_needs_are_the_fields_of_its_form_in_their_order() -> None:
    found = offers(case("return"), "zh")
    assert found.beside[0].fields == [Need.REASON, Need.EVIDENCE]
    assert offers(case("file"), "zh").first.fields == [Need.STANDARD]  # type: ignore[union-attr]  # it is there


def test_taking_a_case_over_from_its_source_comes_before_all() -> None:
    found = offers(case("take_over", "note"), "en")
    assert found.first is not None
    assert found.first.name == "take over"


def test_what_only_the_platform_does_is_not_offered() -> None:
    found = offers(case("archive", "report"), "zh")
    assert (found.first, [*found.beside], [*found.more]) == (None, [], [])


def test_nothing_is_offered_twice() -> None:
    may = ("sign", "feed_back", "process", "return", "forward", "rework", "note", "supplement", "contact")
    found = offers(case(*may), "zh")
    shown = [one.act for one in (found.first, *found.beside, *found.more) if one]
    assert sorted(shown) == sorted(may)


def test_it_is_said_why_what_follows_cannot_be_done_yet() -> None:
    found = offers(case("sign", why={"feed_back": "先签收", "close": "未处置"}), "zh")
    assert "反馈" in found.why
    assert "先签收" in found.why
    assert offers(case("note", why={"close": "已结案"}, stage="closed"), "zh").why == ""
    assert offers(case("note"), "zh").why == ""


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ({"kind": "department", "code": "water"}, "市水务局", "Water Affairs"),
        ({"kind": "district", "code": "440106"}, "天河区", "Tianhe"),
        ({"kind": "street", "code": "440106013"}, "天河区 猎德街道", "Tianhe"),
        ({"kind": "department", "code": "nobody"}, "nobody", "nobody"),
        (None, "未派单位", "no unit yet"),
    ],
)
def test_a_unit_is_called_by_its_name(unit: dict[str, str] | None, zh: str, en: str) -> None:
    assert unit_name("zh", unit) == zh
    assert unit_name("en", unit).startswith(en)


def test_a_street_is_told_with_its_district_for_several_may_have_one_name() -> None:
    assert region_name("zh", "440106013") == "天河区 猎德街道"
    assert region_name("zh", "440199") == "440199"


def test_a_case_is_passed_down_within_its_district_and_dispatched_anywhere() -> None:
    down = dict(units("zh", "440106013", "forward"))
    assert [*down] == ["本区"]
    assert {code[:6] for code, _ in down["本区"]} == {"440106"}
    anywhere = dict(units("zh", "440106013", "dispatch"))
    assert [*anywhere] == ["本区", "市级部门", "其他各区"]
    assert "440106" not in {code for code, _ in anywhere["其他各区"]}
    assert "water" in {code for code, _ in anywhere["市级部门"]}


def test_who_handles_a_case_at_its_source_is_not_known_here() -> None:
    assert in_charge("zh", {"unit": None, "master": "source"}) == ""
    assert in_charge("zh", {"unit": None, "master": "here"}) == "未派单位"
    assert in_charge("zh", {"unit": {"kind": "department", "code": "water"}, "master": "source"}) == "市水务局"
