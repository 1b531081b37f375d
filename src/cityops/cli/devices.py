"""The verb `cityops devices`: registers devices, counts them by state, and names what is out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from cityops.cli.access.administering import recorded
from cityops.cli.here import adopt
from cityops.cli.lists import JsonOption, show_json, show_list
from cityops.cli.registration.options import File, FrameOption, Report, Streets
from cityops.cli.watch import watch
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY
from cityops.domain.audit import Action
from cityops.domain.devices import REQUIRED, Device, read_device
from cityops.domain.freshness import DeviceState
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.registration.cells import Frame
from cityops.visible import visible

app = typer.Typer(help="Register devices from a CSV file, watch over their states, count them.", no_args_is_help=True)
app.command()(watch)


@app.command("import")
def import_(file: File, frame: FrameOption = Frame.WGS84, streets: Streets = None, report: Report = None) -> None:
    """Register the devices of a CSV file with the columns of `cityops simulate fleet`; bad rows are named.

    Good rows are kept; run again, what is registered already is updated or left alone. Exits with 1 if a row was bad.
    """
    from cityops.settings import settings

    adopt()
    import_devices(settings().require_database(), file, frame, streets, report)


def import_devices(
    database_url: str,
    file: Path,
    frame: Frame = Frame.WGS84,
    streets: Path | None = None,
    report: Path | None = None,
) -> None:
    """Register the good rows and print what became of all; exit with status 1 if any row was bad."""
    from cityops import reference
    from cityops.cli.registration.file import FileReading, Register, atlas, import_file, tell
    from cityops.store.engine import connect
    from cityops.store.registration import importing_devices, registrable

    register: Register[Device] = Register(REQUIRED, read_device, importing_devices)
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    detail: dict[str, Any] = {}
    with connect(database_url, "cityops devices") as connection:
        known = registrable(connection, "readings", streets_by_place=streets is not None)
        reading = FileReading(register, known, atlas(streets, known), frame)
        with recorded(database_url, Action.DEVICE_IMPORT, str(file), detail):
            result = import_file(connection, file, reading, metrics_of, report)
            detail |= asdict(result) | {"moved": len(result.moved)}
    tell(result, reading.remarks, report)


@app.command()
def counts(as_json: JsonOption = False) -> None:
    """Count the devices by district, kind and state, and name what is out, as of the last look of the watch."""
    from cityops import reference
    from cityops.domain.outages import counted, outages
    from cityops.settings import settings
    from cityops.store import device_states
    from cityops.store.engine import make_engine, reading

    adopt()
    engine = make_engine(settings().require_database())
    with reading(engine, WHOLE_CITY) as connection:
        looked_at, tallies = device_states.looked_at(connection), device_states.tallies(connection)
        names, ahead = device_states.names(connection), sum(device_states.clocks_ahead(connection).values())
    engine.dispose()
    regions = {region.code: region.name_en for region in reference.regions()}
    kinds = {code: name for code, (_, name) in names.kinds.items()}
    of_districts = _rows(regions, counted(tallies, lambda one: one.district))
    of_kinds = _rows(kinds, counted(tallies, lambda one: one.kind))
    out = [
        one.in_english(regions[one.region_code], names.of(one)[1]) for one in outages(tallies, reference.CITY_CODE)
    ]
    if as_json:
        show_json(
            {"at": looked_at, "districts": of_districts, "kinds": of_kinds, "outages": out, "clocks_ahead": ahead}
        )
        return
    columns = ("code", "name", "devices", *DeviceState)
    typer.echo(_as_of(looked_at))
    show_list("districts", columns, of_districts)
    show_list("kinds", columns, of_kinds)
    if ahead:
        out.append(f"{ahead:,} devices have a clock that runs ahead: /api/v1/devices?clock_ahead=true names them")
    for sentence in out:
        typer.echo(visible(sentence))


def _rows(names: dict[str, str], counts: Iterable[tuple[str, Counter[DeviceState]]]) -> list[dict[str, object]]:
    return [
        {
            "code": code,
            "name": names[code],
            "devices": states.total(),
            **{state: states[state] for state in DeviceState},
        }
        for code, states in counts
    ]


def _as_of(looked_at: datetime | None) -> str:
    if looked_at is None:
        return "no state has been judged yet: run `cityops jobs`"
    age = (utc_now() - looked_at).total_seconds()
    return f"states as of {looked_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}, {age:,.0f} s ago"
