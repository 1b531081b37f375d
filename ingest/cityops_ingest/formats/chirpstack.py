"""Reads the uplink events of ChirpStack v4: application/<id>/device/<devEui>/event/up, JSON with a decoded object.

Format: https://www.chirpstack.io/docs/chirpstack/integrations/events.html
"""

from collections.abc import Iterator

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import parsed
from cityops_ingest.formats.reports import Delivery, Report, flat, frame, read_object, units_beside
from cityops_ingest.formats.routing import Route


def reports(payload: bytes, _delivery: Delivery, _route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of an uplink; the device is its devEui, the fields are those of `object`."""
    event = read_object(payload)
    yield event if isinstance(event, Refusal) else _report(event)


def _report(event: dict[str, object]) -> Report | Refusal:
    info = event.get("deviceInfo")
    device = info.get("devEui") if isinstance(info, dict) else None
    if not isinstance(device, str):
        return Refusal(0, Reason.WRONG_TYPE, "deviceInfo.devEui is missing: this is no event of ChirpStack v4")
    decoded = event.get("object")
    if not isinstance(decoded, dict):
        missing = "object is missing: give the device profile a codec, and the route only event/up"
        return Refusal(0, Reason.WRONG_TYPE, missing)
    try:
        ts = None if event.get("time") is None else parsed(event["time"])
    except ValueError as error:
        return Refusal(0, Reason.BAD_TIME, f"time: {error}"[:EXCERPT])
    fields = flat(decoded)
    counted = frame(event.get("fCnt"), event.get("devAddr"), event.get("data"), decoded)
    return Report(0, device, ts, fields, units=units_beside(fields), frame=counted)
