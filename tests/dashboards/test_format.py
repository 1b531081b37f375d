"""Numbers as the page scripts write them, in Chromium: rounded as the warnings' rule has it, and never −0."""

from pathlib import Path

import numpy as np

from cityops.domain.metrics import at_decimals
from fixtures.browser import NewPage

SCRIPTS = Path(__file__).parents[2] / "dashboards/cityops_dashboards/assets/js"


def test_numbers_are_rounded_as_warnings_are_compared(new_page: NewPage) -> None:
    """A value that is shown as 0.30 has the level of 0.30, also where a half or a 32-bit float lies between."""
    edges = [(whole + part) / 10**places for places in (0, 1, 2) for whole in (0, 30, 4) for part in (0, 0.4, 0.5)]
    values = [*edges, 1234.5, 0.35, 1.005, 0.29500000178813934, 0.30000001192092896, 0.04]
    floats = [float(np.float32(value)) for value in values]
    asked = [[sign * value, places] for value in (*values, *floats) for places in (0, 1, 2) for sign in (1, -1)]
    page = new_page()
    page.goto("about:blank")
    for script in ("00_cityops.js", "format.js"):
        page.add_script_tag(path=SCRIPTS / script)
    shown = page.evaluate("asked => asked.map(([value, places]) => cityops.format.number(value, places))", asked)
    expected = [f"{float(at_decimals(value, places)):,.{places}f}".replace("-", "−") for value, places in asked]
    assert [pair for pair in zip(asked, shown, expected, strict=True) if pair[1] != pair[2]] == []
    assert page.evaluate("[cityops.format.number(null, 1), cityops.format.number(-0.04, 1)]") == ["—", "0.0"]
