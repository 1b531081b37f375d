"""The verb `cityops broker declare`: has a cluster of RabbitMQ hold what the ingest needs; routes name the topics."""

from pathlib import Path
from typing import Annotated

import typer

from cityops.cli import broker
from cityops.errors import CityopsError


@broker.app.command()
def declare(
    adapters: Annotated[
        Path | None, typer.Option(help="TOML file of routes: their topics are taken too.", show_default="none")
    ] = None,
) -> None:
    """Declare queues, bindings, bounds and our own users at RabbitMQ (CITYOPS_MQTT_ADMIN_URL=http://…); repeatable.

    What is there and is otherwise is refused by name. Users get the passwords of the settings.
    """
    from cityops.mqtt.mosquitto import roles
    from cityops.mqtt.rabbitmq.queues import queues
    from cityops.mqtt.rabbitmq.topology import declare as have
    from cityops.settings import settings
    from cityops_ingest.formats.routing import NO_ROUTES, read_routes

    given = settings()
    if not (given.mqtt_admin_url and given.ingest_password):
        raise CityopsError(
            "CITYOPS_MQTT_ADMIN_URL or CITYOPS_INGEST_PASSWORD is not set: give both, the first such as "
            "http://admin:password@host:15672"
        )
    routes = read_routes(adapters) if adapters else NO_ROUTES
    passwords = {
        roles.WORKERS: given.ingest_password,
        roles.SIMULATOR: given.simulator_password,
        roles.SPARKPLUG: given.sparkplug_password,
    }
    made = have(given.mqtt_admin_url, queues(routes.shared.filters(), routes.ordered.filters()), passwords)
    for line in made:
        typer.echo(f"made: {line}")
    typer.echo("the broker is as it shall be" if not made else "the broker is now as it shall be")
