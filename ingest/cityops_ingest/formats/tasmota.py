"""Reads the sensor messages of Tasmota: tele/<topic>/SENSOR, JSON, its Time local and without a zone.

Format: https://tasmota.github.io/docs/MQTT/ and https://tasmota.github.io/docs/JSON-Status-Responses/
"""

import re
from collections.abc import Iterator
from datetime import datetime

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import parsed, without_leap
from cityops_ingest.formats.reports import Delivery, Report, flat, read_object
from cityops_ingest.formats.routing import Route

_UNIT_OF = {
    "TempUnit": re.compile(r"temp|dewpoint|heatindex|feelslike|wetbulb|^(obj|amb)tmp", re.IGNORECASE),
    "PressureUnit": re.compile(r"pressure", re.IGNORECASE),
    "SpeedUnit": re.compile(r"speed|gust|^wind(avg|max|min)?$", re.IGNORECASE),
}
"""The fields that a unit holds for: Temperature, Temperature1, ChipTemp, DewPoint; SeaPressure; WindSpeed, Gust."""


def reports(payload: bytes, delivery: Delivery, route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of a message; the device is the topic's level before the last, nested sensors are dotted."""
    if len(delivery.levels) < 2 or delivery.levels[-1] != "SENSOR":
        yield Refusal(0, Reason.BAD_TOPIC, "the topic does not end with /SENSOR: narrow the route's filter")
        return
    message = read_object(payload)
    yield message if isinstance(message, Refusal) else _report(message, delivery.levels[-2], route)


def _report(message: dict[str, object], device: str, route: Route) -> Report | Refusal:
    text = message.get("Time")
    try:
        ts = None if text is None else parsed(text, route.tzinfo)
    except ValueError as error:
        return Refusal(0, Reason.BAD_TIME, f"Time: {error}"[:EXCERPT])
    fields = {name: value for name, value in flat(message).items() if name != "Time"}
    is_uncertain = isinstance(text, str) and _is_twice_a_year(text, route)
    return Report(0, device, ts, fields, is_uncertain, units=_units(message, fields))


def _units(message: dict[str, object], fields: dict[str, object]) -> dict[str, str]:
    """Return the units that a message tells once for all its sensors: TempUnit, PressureUnit, SpeedUnit."""
    told = [(quantity, unit) for name, quantity in _UNIT_OF.items() if isinstance(unit := message.get(name), str)]
    return {field: unit for quantity, unit in told for field in fields if quantity.search(field.rpartition(".")[2])}


def _is_twice_a_year(text: str, route: Route) -> bool:
    """Return whether a local time comes twice, or never, because clocks are changed; Guangzhou's are not."""
    try:
        local = datetime.fromisoformat(without_leap(text))
    except ValueError:  # a number
        return False
    if local.tzinfo is not None:
        return False
    early, late = (local.replace(tzinfo=route.tzinfo, fold=fold) for fold in (0, 1))
    return early.utcoffset() != late.utcoffset()
