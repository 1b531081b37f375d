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
    import secrets

    import structlog

    from cityops.addresses import check_web
    from cityops.domain.channels import VideoGateway
    from cityops.log import configure
    from cityops.settings import settings
    from cityops_dashboards.app import create_app
    from cityops_dashboards.forms.single_sign_on import SingleSignOn
    from cityops_dashboards.presence import present
    from cityops_dashboards.scenes.shelf import in_force
    from cityops_dashboards.server import serve

    configure()
    if api_url:
        check_web("--api-url", api_url)
    settings().check_addresses("api_url")
    in_force()  # scenes that are wrong are told now, not by a wall that stays black
    listener = taken_over(fd, host, port, "the dashboard")
    given = settings()
    if not given.secret:
        structlog.get_logger().warning(
            "CITYOPS_SECRET is not set: whoever signs in is signed out when the dashboard starts again"
        )
    gateway = VideoGateway.of(given.video_gateway)
    asked, secret = api_url or given.api_url, given.secret or secrets.token_urlsafe(32)
    server = create_app(asked, given.api_key, secret, SingleSignOn.of(given), gateway)
    with present(asked, given.api_key, secret, str(port)):
        serve(server, host, port, listener)
