"""Reads the uplinks of The Things Stack v3: v3/<app>@<tenant>/devices/<device>/up over MQTT, or its webhook by HTTP.

Format: https://www.thethingsindustries.com/docs/integrations/data-formats/
"""

from collections.abc import Iterator
from typing import Any

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import parsed
from cityops_ingest.formats.reports import Delivery, Report, flat, frame, read_object, units_beside
from cityops_ingest.formats.routing import Route

_OTHER_EVENTS = ("join_accept", "downlink_", "location_solved", "service_data")


def reports(payload: bytes, _delivery: Delivery, _route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of an uplink; the device is its dev_eui, else its device_id; other events are no readings."""
    event = read_object(payload)
    if isinstance(event, Refusal):
        yield event
        return
    uplink = event.get("uplink_message")
    if isinstance(uplink, dict):
        yield _report(event, uplink)
    elif not any(name.startswith(_OTHER_EVENTS) for name in event):
        yield Refusal(0, Reason.WRONG_TYPE, "uplink_message is missing: this is no uplink of The Things Stack v3")


def _report(event: dict[str, Any], uplink: dict[str, Any]) -> Report | Refusal:
    ids = event.get("end_device_ids")
    ids = ids if isinstance(ids, dict) else {}
    device = ids.get("dev_eui") or ids.get("device_id")
    if not isinstance(device, str):
        return Refusal(0, Reason.WRONG_TYPE, "end_device_ids has neither dev_eui nor device_id")
    if event.get("simulated") is True:
        return Refusal(0, Reason.BAD_QUALITY, "the uplink is simulated")
    decoded = uplink.get("decoded_payload")
    if not isinstance(decoded, dict):
        missing = "decoded_payload is missing: give the end device an uplink payload formatter"
        return Refusal(0, Reason.WRONG_TYPE, missing)
    received = uplink.get("received_at") or event.get("received_at")
    try:
        ts = None if received is None else parsed(received)
    except ValueError as error:
        return Refusal(0, Reason.BAD_TIME, f"received_at: {error}"[:EXCERPT])
    fields = flat(decoded)
    # A counter of 0 is left out, as protobuf's JSON does; a frame without a session is none of the network's.
    counter = uplink.get("f_cnt", 0 if "session_key_id" in uplink or "f_port" in uplink else None)
    counted = frame(counter, ids.get("dev_addr"), uplink.get("frm_payload"), decoded)
    return Report(0, device, ts, fields, units=units_beside(fields), frame=counted)
