"""Which deployment a verb works on: that of the settings, else what runs on this machine from this checkout."""

import os
from typing import Annotated

import typer

from cityops.errors import CityopsError

Here = Annotated[
    str | None,
    typer.Option(
        "--instance", help="Instance that runs here, without CITYOPS_DATABASE_URL; default: that of this checkout."
    ),
]


def adopt(instance: str | None = None) -> None:
    """Take over the addresses of what runs here where CITYOPS_DATABASE_URL is not set, and say so.

    Raises
    ------
    CityopsError
        The instance that was named does not run.
    """
    from cityops.settings import settings

    if settings().database_url and instance is None:
        return
    from cityops.local.running import running_environment

    found = running_environment(instance)
    if found is None:
        if instance:
            raise CityopsError(f"no `cityops up` or `demo` runs here as the instance {instance}")
        return  # who needs the address says that it is not set
    folder, addresses = found
    os.environ.update(addresses)
    settings.cache_clear()
    typer.echo(f"of what runs here: {folder}", err=True)
