"""Ties what a page holds to functions of the page scripts, so that drawing costs the server nothing."""

from typing import Any

from dash import ClientsideFunction, Dash


def draw(app: Dash, function: str, *arguments: Any) -> None:
    """Call the browser function `module.name` (see `assets/js/`) whenever an input among its arguments changes.

    With an `Output` first, the function's answer goes there; without one, it draws by itself. Dash keeps only one
    callback without output per set of arguments.
    """
    module, name = function.split(".")
    app.clientside_callback(ClientsideFunction(module, name), *arguments)
