"""The verb `cityops channels`: registers video channels from a CSV file, row by row."""

from dataclasses import asdict
from typing import Any

import typer

from cityops.cli.administering import recorded
from cityops.cli.here import adopt
from cityops.cli.registration.options import File, FrameOption, Report, Streets
from cityops.domain.audit import Action
from cityops.domain.channels import REQUIRED, Channel, read_channel
from cityops.domain.registration.cells import Frame

app = typer.Typer(help="Register video channels from a CSV file.", no_args_is_help=True)


@app.callback()
def _channels() -> None:
    """Register video channels."""


@app.command("import")
def import_(file: File, frame: FrameOption = Frame.WGS84, streets: Streets = None, report: Report = None) -> None:
    """Register the channels of a CSV file: code, name_zh, source_system_code, region_code, lon, lat, state.

    The code has 20 digits; place and state (ON, OFF) may be left out. Run again, what has changed is taken over.
    """
    from cityops.cli.registration.file import FileReading, Register, atlas, import_file, tell
    from cityops.settings import settings
    from cityops.store.engine import connect
    from cityops.store.registration import importing_channels, registrable

    register: Register[Channel] = Register(REQUIRED, read_channel, importing_channels)
    adopt()
    url, detail = settings().require_database(), dict[str, Any]()
    with connect(url, "cityops channels") as connection:
        known = registrable(connection, "video", streets_by_place=streets is not None)
        reading = FileReading(register, known, atlas(streets, known), frame)
        with recorded(url, Action.CHANNEL_IMPORT, str(file), detail):
            result = import_file(connection, file, reading, {}, report)
            detail |= asdict(result) | {"moved": len(result.moved)}
    tell(result, reading.remarks, report)
