"""The fleet as a CSV table, in the columns that the import of devices reads."""

import csv
import dataclasses
from collections.abc import Iterable
from typing import TextIO

from cityops.domain.devices import Device

COLUMNS = tuple(field.name for field in dataclasses.fields(Device))


def write_registry(devices: Iterable[Device], file: TextIO) -> None:
    """Write a header and one line per device."""
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(dataclasses.astuple(device) for device in devices)
