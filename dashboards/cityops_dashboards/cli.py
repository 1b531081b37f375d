"""The verb `cityops dashboard`: serves the wall, the district pages and the data page from the API's data."""

from typing import Annotated

import typer

from cityops.listening import Inherited, Port, taken_over

app = typer.Typer(help="Serve the wall, the district pages and the data page.")


@app.callback(invoke_without_command=True)
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8050,
    fd: Inherited = None,
    api_url: Annotated[str, typer.Option(help="Address of the API; default: CITYOPS_API_URL.")] = "",
) -> None:
    """Serve the pages until stopped; they wait for the API where it is not there yet."""
    import structlog

    from cityops.domain.channels import VideoGateway
    from cityops.log import configure
    from cityops.settings import settings
    from cityops_dashboards.app import create_app
    from cityops_dashboards.forms.single_sign_on import SingleSignOn
    from cityops_dashboards.scenes.shelf import in_force
    from cityops_dashboards.server import serve

    configure()
    in_force()  # scenes that are wrong are told now, not by a wall that stays black
    listener = taken_over(fd, host, port, "the dashboard")
    given = settings()
    if not given.secret:
        structlog.get_logger().warning(
            "CITYOPS_SECRET is not set: whoever signs in is signed out when the dashboard starts again"
        )
    gateway = VideoGateway.of(given.video_gateway)
    server = create_app(api_url or given.api_url, given.api_key, given.secret, SingleSignOn.of(given), gateway)
    serve(server, host, port, listener)
