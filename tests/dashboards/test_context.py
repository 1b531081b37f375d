"""What scripts are told about a page: all in its language, nothing of the token, and the viewer's own links."""

import json
import re
from typing import Any

import pytest

from cityops import reference
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops_dashboards.access.viewer import Viewer, looking
from cityops_dashboards.addresses import Address
from cityops_dashboards.context import page_context
from cityops_dashboards.pages.wall import PANELS
from cityops_dashboards.scenes.shelf import chosen
from cityops_dashboards.texts import LANGUAGES

TOKEN = "session_0123456789abcdef_a-secret"
HAN = re.compile(r"[一-鿿]")
WATER = Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))


ANALYST = Subject("x", Role.ANALYST, WHOLE_CITY)


def context(
    lang: str = "zh", token: str = TOKEN, subject: Subject = ANALYST, scene: str | None = None
) -> dict[str, Any]:
    with looking(Viewer(token, "session", "某", subject, scene)):
        told = page_context(Address("/", {"lang": lang}), reference.CITY_CODE, PANELS, chosen(None).shown)
    sent: dict[str, Any] = json.loads(json.dumps(told))  # it is sent as JSON
    return sent


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_told_all_metrics_regions_classes_and_sources_by_name(lang: str) -> None:
    told = context(lang)
    assert set(told["metrics"]) == {metric.code for metric in reference.metrics()}
    assert len(told["regions"]) == 12
    assert set(told["classes"]) == {row["code"] for row in reference.rows("event_classes")}
    assert set(told["sources"]) == {row["code"] for row in reference.rows("source_systems")}
    assert (told["lang"], told["region"], told["panels"]) == (lang, "440100", list(PANELS))
    assert {code for key in ("headlines", "trends", "choices") for code in told[key]} <= set(told["metrics"])


def test_an_english_page_has_no_chinese_but_the_name_of_the_language() -> None:
    told = context("en")
    names = [*told["regions"].values(), *told["classes"].values(), *told["sources"].values()]
    names += [words for metric in told["metrics"].values() for words in (metric["name"], metric["unit"])]
    assert [words for words in names if HAN.search(words)] == []
    assert [key for key, words in told["texts"].items() if HAN.search(words)] == ["title.language"]


def test_nothing_of_the_token_is_told_and_each_viewer_has_a_name_of_its_own() -> None:
    told = context()
    assert "a-secret" not in json.dumps(told)
    assert told["viewer"] == context("en")["viewer"] != context(token="session_0123456789abcdef_another")["viewer"]


@pytest.mark.parametrize(
    ("lang", "scene", "link"),
    [
        ("zh", None, "/districts/{code}"),
        ("en", None, "/districts/{code}?lang=en"),
        ("zh", "/", None),
        ("en", "/districts/440105", None),
    ],
)
def test_districts_are_links_unless_a_display_may_show_its_one_page_alone(
    lang: str, scene: str | None, link: str | None
) -> None:
    assert context(lang, scene=scene)["links"]["district"] == link


@pytest.mark.parametrize(("scope", "hidden"), [(WHOLE_CITY, "detail.area"), (WATER, "detail.department")])
def test_a_page_knows_why_its_lists_would_be_empty(scope: Scope, hidden: str) -> None:
    told = context(subject=Subject("x", Role.ANALYST, scope))
    assert told["hidden"] == hidden
    assert hidden in told["texts"]
