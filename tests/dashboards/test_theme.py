"""Colours: the same in charts and style sheets, a warning's for warnings alone, lines that can be told apart."""

import re
from pathlib import Path

import pytest

import cityops_dashboards
from cityops_dashboards import theme
from cityops_dashboards.texts import LANGUAGES

TOKENS = (Path(cityops_dashboards.__file__).parent / "assets/css/00_tokens.css").read_text(encoding="utf-8")
HEX = re.compile(r"#[0-9a-f]{6}")
OURS = (theme.GROUND, theme.PANEL, theme.LINE, theme.TEXT, theme.QUIET, theme.STALE, theme.ACCENT)


@pytest.mark.parametrize("colour", [*OURS, *theme.WARNING_COLOURS[1:]])
def test_charts_have_the_colours_of_the_style_sheets(colour: str) -> None:
    assert colour in HEX.findall(TOKENS.lower())


def test_a_warning_s_colour_is_nothing_else_s() -> None:
    assert len(set(theme.WARNING_COLOURS)) == 5
    assert set(theme.WARNING_COLOURS) & {*OURS, *theme.RAMP, *theme.SERIES_COLOURS} == set()


def test_lines_and_steps_differ_in_colour() -> None:
    for colours in (theme.SERIES_COLOURS, theme.RAMP):
        assert len(set(colours)) == len(colours)


def test_the_ramp_grows_brighter() -> None:
    brightness = [sum(bytes.fromhex(colour[1:])) for colour in theme.RAMP]
    assert brightness == sorted(brightness)


def test_a_layout_s_changes_win_and_leave_the_house_s_own_alone() -> None:
    assert theme.layout(showlegend=True)["showlegend"] is True
    assert theme.layout()["showlegend"] is False
    assert theme.layout(height=5)["font"]["family"] == theme.FONT


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("mode_bar", [True, False])
def test_a_graph_asks_nobody_else_s_server(lang: str, mode_bar: bool) -> None:
    config = theme.graph_config(lang, mode_bar=mode_bar)
    assert "http" not in str(config)
    assert (config["plotlyServerURL"], config["showSendToCloud"], config["displaylogo"]) == ("", False, False)
    assert config["locale"] == {"zh": "zh-CN", "en": "en"}[lang]
