"""The data page `/data`: an analyst chooses, sees chart, table and definition, and takes the CSV.

The address holds the choice, so that it can be kept, sent and opened again.
"""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from cityops.client import ApiError, Client
from cityops.clock import utc_now
from cityops_dashboards.addresses import Address
from cityops_dashboards.callbacks import draw
from cityops_dashboards.components.pagebar import pagebar
from cityops_dashboards.components.panel import panel
from cityops_dashboards.context import spoken
from cityops_dashboards.pages.data import view
from cityops_dashboards.pages.data.answer import ask
from cityops_dashboards.pages.data.choice import PATH, Choice, read
from cityops_dashboards.pages.data.controls import Values, controls, set_to
from cityops_dashboards.pages.data.fits import offered, places
from cityops_dashboards.pages.data.trouble import trouble
from cityops_dashboards.texts import text

RETRY_MS = 5000
PASSING = {0, 429, 503}
"""Statuses of an API that may answer the same question a little later; 0 is no answer at all."""

CONTROLS = {
    "indicator": ("options", "value"),
    "compare": ("options", "value"),
    "region": ("options", "value"),
    "level": ("options", "value"),
    "only": ("options", "value"),
    "interval": ("options", "value"),
    "start": ("value",),
    "end": ("value",),
    "against": ("options", "value"),
}


def layout(address: Address) -> html.Div:
    """Return the page with its controls set; the answer follows."""
    lang = address.lang
    choice = read(address, utc_now())
    return html.Div(
        [
            dcc.Location(id="data-url", refresh="callback-nav"),
            dcc.Store(id="data-context", data=spoken(lang)),
            dcc.Store(id="data-choice", data=_kept(choice)),
            dcc.Store(id="data-fits", data={code: one.plain() for code, one in offered().fits.items()}),
            dcc.Interval(id="data-retry", interval=RETRY_MS, disabled=True),
            pagebar(address, [(text(lang, "nav.data"), None)]),
            html.Main(
                [
                    panel(text(lang, "data.question"), controls(choice), name="data-question"),
                    dcc.Loading(
                        html.Div(id="data-results", className="data-results"),
                        parent_className="data-loading",
                        overlay_style={"visibility": "visible", "opacity": 0.4},
                        delay_show=300,
                        type="default",
                        color="var(--accent)",
                    ),
                ],
                className="data",
            ),
        ],
        className="page data-page",
    )


def _kept(choice: Choice) -> dict[str, Any]:
    """Return what the scripts need: the values of the controls, the server's time and the levels of regions."""
    known = places().get(choice.region)
    return choice.values() | {"now": utc_now().isoformat(), "regionLevel": known.level.value if known else ""}


def register(dash: Dash, client: Client) -> None:
    """Tie the page to its address and the address to the API."""
    values = [Input(f"data-{name}", "value") for name in CONTROLS]
    draw(dash, "data.choose", *values, State("data-choice", "data"), State("data-fits", "data"))
    draw(dash, "data.show", Input("data-choice", "data"), State("data-context", "data"))
    outputs = {name: {prop: Output(f"data-{name}", prop) for prop in props} for name, props in CONTROLS.items()}

    @dash.callback(
        output={"controls": outputs, "choice": Output("data-choice", "data")},
        inputs={"search": Input("data-url", "search")},
        state={"held": {name: State(f"data-{name}", "value") for name in CONTROLS}},
        prevent_initial_call=True,
    )
    def follow(search: str | None, held: dict[str, Any]) -> dict[str, Any]:
        choice = read(Address.parse(PATH, search), utc_now())
        return {"controls": _set_from(held, set_to(choice)), "choice": _kept(choice)}

    @dash.callback(
        output={
            "results": Output("data-results", "children"),
            "waits": Output("data-retry", "disabled"),
        },
        inputs={"search": Input("data-url", "search"), "_again": Input("data-retry", "n_intervals")},
    )
    def answer(search: str | None, _again: int | None) -> dict[str, Any]:
        address = Address.parse(PATH, search)
        results, passing = results_for(client, address)
        return {"results": results, "waits": not passing}


def _set_from(held: Mapping[str, Any], controls: Mapping[str, Values]) -> dict[str, Values]:
    """Leave the values alone that the controls had when they asked: what was chosen since would be taken back."""
    return {
        name: {**props, "value": no_update if props["value"] == held[name] else props["value"]}
        for name, props in controls.items()
    }


def results_for(client: Client, address: Address) -> tuple[list[Any], bool]:
    """Return what the page shows for an address, and whether asking again may help."""
    choice = read(address, utc_now())
    if found := trouble(address, choice):
        return view.refusal(choice, found), False
    try:
        return view.results(choice, ask(client, choice)), False
    except ApiError as error:
        passing = error.status in PASSING
        return view.failure(choice, error, again=passing), passing
