"""The verb `cityops doctor`: names what is weak in the deployment that the settings of this process describe."""

from dataclasses import asdict
from typing import Annotated

import typer

from cityops.cli.here import Here, adopt
from cityops.cli.lists import JsonOption, local, show_json, show_list
from cityops.clock import utc_now
from cityops.domain.findings import FindingSeverity


def doctor(
    as_json: JsonOption = False,
    instance: Here = None,
    pages: Annotated[str, typer.Option(help="Address of the dashboard as browsers have it: looked at, too.")] = "",
) -> None:
    """Name what is weak: logins, TLS, broker, secrets, accounts, keys, retention, standby, clock, disk and schema.

    Run it with the settings of API, workers and dashboard. Exits with status 1 if anything is serious.
    """
    from cityops.cli.doctor import configuration, endpoints
    from cityops.settings import settings
    from cityops.store.engine import connect
    from cityops.store.upkeep import standbys
    from cityops.store.upkeep.processes import weaknesses_of
    from cityops.store.upkeep.weaknesses import weaknesses

    adopt(instance)
    now = utc_now()
    url, unusable = settings().require_database(), configuration.unusable(settings())
    given = settings().model_copy(update=dict.fromkeys(unusable, ""))
    found = [*unusable.values(), *weaknesses_of(url)]
    with connect(url, "cityops doctor") as connection:
        found += standbys.weaknesses(connection, url, given.database_read_url)
        found += [*weaknesses(connection, now), *configuration.weaknesses(given)]
    found += endpoints.weaknesses(given, pages)
    found.sort(key=lambda finding: list(FindingSeverity).index(finding.severity))
    if as_json:
        show_json({"at": now, "findings": [asdict(one) for one in found]})
    else:
        title = f"{len(found)} findings as of {local(now, seconds=True)}"
        rows = [asdict(one) for one in found]
        show_list(title, ("severity", "item", "reason", "remedy"), rows, prose=("reason", "remedy"))
    if any(one.severity is FindingSeverity.SERIOUS for one in found):
        raise typer.Exit(1)
