"""Mapping files: the first rule that fits decides, and a file that makes no sense is refused by line and item."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.claims import MappingError, NoRuleError, grant, read_rules

KNOWN = {
    ScopeKind.DISTRICTS: {"440105", "440106"},
    ScopeKind.STREETS: {"440105001"},
    ScopeKind.DEPARTMENTS: {"water"},
}
DUTY = """
[[rule]]
claim = "groups"
value = "haizhu"
role = "district_officer"
scope_kind = "districts"
scope_codes = ["440105"]
"""
CARRIED = """
[[rule]]
claim = "title"
value = "officer"
role = "district_officer"
scope_kind = "districts"
scope_from = "district_code"
"""
RULES = read_rules(DUTY + CARRIED, "mapping.toml", KNOWN)


@pytest.mark.parametrize(
    ("claims", "codes"),
    [
        ({"groups": ["choir", "haizhu"]}, {"440105"}),
        ({"groups": "haizhu"}, {"440105"}),
        ({"title": "officer", "district_code": "440106"}, {"440106"}),
        ({"title": "officer", "district_code": ["440105", "440106"]}, {"440105", "440106"}),
        ({"title": "officer", "district_code": "440106", "groups": ["haizhu"]}, {"440105"}),
    ],
)
def test_the_first_rule_that_fits_decides(claims: dict[str, Any], codes: set[str]) -> None:
    assert grant(RULES, claims) == (Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset(codes)))


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"groups": ["choir"]}, r"groups: choir; title: missing"),
        ({}, r"groups: missing; title: missing"),
        ({"groups": ["hai", "haizhu2"]}, "nothing it says gives you a role"),
        ({"title": "officer"}, "the claim district_code, which names the districts, is missing"),
    ],
)
def test_whom_no_rule_fits_is_told_what_was_missing(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(NoRuleError, match=told):
        grant(RULES, claims)


WORDS = st.sampled_from(["haizhu", "officer", "administrator", "440105", ""])


@given(st.dictionaries(st.sampled_from(["groups", "title", "role"]), st.none() | WORDS | st.lists(WORDS, max_size=3)))
def test_nobody_is_an_administrator_unless_a_rule_says_so(claims: dict[str, Any]) -> None:
    try:
        role, _ = grant(RULES, claims)
    except NoRuleError:
        return
    assert role is Role.DISTRICT_OFFICER


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no \\[\\[rule\\]\\]"),
        ("[[rule]\n", "line 1"),
        ("[defaults]\n" + DUTY, "defaults"),
        (DUTY + DUTY.replace("440105", "110101"), "line 9: rule 2: scope: there is nothing registered as 110101"),
        (DUTY.replace("district_officer", "mayor"), "line 2: rule 1: .*mayor.*role"),
        (DUTY.replace("district_officer", "wall_display"), "line 2: rule 1: .*cannot be wall_display"),
        (DUTY.replace("district_officer", "administrator"), "administrator cannot reach over districts"),
        (DUTY.replace('claim = "groups"', ""), "claim"),
        (DUTY.replace('"haizhu"', '""'), "empty"),
        (DUTY.replace("scope_codes", "scope_code"), "scope_code"),
        (DUTY.replace('["440105"]', "[]"), "no code is named"),
        (DUTY + 'scope_from = "district_code"\n', "both are given"),
        (CARRIED.replace('"districts"', '"city"'), "the whole city has no codes"),
        (CARRIED.replace('"districts"', '"streets"'), "cannot reach over streets"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_line_and_item(text: str, told: str) -> None:
    with pytest.raises(MappingError, match=told) as refused:
        read_rules(text, "mapping.toml", KNOWN)
    assert str(refused.value).startswith("mapping.toml")
