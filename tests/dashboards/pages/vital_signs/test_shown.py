"""What the page of vital signs makes of the API's answer: dashes, shares, levers in order, steps of the ramp."""

from typing import Any

from cityops.domain.indicators.vital_signs.indices import WhyMissing
from cityops_dashboards.addresses import Address
from cityops_dashboards.pages.vital_signs import shown
from cityops_dashboards.texts import LANGUAGES, catalogue

ASKED = Address.parse("/vital-signs", "lang=en")
LEAF: dict[str, Any] = {
    "indicator": "water_depth",
    "parent": "flood",
    "name_zh": "积水深度",
    "name_en": "Waterlogging depth",
    "unit": "cm",
    "decimals": 0,
    "weight": 0.35,
    "value": 21.0,
    "as_of": "2026-11-28T03:00:00Z",
    "warning": 2,
    "score": 5.0,
    "why": None,
    "share": 0.1,
    "lever": 0.5,
}


def sign(index: float | None, covered: float, *, alarms: bool | None = False) -> dict[str, Any]:
    told = {"code": "flood", "name_zh": "防汛", "name_en": "Floods", "weight": 0.4, "alarm_below": 6.0}
    return told | {"index": index, "covered": covered, "present": 2, "leaves": 4, "alarms": alarms}


def test_a_sign_says_how_much_of_it_is_known() -> None:
    assert shown.sign(sign(7.25, 0.6), "en")["known"] == "2 of 4, 60% of the weight"
    unknown = shown.sign(sign(None, 0.4, alarms=None), "en")
    assert (unknown["index"], unknown["below"]) == ("–", "")
    assert "40%" in unknown["known"]
    assert shown.sign(sign(5.9, 1.0, alarms=True), "en")["below"] == "below 6"


def test_levers_come_the_greatest_first_and_not_those_that_move_nothing() -> None:
    leaves = [LEAF | {"indicator": code, "lever": lever} for code, lever in (("a", 0.2), ("b", None), ("c", 0.8), ("d", 0.001))]  # fmt: skip  # noqa: E501
    assert [(one["code"], one["lever"], one["bar"]) for one in shown.levers(leaves, ASKED)] == [
        ("c", "+0.80", 100),
        ("a", "+0.20", 25),
    ]
    assert shown.levers([LEAF | {"lever": None}], ASKED) == []


def test_missing_leaves_are_counted_by_why() -> None:
    leaves = [LEAF, *(LEAF | {"why": why} for why in ("late", "no_value", "late"))]
    assert shown.missing(leaves, 0.25, "en") == "3 of 4 take no part (late 2, no value 1), 25% of the weight is known"
    assert shown.missing([LEAF], 1.0, "en") == ""


def test_every_reason_has_its_words() -> None:
    for lang in LANGUAGES:
        assert {f"vital.why.{one}" for one in WhyMissing} <= set(catalogue(lang))
