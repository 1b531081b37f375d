"""Panels: each has its Python, its script, its style and its texts in both languages, under one name."""

import json
from pathlib import Path

import pytest

from cityops_dashboards.pages import wall
from cityops_dashboards.pages.district import page as district

PACKAGE = Path(__file__).parents[2] / "dashboards/cityops_dashboards"
PANELS = sorted(file.stem for file in (PACKAGE / "panels").glob("*.py") if file.stem != "__init__")
DRAWN_BY_A_CALLBACK = {"device_map"}
WITHOUT_A_TITLE = {"headlines", "situation", "sources"}

each_panel = pytest.mark.parametrize("panel", PANELS)


@each_panel
def test_a_panel_has_its_script_style_and_texts(panel: str) -> None:
    script, style = PACKAGE / f"assets/js/panels/{panel}.js", PACKAGE / f"assets/css/panels/{panel}.css"
    assert style.is_file(), f"{panel} has no style of this name"
    assert script.is_file() != (panel in DRAWN_BY_A_CALLBACK), f"{panel} has no script of this name"
    if script.is_file():
        assert f"cityops.panels.{panel} = {{" in script.read_text(encoding="utf-8"), "a script announces its panel"
    for lang in ("zh", "en"):
        texts = json.loads((PACKAGE / f"i18n/{lang}.json").read_text(encoding="utf-8"))
        assert (f"panel.{panel}" in texts) != (panel in WITHOUT_A_TITLE), f"its title in {lang}"


def test_a_page_names_panels_that_there_are() -> None:
    assert {*wall.PANELS, *district.OWN} == set(PANELS) - DRAWN_BY_A_CALLBACK
