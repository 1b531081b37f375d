"""The verb `cityops api`: serves the aggregated state of the city over HTTP."""

from typing import Annotated

import typer

from cityops.listening import Inherited, Port, taken_over

GRACE_S = 3
"""Seconds that running answers get when the process is told to stop."""


def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 8000,
    fd: Inherited = None,
) -> None:
    """Serve the API from the database named by CITYOPS_DATABASE_URL."""
    import os

    from cityops import serving
    from cityops.api.app import create_app
    from cityops.api.routes.single_sign_on import SingleSignOn
    from cityops.domain.channels import VideoGateway
    from cityops.indicators import folder, forms_folder, reports_folder
    from cityops.log import configure
    from cityops.presence import marks_of
    from cityops.services.processes import present
    from cityops.settings import settings
    from cityops.store.schema.revision import head

    configure()
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # of its own pyarrow keeps 25 MB that are free again
    listener = taken_over(fd, host, port, "the API")
    given = settings()
    given.check_addresses("database_read_url", "mqtt_admin_url")
    gateway = VideoGateway.of(given.video_gateway)
    app = create_app(
        given.require_database(),
        SingleSignOn.of(given),
        read_url=given.database_read_url,
        broker=given.mqtt_admin_url,
        gateway=gateway,
    )
    folders = {"CITYOPS_INDICATORS": folder(), "CITYOPS_FORMS": forms_folder(), "CITYOPS_REPORTS": reports_folder()}
    names = ("CITYOPS_OIDC_ISSUER", "CITYOPS_OIDC_CLIENT_ID", "CITYOPS_VIDEO_GATEWAY")
    marks = marks_of(*names, folders=folders, files={"CITYOPS_OIDC_MAPPING": given.oidc_mapping})
    with present(given.database_url, "api", str(port), marks, head()):
        serving.PartServer(serving.config(app, host, port, grace_s=GRACE_S)).run([listener])
