"""The verb `cityops dashboard`: serves the wall, the district pages and the data page from the API's data."""

from typing import Annotated

import typer

from cityops.log import configure
from cityops.settings import settings

app = typer.Typer(help="Serve the wall, the district pages and the data page.")


@app.callback(invoke_without_command=True)
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8050,
    api_url: Annotated[str, typer.Option(help="Address of the API; default: CITYOPS_API_URL.")] = "",
) -> None:
    """Serve the pages until stopped; they wait for the API where it is not there yet."""
    import uvicorn

    from cityops_dashboards.app import create_app

    configure()
    # One process only: each keeps one hub, and a second would ask the API everything a second time.
    uvicorn.run(
        create_app(api_url or settings().api_url),
        host=host,
        port=port,
        log_config=None,
        timeout_graceful_shutdown=1,  # the streams to the screens are open for days and never end by themselves
    )
