"""Mapping files: the first rule that fits decides, and a file that makes no sense is refused by line and item."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.claims import MappingError, NoRuleError, Rule, grant, read_rules

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


def rules_of(text: str) -> tuple[Rule, ...]:
    return read_rules(text, "mapping.toml", KNOWN)


def refused_text(text: str) -> str:
    with pytest.raises(MappingError) as refused:
        rules_of(text)
    return str(refused.value)


def test_a_file_is_read_rule_by_rule_in_its_order() -> None:
    assert [rule.claim for rule in rules_of(CARRIED + DUTY)] == ["title", "groups"]
    [rule] = rules_of(DUTY)
    assert (rule.value, rule.role, rule.scope_kind) == ("haizhu", Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS)
    assert (rule.scope_codes, rule.scope_from) == (("440105",), "")


def test_whoever_has_a_rule_over_the_whole_city_needs_no_codes() -> None:
    rules = rules_of(DUTY.replace("district_officer", "operator").replace('"districts"', '"city"').replace(
        'scope_codes = ["440105"]\n', ""
    ))  # fmt: skip
    assert grant(rules, {"groups": ["haizhu"]}) == (Role.OPERATOR, Scope(ScopeKind.CITY))


@pytest.mark.parametrize("value", [["haizhu", 3, None, ""], ["choir", "haizhu"], "haizhu"])
def test_of_a_claim_only_its_texts_count(value: Any) -> None:
    assert RULES[0].fits({"groups": value})


@pytest.mark.parametrize("value", [None, "", 3, True, {"haizhu": 1}, [["haizhu"]], ("haizhu",), "Haizhu", "haizhu "])
def test_what_is_not_exactly_the_value_does_not_fit(value: Any) -> None:
    assert not RULES[0].fits({"groups": value})
    assert not RULES[0].fits({})


def test_codes_that_a_claim_carries_may_be_any_since_the_database_shows_no_more_than_there_is() -> None:
    _, scope = grant(RULES, {"title": "officer", "district_code": ["440105", 7, "999999"]})
    assert scope == Scope(ScopeKind.DISTRICTS, frozenset({"440105", "999999"}))


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        (
            {"title": "officer", "district_code": []},
            "title = officer makes you a district_officer, but the claim district_code, which names the districts, "
            "is missing: have the single sign-on send it",
        ),
        (
            {"groups": ["choir", "chess"], "title": ""},
            "the single sign-on knows you, but nothing it says gives you a role here (groups: choir, chess; "
            "title: missing): ask your administration for a group that has one, or the administrator for a rule",
        ),
    ],
)
def test_a_person_without_a_role_is_told_whom_to_ask(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(NoRuleError) as refused:
        grant(RULES, claims)
    assert str(refused.value) == told


def test_a_claim_of_several_rules_is_told_once() -> None:
    with pytest.raises(NoRuleError, match=r"\(groups: missing\)"):
        grant(rules_of(DUTY + DUTY.replace("haizhu", "tianhe")), {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mapping.toml: it has no [[rule]], so nobody could sign in; write one"),
        ("rule = 3", "mapping.toml: it has no [[rule]], so nobody could sign in; write one"),
        ("rule = []", "mapping.toml: it has no [[rule]], so nobody could sign in; write one"),
        ("a = 1\nb = 2\n" + DUTY, "mapping.toml: a, b: there is nothing but [[rule]]; leave it out"),
        (
            DUTY.replace('"groups"', '""'),
            "mapping.toml, line 2: rule 1: claim, value: one of them is empty; name the claim, and the value that it "
            "must have; mend this rule",
        ),
        (
            DUTY + 'scope_from = "district_code"\n',
            "mapping.toml, line 2: rule 1: scope_codes, scope_from: both are given; keep one; mend this rule",
        ),
        (
            CARRIED.replace('"districts"', '"city"').replace("district_officer", "operator"),
            "mapping.toml, line 2: rule 1: scope_from: the whole city has no codes; leave it out or name another "
            "scope_kind; mend this rule",
        ),
    ],
)
def test_a_refusal_says_what_to_mend(text: str, told: str) -> None:
    assert refused_text(text) == told


def test_what_is_no_toml_is_told_with_its_place() -> None:
    told = refused_text("[[rule]\n")
    assert told.startswith("mapping.toml: not TOML: ")
    assert told.endswith("; mend that place")


def test_a_rule_written_in_another_way_is_named_by_its_number() -> None:
    inline = 'rule = [{claim = "g", value = "v", role = "mayor", scope_kind = "city"}]'
    assert refused_text(inline).startswith("mapping.toml: rule 1: ")
    spaced = DUTY.replace("[[rule]]", " [[ rule ]]") + DUTY.replace("440105", "110101")
    assert refused_text(spaced).startswith("mapping.toml, line 9: rule 2: ")


def test_codes_of_a_claim_need_a_kind_of_which_there_are_any() -> None:
    with pytest.raises(MappingError, match="no code is named"):
        read_rules(CARRIED, "mapping.toml", {})
