"""The choice of role and area: what each holder can have, in both languages, and what was ticked for the API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops import reference
from cityops.domain.access import SCOPES, Role, ScopeKind
from cityops.domain.grants import ROLES, Holder
from cityops.domain.regions import RegionLevel, district_of
from cityops_dashboards.forms import grants
from cityops_dashboards.forms.form import Form, FormError
from cityops_dashboards.texts import LANGUAGES, text

CODES = {
    ScopeKind.CITY: [""],
    ScopeKind.DISTRICTS: [one.code for one in reference.regions() if one.level is RegionLevel.DISTRICT],
    ScopeKind.STREETS: [one.code for one in reference.regions() if one.level is RegionLevel.STREET],
    ScopeKind.DEPARTMENTS: [row["code"] for row in reference.rows("departments")],
    ScopeKind.SOURCES: [row["code"] for row in reference.rows("source_systems")],
}
EACH = pytest.mark.parametrize("holder", list(Holder))


@EACH
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_roles_of_a_holder_are_offered_by_their_names(holder: Holder, lang: str) -> None:
    offered = grants.roles(lang, holder)
    assert {code for code, _ in offered} == {role.value for role in ROLES[holder]}
    assert all(words == text(lang, f"role.{code}") for code, words in offered)


@EACH
def test_the_areas_offered_are_those_that_some_role_of_the_holder_can_have(holder: Holder) -> None:
    kinds = [group.kind for group in grants.groups("zh", holder)]
    assert set(kinds) == set().union(*(SCOPES[role] for role in ROLES[holder]))
    assert kinds == [kind for kind in ScopeKind if kind in kinds]


@EACH
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_area_has_one_box_with_its_name(holder: Holder, lang: str) -> None:
    for group in grants.groups(lang, holder):
        boxes = [box for part in group.parts for box in part.boxes]
        assert [value for value, _ in boxes] == [f"{group.kind}:{code}" for code in CODES[group.kind]]
        assert all(words for _, words in boxes)
        assert group.title == text(lang, f"scope.{group.kind}")


@pytest.mark.parametrize(("lang", "name"), [("zh", "天河区"), ("en", "Tianhe")])
def test_streets_stand_under_their_district(lang: str, name: str) -> None:
    [streets] = [group for group in grants.groups(lang, Holder.ACCOUNT) if group.kind is ScopeKind.STREETS]
    assert len(streets.parts) == 11
    [tianhe] = [part for part in streets.parts if part.title == name]
    assert {district_of(value.partition(":")[2]) for value, _ in tianhe.boxes} == {"440106"}


def ticked(*areas: str, role: str = "analyst") -> Form:
    return Form({"area": list(areas), "role": [role]} if areas else {"role": [role]})


def of_kind(kind: ScopeKind) -> st.SearchStrategy[tuple[ScopeKind, set[str]]]:
    return st.tuples(st.just(kind), st.sets(st.sampled_from(CODES[kind]), min_size=1))


@given(st.sampled_from(list(ScopeKind)).flatmap(of_kind))
def test_a_scope_shown_as_boxes_and_sent_back_is_the_same(scope: tuple[ScopeKind, set[str]]) -> None:
    kind, codes = scope
    own = sorted(codes - {""})
    sent = grants.grant(ticked(*grants.chosen(kind, own)))
    assert sent == {"role": "analyst", "scope_kind": kind, "scope_codes": own}


@pytest.mark.parametrize(
    ("areas", "key", "zh", "en"),
    [
        ((), "form.area.none", "请至少勾选一个管辖范围", "tick an area"),
        (("city:", "districts:440105"), "form.area.mixed", "只能属于同一类", "areas must be of one kind"),
        (("streets:440105001", "districts:440105"), "form.area.mixed", "只能属于同一类", "areas must be of one kind"),
    ],
)
def test_without_an_area_or_with_two_kinds_it_is_said_why_nothing_was_sent(
    areas: tuple[str, ...], key: str, zh: str, en: str
) -> None:
    with pytest.raises(FormError) as refused:
        grants.grant(ticked(*areas))
    assert str(refused.value) == key
    assert zh in text("zh", key)
    assert en in text("en", key)


def test_a_holder_of_one_role_needs_no_choice_of_it() -> None:
    assert grants.grant(ticked("city:", role="administrator"), Role.WALL_DISPLAY)["role"] is Role.WALL_DISPLAY


def test_a_code_twice_or_out_of_order_is_sent_as_it_was_ticked_in_order() -> None:
    assert grants.grant(ticked("districts:440106", "districts:440105"))["scope_codes"] == ["440105", "440106"]


@pytest.mark.parametrize(
    ("kind", "codes", "zh", "en"),
    [
        (None, None, "–", "–"),
        ("city", [], "全市", "the whole city"),
        ("districts", ["440106", "440105"], "海珠区、天河区", "Haizhu, Tianhe"),
        ("streets", ["999999999"], "999999999", "999999999"),
        ("departments", ["water"], "市水务局", "Water Affairs"),
        ("sources", None, "无", "none"),
    ],
)
def test_an_area_is_put_in_words(kind: str | None, codes: list[str] | None, zh: str, en: str) -> None:
    assert (grants.area("zh", kind, codes), grants.area("en", kind, codes)) == (zh, en)
