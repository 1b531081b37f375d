"""The newest state of a page: kept once, drawn part by part, given to charts and grids as soon as these are there."""

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures.scripts import Scripts, told_state


@pytest.fixture(autouse=True)
def page(scripts: Scripts) -> Iterator[None]:
    """Give a page of two panels that note what they are given, of which the first may break."""
    scripts.open("/?lang=en")
    scripts.speak("en", panels=["first", "second"])
    scripts.ask("""() => {
        window.given = [];
        window.breaks = false;
        const begin = (context) => given.push(["begin", context.panels.length]);
        const first = () => { if (breaks) throw new Error("the first part broke"); };
        const second = (state, metric, context) => given.push([state.name, metric, context.lang]);
        cityops.titlebar = { asOf() {}, cut() {} };
        cityops.panels = { first: { begin, draw: first }, second: { draw: second } };
    }""")
    yield
    scripts.errors.clear()


def given(scripts: Scripts) -> list[list[Any]]:
    found: list[list[Any]] = scripts.ask("given.splice(0)")
    return found


def test_a_page_begins_once_and_draws_each_state_that_comes_with_the_chosen_metric(scripts: Scripts) -> None:
    scripts.ask("cityops.live.begin('o3')")
    for name in ("one", "two"):
        scripts.ask("name => cityops.live.take({ name })", name)
    assert given(scripts) == [["begin", 2], ["one", "o3", "en"], ["two", "o3", "en"]]


def test_another_metric_is_drawn_at_once_with_the_newest_state_and_stands_in_the_address(scripts: Scripts) -> None:
    before = scripts.ask("history.length")
    scripts.ask("cityops.live.begin('o3')")
    scripts.ask("cityops.live.choose('pm25')")  # nothing has come that could be drawn
    scripts.ask("cityops.live.take({ name: 'one' })")
    scripts.ask("cityops.live.choose('no2')")
    assert given(scripts) == [["begin", 2], ["one", "pm25", "en"], ["one", "no2", "en"]]
    assert scripts.address == "/?lang=en&metric=no2"
    assert scripts.ask("history.length") == before


def test_a_page_that_names_no_metric_shows_the_first_that_its_state_offers(scripts: Scripts) -> None:
    scripts.speak("en", panels=["first", "second"], choices=[])
    scripts.ask("cityops.live.begin(null)")
    state = told_state() | {"name": "one"}
    for metric in state["metrics"]:
        for place, region in enumerate(metric["regions"]):
            region["expected"] = int(place == 0 or metric["code"] == "crowd_load")
    scripts.ask("state => cityops.live.take(state)", state)
    assert given(scripts)[-1] == ["one", "crowd_load", "en"]


def test_a_part_that_breaks_is_told_to_the_browser_and_takes_no_other_with_it(scripts: Scripts) -> None:
    scripts.ask("() => { breaks = true; cityops.live.begin('o3'); cityops.live.take({ name: 'one' }); }")
    assert given(scripts)[-1] == ["one", "o3", "en"]
    assert scripts.errors == ["the first part broke"]


def test_a_page_without_anything_to_begin_with_is_drawn_too(scripts: Scripts) -> None:
    scripts.ask(
        "() => { delete cityops.panels.first.begin; cityops.live.begin('o3'); cityops.live.take({ name: 1 }); }"
    )
    assert given(scripts) == [[1, "o3", "en"]]


CHART = '<div id="chart"><div class="js-plotly-plot{}"></div></div>'
CHANGE = "name => cityops.live.chart('chart', () => ({ traces: { name: [name] } }))"


def names(charts: Scripts) -> Any:
    return charts.ask("document.querySelector('#chart > div').data.map(({ name }) => name)")


def test_a_chart_gets_the_newest_of_what_came_before_it_was_there(charts: Scripts) -> None:
    charts.body('<div id="chart"></div>')
    charts.ask(CHANGE, "old")
    charts.ask(CHANGE, "new")
    charts.passes(1000)
    charts.body('<div id="chart"><div></div></div>')
    charts.ask("() => Plotly.newPlot(document.querySelector('#chart > div'), [{ y: [1], name: 'bare' }])")
    charts.ask("document.querySelector('#chart > div').classList.add('dash-graph--pending')")
    charts.passes(1000)
    assert names(charts) == ["bare"]  # Dash is not done with it
    charts.ask("document.querySelector('#chart > div').classList.remove('dash-graph--pending')")
    charts.passes(100)
    assert names(charts) == ["new"]
    charts.ask(CHANGE, "newer")
    assert names(charts) == ["newer"]


def test_a_grid_gets_its_newest_rows_as_soon_as_it_is_there(scripts: Scripts) -> None:
    scripts.ask("() => { cityops.live.grid('table', ['old']); cityops.live.grid('table', ['new']); }")
    scripts.ask("""() => {
        window.isUp = false;
        window.set = [];
        window.dash_ag_grid = { getApi: (id) => {
            if (!isUp) throw new Error("no grid " + id);
            return { setGridOption: (...option) => set.push([id, ...option]) };
        } };
    }""")
    scripts.passes(500)
    assert scripts.ask("set") == []
    scripts.ask("() => { isUp = true; }")
    scripts.passes(100)
    assert scripts.ask("set") == [["table", "rowData", ["new"]]]
    scripts.passes(1000)
    assert len(scripts.ask("set")) == 1
