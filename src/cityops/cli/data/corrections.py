"""The verb `cityops corrections`: what is known to be wrong with values of sources, listed, made and ended."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.domain.indicators.marks import CorrectionAction, CorrectionStatus
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from cityops.domain.indicators.definitions import Indicator

app = typer.Typer(
    help="Corrections of values that a source has wrong: they hold until the source says something else.",
    no_args_is_help=True,
)
Moment = Annotated[datetime, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="In the city's time.")]
COLUMNS = (
    *("id", "indicator", "region", "source", "from", "to", "action", "amount", "expected", "applies", "stale"),
    *("status", "by", "expires", "reason"),
)


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    indicator: Annotated[str | None, typer.Option(help="Code of an indicator.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the corrections that hold, newest first; `stale` counts values that are not as expected any more."""
    from cityops.store import regions
    from cityops.store.indicators import corrections as store

    with transaction() as connection:
        rows = store.listed(connection, indicator, holding=None if all_ else True)
        effects = store.effects(connection, rows, [one.code for one in regions.regions(connection)])
    told: list[dict[str, object]] = []
    for row in rows:
        effect = effects.get(row["id"], store.CorrectionEffect(0, 0))
        low, high = row["expected_low"], row["expected_high"]
        told.append(
            {name: row[name] for name in ("id", "action", "amount", "status", "by", "reason")}
            | {"indicator": row["indicator_code"], "region": row["region_code"], "source": row["source_system_code"]}
            | {"from": row["period_start"], "to": row["period_end"], "expires": row["expires_at"]}
            | {"expected": f"{low:g}" if low == high else f"{low:g} to {high:g}"}
            | {"applies": effect.applies, "stale": effect.stale}
        )
    show_list(as_of(), COLUMNS, told, as_json=as_json, prose=("reason",))


@app.command()
def add(
    indicator: Annotated[str, typer.Argument(help="Code of an indicator whose values come from outside.")],
    action: Annotated[CorrectionAction, typer.Argument(help="What is done with a value that is as expected.")],
    start: Moment,
    end: Moment,
    expected: Annotated[float, typer.Option(help="What the source says now; of several values the least.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    expected_to: Annotated[float | None, typer.Option(help="Of several values the greatest.")] = None,
    amount: Annotated[float | None, typer.Option(help="Of override the value, of scale the factor.")] = None,
    region: Annotated[str | None, typer.Option(help="Code of a region; without it all.")] = None,
    source: Annotated[str | None, typer.Option(help="Code of a source system; without it all.")] = None,
    expires: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Over by itself then.")] = None,
) -> None:
    """Make a correction of the values of a time; it holds at once, on every screen and in every file."""
    from cityops.domain.indicators.corrections import CorrectionError, NewCorrection
    from cityops.services.indicators import corrections as acts

    high = expected if expected_to is None else expected_to
    one = NewCorrection(
        *(indicator, region, source, _in_zone(start), _in_zone(end), action, amount, expected, high, reason.strip()),
        None if expires is None else _in_zone(expires),
    )
    if not one.reason:
        raise CityopsError("--reason: says nothing; write down why")
    try:
        with transaction() as connection:
            number = acts.add(connection, actor(), one, _every())
    except CorrectionError as error:
        raise CityopsError(str(error)) from None
    typer.echo(f"correction {number}: {action} {indicator}")


@app.command()
def close(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The id that `list` shows.")],
    note: Annotated[str, typer.Option(help="What has become of it.")],
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="It was a mistake: the source was right.")] = False,
) -> None:
    """End a correction: the source is repaired, or was right; its values are shown as they come from then on."""
    from cityops.domain.indicators.corrections import CorrectionError
    from cityops.services.indicators import corrections as acts

    status = CorrectionStatus.WITHDRAWN if withdrawn else CorrectionStatus.FIXED_UPSTREAM
    try:
        with transaction() as connection:
            acts.step(connection, actor(), number, status, _every(), note=note)
    except CorrectionError as error:
        raise CityopsError(str(error)) from None
    typer.echo(f"correction {number} is {status}")


def _every() -> "dict[str, Indicator]":
    from cityops import reference
    from cityops.domain.indicators.definitions import indicators
    from cityops.indicators import in_force

    return indicators(reference.metrics(), {}, in_force().themes)


def _in_zone(local: datetime) -> datetime:
    return local.replace(tzinfo=CITY_ZONE).astimezone(UTC)
