"""Options of the imports of devices and of video channels."""

from pathlib import Path
from typing import Annotated

import typer

from cityops.domain.registration.cells import Frame

File = Annotated[Path, typer.Argument(help="CSV file in UTF-8; - reads standard input.")]
FrameOption = Annotated[Frame, typer.Option(help="Frame of the places in rows without a cell `frame`.")]
Streets = Annotated[
    Path | None, typer.Option(help="GeoJSON with a polygon per street, WGS-84: finds the street of a place.")
]
Report = Annotated[Path | None, typer.Option(help="Write what became of each row to this CSV file.")]
