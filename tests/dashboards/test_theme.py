"""Colours: the same in charts and style sheets, a warning's for warnings alone, lines that can be told apart."""

import re
from pathlib import Path

import pytest

import cityops_dashboards
from cityops_dashboards import theme
from cityops_dashboards.texts import LANGUAGES
from cityops_dashboards.theme import Look

LOOKS = (theme.DARK, theme.LIGHT)
GROUNDS = ("base", "surface-1", "surface-2", "surface-3")
WORDS = ("red", "orange", "yellow", "blue")

each_look = pytest.mark.parametrize("look", LOOKS, ids=theme.THEMES)


def luminance(colour: str) -> float:
    shares = [value / 255 for value in bytes.fromhex(colour[1:7])]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@each_look
def test_words_stand_out_from_every_ground_they_stand_on(look: Look) -> None:
    least = {"ink-1": 10, "ink-2": 6.5, "ink-3": 4.5, "accent": 4.5} | {f"word-{name}": 4.5 for name in WORDS}
    faint = {
        (word, ground, round(contrast(look[word], look[ground]), 1))
        for word, wanted in least.items()
        for ground in GROUNDS
        if contrast(look[word], look[ground]) < (wanted if ground != "surface-3" else min(wanted, 4.4))
    }
    assert faint == set()


@each_look
@pytest.mark.parametrize(
    ("word", "ground", "least"),
    [
        ("ink-1", "alarm", 10), ("ink-2", "alarm", 6.5), ("word-red", "alarm", 4.5),
        ("on-inverse", "inverse", 10), ("on-inverse-quiet", "inverse", 6.5),
        ("on-red", "state-red", 4.5), ("on-orange", "state-orange", 4.5),
        ("on-yellow", "watch-yellow", 4.5), ("on-blue", "watch-blue", 4.5),
        ("state-red", "base", 3), ("state-orange", "base", 3), ("state-blue", "base", 3),
        ("state-yellow", "base", 2.8),
        ("edge", "base", 3), ("ink-1", "ramp-1", 4.5), ("ink-1", "ramp-6", 4.5),
    ],
)  # fmt: skip
def test_what_stands_on_a_colour_stands_out_from_it(look: Look, word: str, ground: str, least: float) -> None:
    assert contrast(look[word], look[ground]) >= least


@each_look
def test_a_warning_s_colour_is_nothing_else_s(look: Look) -> None:
    ours = [look[name] for name in ("base", "surface-1", "hair", "ink-1", "ink-2", "ink-3", "accent")]
    assert len(set(look.warnings)) == 5
    assert set(look.warnings) & {*ours, *look.ramp, *look.series} == set()


@each_look
def test_lines_and_steps_differ_in_colour(look: Look) -> None:
    for colours in (look.series, look.ramp):
        assert len(set(colours)) == len(colours)


@each_look
def test_more_of_an_indicator_is_farther_from_the_ground(look: Look) -> None:
    steps = [contrast(colour, look["base"]) for colour in look.ramp]
    assert [*sorted(steps[1:])] == steps[1:]


def test_the_light_theme_gives_every_colour_anew() -> None:
    colours = {name for name, value in theme.TOKENS["dark"].items() if value.startswith("#")}
    assert {name for name in colours if theme.DARK[name] == theme.LIGHT[name]} == set()


def test_what_matters_on_a_wall_can_be_read_from_five_metres() -> None:
    """A Chinese glyph is 0.9 of its size, a digit 0.72; 1 px is 0.825 minutes of arc: 16 of them at least."""
    arc = {
        name: float(value[:-2]) * 0.825 for name, value in theme.TOKENS["dark"].items() if name.startswith("type-")
    }
    glyphs = {name: arc[f"type-{name}"] * 0.9 for name in ("say-calm", "title", "text")}
    digits = {name: arc[f"type-{name}"] * 0.72 for name in ("figure-l", "figure-m", "figure", "figure-s")}
    assert {name for name, minutes in (glyphs | digits).items() if minutes < 16} == set()
    assert min(arc.values()) * 0.9 >= 11.8  # of what nobody has to act on


SMALL = re.compile(r"var\(--(?:size-\d+|type-(?:note|source|aside))\)")
ACTED_ON = {
    *("sit-sentence", "sit-more", "sit-fact-value", "sit-fact-note", "warning-name", "warning-meta", "warning-value"),
    *("step-count", "event", "trend-value", "vital-name"),
}


@pytest.mark.parametrize("sheet", ["situation", "warnings", "events", "trends", "vitals"])
def test_nothing_that_one_must_act_on_is_small_on_the_wall(sheet: str) -> None:
    text = (Path(cityops_dashboards.__file__).parent / f"assets/css/panels/{sheet}.css").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^}]*)\}", text)
    small = {
        name.strip() for name, body in rules for size in re.findall(r"font-size: ([^;]+)", body) if SMALL.match(size)
    }
    assert {name for name in small if name.lstrip(".") in ACTED_ON} == set()


def test_a_layout_s_changes_win_and_leave_the_house_s_own_alone() -> None:
    assert theme.layout(theme.LIGHT)["font"]["color"] == theme.LIGHT["ink-2"]
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
