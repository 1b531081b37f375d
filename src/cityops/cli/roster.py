"""The verb `cityops roster`: who is on duty (值班表), imported from a CSV file line by line, and listed."""

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, local, show_list
from cityops.cli.registration.options import File
from cityops.clock import utc_now
from cityops.domain.modes.roster import RosterDuty, RosterError, RosterLine, RosterOutcome, masked
from cityops.errors import CityopsError

app = typer.Typer(help="Who is on duty where, as what, when and under which modes.", no_args_is_help=True)

LARGEST = 5_000_000
"""Bytes of a file."""


@app.command("import")
def import_(file: File, as_json: JsonOption = False) -> None:
    """Take a CSV file of duties: region_code, role, order, person, phone, from, to, modes.

    Times are the city's (2026-11-28 08:00); modes are some of normal, alert, emergency, event, parted by blanks. A
    line of the same region, role, order, beginning and modes takes the place of the one before; without a person it
    takes that out. Each line is told with what became of it; those that are sound are taken.
    """
    from cityops.services import roster as acts

    try:
        if file.stat().st_size > LARGEST:
            raise CityopsError(f"{file} has more than {LARGEST:,} bytes: it is no roster")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8 ({type(error).__name__}): save it as such") from error
    try:
        with transaction() as connection:
            told = acts.import_roster(connection, actor(), text.splitlines(keepends=True), str(file))
    except RosterError as error:
        raise CityopsError(f"{file}: {error}") from None
    columns = ("line", "outcome", "region", "role", "order", "person", "from", "to", "why")
    show_list(str(file), columns, [_line(one) for one in told], as_json=as_json, prose=("why",))
    if refused := sum(one.outcome is RosterOutcome.REFUSED for one in told):
        raise CityopsError(f"{refused} of {len(told)} lines were refused; correct these and import the file again")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the duties that are not over, by region, role and order; numbers are masked."""
    from cityops.store.modes import roster as store

    with transaction() as connection:
        duties = store.in_force(connection, utc_now())
    columns = ("region", "role", "order", "person", "phone", "from", "to", "modes")
    rows = [_told(duty) | {"phone": masked(duty).phone, "modes": " ".join(sorted(duty.kinds))} for duty in duties]
    show_list(as_of(), columns, rows, as_json=as_json)


def _line(one: RosterLine) -> dict[str, object]:
    return {"line": one.line, "outcome": one.outcome.value, "why": one.why} | (_told(one.duty) if one.duty else {})


def _told(duty: RosterDuty) -> dict[str, object]:
    return {
        "region": duty.region_code,
        "role": duty.role,
        "order": duty.place,
        "person": duty.person,
        "from": local(duty.starts_at),
        "to": local(duty.ends_at),
    }
