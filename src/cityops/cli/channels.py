"""The verb `cityops channels`: registers video channels from a CSV file, row by row, and plans of them."""

from dataclasses import asdict
from typing import Any

import typer

from cityops.cli.access.administering import actor, recorded, transaction
from cityops.cli.here import adopt
from cityops.cli.registration.options import File, FrameOption, Report, Streets
from cityops.domain.audit import Action
from cityops.domain.channels import REQUIRED, Channel, read_channel
from cityops.domain.registration.cells import Frame
from cityops.errors import CityopsError

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


LARGEST_PLANS = 1_000_000
"""Bytes of a file of plans."""


@app.command()
def plans(file: File) -> None:
    """Put plans of video (视频预案) in force instead of those there are: plan, name_zh, name_en, channel.

    A row for each channel, in the order in which they are offered; with a fault in the file all stays as it was.
    """
    from cityops.services import channels as acts

    try:
        if file.stat().st_size > LARGEST_PLANS:
            raise CityopsError(f"{file} has more than {LARGEST_PLANS:,} bytes: it is no file of plans")
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8 ({type(error).__name__}): save it as such") from error
    with transaction() as connection:
        found = acts.put_plans_in_force(connection, actor(), text, str(file))
    typer.echo(f"{len(found)} plans with {sum(len(one.channels) for one in found)} channels are in force")
