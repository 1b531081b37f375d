"""The grid of all tables: sortable, filterable, paged, in the house colours and the page's language."""

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html

from cityops_dashboards.components.attributes import attributes
from cityops_dashboards.texts import catalogue, text

_THEME = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--surface-1)', foregroundColor: 'var(--ink-1)', borderColor: 'var(--hair)', "
    "headerBackgroundColor: 'var(--surface-2)', accentColor: 'var(--accent)', "
    "oddRowBackgroundColor: 'var(--surface-1)', "
    "browserColorScheme: 'inherit', fontFamily: 'inherit', fontSize: 15, headerFontSize: 15, spacing: 7})"
)

_DRAWN = ("gridSizeChanged", "firstDataRendered", "viewportChanged", "stateUpdated")
"""Events of a grid after which its size and its rows are known; the first two alone come before Dash listens."""


def grid(
    name: str,
    columns: Sequence[dict[str, Any]],
    key: str,
    lang: str,
    *,
    first: Sequence[str],
    page_size: int | None = 20,
    is_pushed: bool = False,
) -> dag.AgGrid:
    """Return an empty grid with id `name`; rows with the same `key` stay the same row when data come anew.

    Where they do not fit all, the columns `first` come first, and the others are reached by scrolling
    (`assets/js/grids.js`). Rows come from callbacks, or with `is_pushed` from the scripts: Dash must know none then,
    or it puts its own back.
    """
    paging = {"pagination": True, "paginationPageSize": page_size, "paginationPageSizeSelector": [20, 50, 200]}
    return dag.AgGrid(
        id=name,
        columnDefs=list(columns),
        getRowId=f"params.data.{key}",
        defaultColDef={"sortable": True, "filter": True, "resizable": True, "floatingFilter": False},
        dashGridOptions={
            "theme": {"function": _THEME},
            "localeText": locale_text(lang),
            "domLayout": "autoHeight" if page_size else "normal",
            "animateRows": False,
            "tooltipShowDelay": 300,
            "enableCellTextSelection": True,
            "context": {"name": name, "first": list(first)},
        }
        | (paging if page_size else {}),
        eventListeners={event: ["fit(params)"] for event in _DRAWN},
        **({} if is_pushed else {"rowData": []}),
        className="grid",
        style={"height": None} if page_size else {"height": "100%"},
    )


def swipe(name: str, lang: str) -> html.P:
    """Return the line that tells of columns of grid `name` that do not fit; the script shows it then alone."""
    return html.P(text(lang, "table.swipe"), className="swipe", hidden=True, **attributes(data_of=name))


def locale_text(lang: str) -> dict[str, str]:
    """Return the grid's own words; in English they are its defaults."""
    prefix = "grid."
    return {key.removeprefix(prefix): value for key, value in catalogue(lang).items() if key.startswith(prefix)}
