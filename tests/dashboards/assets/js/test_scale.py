"""The canvas of the wall fits any screen whole, in its middle, with one factor for both directions."""

import re

import pytest

from fixtures.scripts import Scripts

CANVAS = (1920, 1080)


@pytest.mark.parametrize(
    ("screen", "factor"),
    [((1920, 1080), 1), ((3840, 2160), 2), ((960, 1080), 0.5), ((3840, 1080), 1), ((390, 844), 390 / 1920)],
)
def test_the_canvas_is_as_large_as_fits_and_stands_in_the_middle(
    scripts: Scripts, screen: tuple[int, int], factor: float
) -> None:
    scripts.page.set_viewport_size({"width": screen[0], "height": screen[1]})
    scripts.ask("() => { window.dispatchEvent(new Event('resize')); }")
    written = scripts.ask("document.documentElement.style.getPropertyValue('--canvas')")
    left, top, scale = (float(number) for number in re.findall(r"[\d.]+", written))
    assert scale == pytest.approx(factor)
    margins = [side - length * scale for side, length in zip(screen, CANVAS, strict=True)]
    assert [left, top] == pytest.approx([margin / 2 for margin in margins])
    assert min(margins) == pytest.approx(0)
