"""The lines of the data page's chart: those chosen stand out, by names or on the chart, and stand in the address."""

from datetime import datetime, timedelta
from html import escape
from typing import Any

import pandas as pd
import pytest

from cityops.domain.indicators.periods import Grain
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.figures.panel import Panel
from cityops_dashboards.figures.series import series
from fixtures.scripts import Scripts, Told

START = datetime(2026, 11, 23, 8, tzinfo=CITY_ZONE)
END = START + timedelta(hours=3)
FEW, MANY = 3, 6
CODES = [f"44010{number}" for number in range(MANY)]


def figure(count: int) -> Told:
    """Return a chart of level lines, each ten above the one before; the last is the worst of many."""
    rows = [
        {"region_code": code, "start": at, "end": at + timedelta(hours=1), "value": 10.0 * place, "finished": True}
        for place, code in enumerate(CODES[:count])
        for at in (START, START + timedelta(hours=1), START + timedelta(hours=2))
    ]
    names = {code: f"区{place}" for place, code in enumerate(CODES)}
    told: Told = series([Panel("P", "", 0, pd.DataFrame(rows))], names, (START, END), Grain.HOUR, "zh")
    return told


def plain(value: Any) -> Any:
    """Return what of a figure is no JSON as what Plotly takes for it."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.fixture
def chart(charts: Scripts, request: pytest.FixtureRequest) -> Scripts:
    """Give the page with a chart of as many lines as asked, `FEW` unless it is said, and a button for each."""
    count = getattr(request, "param", FEW)
    charts.ask("history.replaceState(null, '', '/data?lang=en')")
    marked = "".join(f'<button data-line="{code}"><i class="line-mark"></i>{code}</button>' for code in CODES[:count])
    worst = f'<span class="data-leading" data-worst="{CODES[count - 1]}">{escape("<worst>")}</span>'
    charts.body(
        f'{worst if count > FEW else ""}<div class="data-lines">{marked}</div><input>'
        '<div class="data-chart data-plot" id="data-graph"><div style="width: 800px; height: 500px"></div></div>'
    )
    charts.ask(
        "figure => Plotly.newPlot(document.querySelector('#data-graph > div'), figure.data, figure.layout)",
        plain(figure(count)),
    )
    return charts


many = pytest.mark.parametrize("chart", [MANY], indirect=True)


def click(chart: Scripts, *places: int) -> None:
    for place in places:
        chart.ask("code => document.querySelector(`[data-line='${code}']`).click()", CODES[place])


def ahead(chart: Scripts) -> list[int]:
    """Return the places of the lines that stand out."""
    lines = chart.ask("document.querySelector('.js-plotly-plot').data.map(({ zorder }) => zorder || 0)")
    return [place for place, above in enumerate(lines) if above]


def pressed(chart: Scripts) -> list[str]:
    return chart.every("[aria-pressed=true]", "one.dataset.line")


def test_a_chosen_line_stands_out_and_the_others_recede_until_it_is_let_go(chart: Scripts) -> None:
    click(chart, 1)
    assert (ahead(chart), pressed(chart), chart.address) == ([1], [CODES[1]], f"/data?lang=en&lines={CODES[1]}")
    opacity = "document.querySelector('.js-plotly-plot').data.map(({ opacity }) => opacity)"
    assert chart.ask(opacity) == [0.4, 1, 0.4]
    click(chart, 1)
    assert (ahead(chart), pressed(chart), chart.address) == ([], [], "/data?lang=en")
    assert chart.ask(opacity) == [1, 1, 1]


def test_several_stand_out_and_are_no_steps_of_the_history(chart: Scripts) -> None:
    before = chart.ask("history.length")
    click(chart, 2, 0)
    assert (ahead(chart), chart.ask("history.length")) == ([0, 2], before)
    assert chart.address == f"/data?lang=en&lines={CODES[2]}%2C{CODES[0]}"


@many
def test_the_worst_of_many_stands_out_while_none_is_chosen(chart: Scripts) -> None:
    click(chart, 0)
    assert (ahead(chart), chart.every(".data-leading", "one.hidden")) == ([0], [True])
    click(chart, 0)
    assert (ahead(chart), chart.every(".data-leading", "one.hidden")) == ([MANY - 1], [False])


@many
def test_a_name_has_the_colour_that_its_line_has_now(chart: Scripts) -> None:
    click(chart, 2)
    lines = chart.ask("document.querySelector('.js-plotly-plot').data.map(({ line }) => line.color)")
    marks = chart.every(".line-mark", "one.style.backgroundColor")
    assert marks == ["rgb({}, {}, {})".format(*bytes.fromhex(colour[1:])) for colour in lines]


def test_codes_in_the_address_that_no_line_has_choose_nothing(chart: Scripts) -> None:
    chart.ask("lines => history.replaceState(null, '', `/data?lines=${lines}`)", f"nope,{CODES[1]},")
    click(chart, 0)
    assert (ahead(chart), chart.address) == ([0, 1], f"/data?lines={CODES[1]}%2C{CODES[0]}")


@pytest.mark.parametrize(
    ("where", "key", "left"),
    [
        ("body", "Escape", []),
        (".js-plotly-plot", "Escape", []),
        ("input", "Escape", [0]),  # a list that is open shuts by it
        ("body", "Enter", [0]),
    ],
)
def test_escape_lets_all_go_except_from_a_field(chart: Scripts, where: str, key: str, left: list[int]) -> None:
    click(chart, 0)
    chart.ask(
        "([where, key]) => document.querySelector(where)"
        ".dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))",
        [where, key],
    )
    assert ahead(chart) == left


POINT = """([line, share, dx, dy, drag]) => {
    const graph = document.querySelector(".js-plotly-plot");
    const { xaxis, yaxis } = graph._fullLayout;
    const { left, top } = graph.getBoundingClientRect();
    const points = graph.calcdata[line];
    const x = points[0].x + share * (points.at(-1).x - points[0].x);
    const at = { clientX: left + xaxis._offset + xaxis.c2p(x) + dx,
                 clientY: top + yaxis._offset + yaxis.c2p(points[0].y) + dy };
    const how = { bubbles: true, isPrimary: true, button: 0 };
    const area = graph.querySelector(".nsewdrag");
    area.dispatchEvent(new PointerEvent("pointerdown", { ...how, ...at, clientX: at.clientX - drag }));
    area.dispatchEvent(new PointerEvent("pointerup", { ...how, ...at }));
}"""
"""Presses the pointer near a place of a line, and lets it go a little further on."""


@pytest.mark.parametrize(
    ("share", "dx", "dy", "drag", "chosen"),
    [
        (0.5, 0, 0, 0, [1]),
        (0.25, 0, 0, 0, [1]),  # between two of its points
        (0.5, 0, 20, 0, [1]),
        (0.5, 0, 60, 0, []),
        (1, 20, 0, 0, [1]),
        (1, 60, 0, 0, []),
        (0.5, 0, 0, 4, [1]),
        (0.5, 0, 0, 40, []),  # a drag, which zooms
    ],
)
def test_the_nearest_line_under_the_pointer_is_chosen_if_it_is_near(
    chart: Scripts, share: float, dx: float, dy: float, drag: float, chosen: list[int]
) -> None:
    chart.ask(POINT, [1, share, dx, dy, drag])
    assert ahead(chart) == chosen
