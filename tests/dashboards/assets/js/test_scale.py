"""The wall's canvas takes the form nearest to the screen's shape and fills it by one factor: nothing stays black."""

import re

import pytest

from cityops_dashboards.scenes.frame import FORMS
from fixtures.scripts import SCRIPTS, Scripts

SHEET = SCRIPTS.parent / "css/frame.css"


@pytest.fixture
def fitted(scripts: Scripts) -> Scripts:
    scripts.page.add_style_tag(path=SHEET)
    scripts.page.add_script_tag(path=SCRIPTS / "scale.js")
    return scripts


@pytest.mark.parametrize(
    ("screen", "form", "factor"),
    [
        ((1920, 1080), "16x9", 1),
        ((3840, 2160), "16x9", 2),
        ((1280, 1024), "16x9", 1280 / 1920),
        ((2560, 1080), "21x9", 1),
        ((3840, 1080), "32x9", 1),
        ((5760, 1080), "32x9", 1),
        ((1080, 1920), "9x16", 1),
        ((390, 844), "9x16", 390 / 1080),
    ],
)
def test_the_canvas_has_the_nearest_form_and_all_of_the_screen(
    fitted: Scripts, screen: tuple[int, int], form: str, factor: float
) -> None:
    fitted.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    fitted.ask("() => { window.dispatchEvent(new Event('resize')); }")
    assert fitted.ask("document.documentElement.dataset.form") == form
    written = fitted.ask(
        "['', '-width', '-height'].map((one) => document.documentElement.style.getPropertyValue(`--canvas${one}`))"
    )
    scale, width, height = (float(re.findall(r"[\d.]+", one)[0]) for one in written)
    assert scale == pytest.approx(factor)
    assert [width * scale, height * scale] == pytest.approx(list(screen))
    usual = next(one for one in FORMS if one.name == form)
    assert (width == pytest.approx(usual.width), height == pytest.approx(usual.height)) != (False, False)
