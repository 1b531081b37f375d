"""Addresses: a view's address read back gives the same view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.access import SCOPES, Role, Scope, ScopeKind, Subject
from cityops.domain.grants import ROLES, Holder
from cityops_dashboards.access.door import outside
from cityops_dashboards.access.paths import PathKind, kind_of
from cityops_dashboards.access.viewer import Viewer
from cityops_dashboards.addresses import Address, write
from cityops_dashboards.display import metric_of
from cityops_dashboards.router import page_at
from cityops_dashboards.texts import LANGUAGES

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1)


@given(st.dictionaries(texts, texts))
def test_a_query_written_and_read_is_the_same(query: dict[str, str]) -> None:
    path, _, search = write("/data", query).partition("?")
    assert Address.parse(path, search) == Address("/data", query)


def test_links_keep_the_language_and_drop_what_is_none() -> None:
    english = Address.parse("/", "?lang=en&metric=pm25")
    assert english.to("/districts/440106") == "/districts/440106?lang=en"
    assert english.altered(metric=None) == "/?lang=en"
    assert Address.parse("/", "?lang=xx").lang == "zh"
    assert Address.parse("/", "").to("/data") == "/data"


SCOPES_OF: dict[ScopeKind, list[tuple[str, ...]]] = {
    ScopeKind.CITY: [()],
    ScopeKind.DISTRICTS: [("440105",), ("440105", "440106")],
    ScopeKind.STREETS: [("440105001",), ("440105001", "440106001")],
    ScopeKind.DEPARTMENTS: [("water",)],
}
GRANTS = [
    (role, Scope(kind, frozenset(codes)))
    for role in sorted(ROLES[Holder.ACCOUNT])
    for kind in sorted(SCOPES[role])
    for codes in SCOPES_OF[kind]
]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("role", "scope"), GRANTS)
def test_every_role_s_home_is_a_page_it_may_open_in_both_languages(role: Role, scope: Scope, lang: str) -> None:
    known = Viewer("", "session", "x", Subject("x", role, scope))
    path, _, search = Address("/sign-in", {"lang": lang, "next": "/x"}).to(known.home).partition("?")
    led = Address.parse(path, search)
    assert "?" not in search
    assert led.lang == lang
    assert set(led.query) <= {"lang", "street"}
    assert page_at(path) or kind_of(path) is PathKind.DOCUMENT
    assert outside(led, known) is None


@pytest.mark.parametrize("path", ["/", "/districts/440106", "/districts/440103"])
def test_pages_that_are_there(path: str) -> None:
    assert page_at(path)


@pytest.mark.parametrize(
    "path",
    ["/districts/999999", "/districts/440100x", "/districts/", "/api/v1/state", "/index.html", "//", "/../etc"],
)
def test_pages_that_are_not_there(path: str) -> None:
    assert page_at(path) is None


def test_an_undeclared_metric_means_the_default_one() -> None:
    assert metric_of("nonsense").code == "pm25"
    assert metric_of("gas_lel").code == "gas_lel"
