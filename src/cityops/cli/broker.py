"""The verb `cityops broker users`: enters our own users, with the settings' passwords, before the broker starts."""

from pathlib import Path
from typing import Annotated

import typer

from cityops.errors import CityopsError

app = typer.Typer(help="Our own users at the broker; source systems come in by `cityops keys`.", no_args_is_help=True)


@app.command("users")
def users(
    file: Annotated[Path, typer.Argument(help="The file of its dynamic security (plugin_opt_config_file).")],
) -> None:
    """Enter our own users with the passwords of the settings; whom else the file knows stays.

    Beside it is written what broker.sh calls the guard's session.
    """
    from cityops.mqtt import sessions
    from cityops.mqtt.mosquitto import roles
    from cityops.settings import settings

    given = settings()
    if not (given.ingest_password and given.broker_admin_password):
        raise CityopsError("CITYOPS_INGEST_PASSWORD or CITYOPS_BROKER_ADMIN_PASSWORD is not set: give both")
    passwords = {
        roles.WORKERS: given.ingest_password,
        roles.ADMIN: given.broker_admin_password,
        roles.SIMULATOR: given.simulator_password,
        roles.SPARKPLUG: given.sparkplug_password,
    }
    entered = {name: password for name, password in passwords.items() if password}
    roles.write_users(file, entered)
    sessions.write_guard(file.with_name("guard-session"), given.ingest_password)
    typer.echo(f"{file}: {', '.join(entered)} may sign in at the broker")
