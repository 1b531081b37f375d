"""Tables on narrow screens: the most important columns come first, and it is told that there are more."""

from typing import Any

import pytest

from fixtures.scripts import Scripts

FIT = """([widths, context]) => {
    const done = [];
    dashAgGridFunctions.fit({ context, api: {
        isDestroyed: () => false,
        getDisplayedRowCount: () => 3,
        getAllDisplayedColumns: () => widths.map((width) => ({ getActualWidth: () => width })),
        sizeColumnsToFit: () => done.push(["widen"]),
        moveColumns: (...how) => done.push(["move", ...how]),
        autoSizeAllColumns: (how) => done.push(["narrow", how]),
    } });
    return [done, document.querySelector(".swipe").hidden, context.fitted];
}"""
"""Calls what a grid calls when it has got a size, with a plain object for the grid, and says what was asked of it."""


GONE = """(context) => {
    dashAgGridFunctions.fit({ context, api: new Proxy({}, {
        get: (_, name) => () => (name === "isDestroyed" ? true : undefined),
    }) });
    return context;
}"""
"""The same for a grid that is gone, which answers nothing to anything (AG Grid's own way)."""


def fitted(scripts: Scripts, widths: list[int], frame: int = 300, **context: Any) -> Any:
    scripts.body(
        f'<p class="swipe" data-of="table" hidden></p><div id="table">'
        f'<div class="ag-center-cols-viewport" style="width: {frame}px; height: 9px"></div></div>'
    )
    return scripts.ask(FIT, [widths, {"name": "table", "first": ["name", "value"]} | context])


@pytest.mark.parametrize(
    ("widths", "done", "is_whole"),
    [
        ([100, 200], [], True),
        ([100, 201], [], True),  # a rounding of the browser's
        ([100, 100], [["widen"]], True),
        ([200, 200], [["move", ["name", "value"], 0], ["narrow", {"defaultMaxWidth": 186}]], False),
        ([], [["widen"]], True),
    ],
)
def test_columns_are_widened_left_or_put_in_order_by_the_room_there_is(
    scripts: Scripts, widths: list[int], done: list[Any], is_whole: bool
) -> None:
    assert fitted(scripts, widths)[:2] == [done, is_whole]


def test_what_the_reader_has_made_of_it_is_not_undone_while_the_room_stays(scripts: Scripts) -> None:
    [_, _, now] = fitted(scripts, [200, 200])
    assert fitted(scripts, [200, 200], fitted=now)[0] == []
    assert fitted(scripts, [200, 200], frame=200, fitted=now)[0] != []


def test_a_grid_out_of_sight_is_left_for_when_it_is_seen(scripts: Scripts) -> None:
    assert fitted(scripts, [200, 200], frame=0) == [[], True, None]
    scripts.body('<p class="swipe" data-of="table" hidden></p>')
    assert scripts.ask(FIT, [[200], {"name": "table", "first": []}]) == [[], True, None]


def test_a_grid_that_another_has_replaced_is_left_alone(scripts: Scripts) -> None:
    scripts.body(
        '<p class="swipe" data-of="table" hidden></p><div id="table">'
        '<div class="ag-center-cols-viewport" style="width: 300px; height: 9px"></div></div>'
    )
    context = {"name": "table", "first": []}
    assert scripts.ask(GONE, context) == context
