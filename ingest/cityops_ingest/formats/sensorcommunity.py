"""Reads what sensors of Sensor.Community (airRohr) push by HTTP: readings as text, without a time of their own.

Format: https://github.com/opendata-stuttgart/meta/wiki/APIs, section "push"; over MQTT the body must name the sensor.
"""

from collections.abc import Iterator
from typing import Any

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.formats.reports import Delivery, Report, read_object
from cityops_ingest.formats.routing import Route

_OF_THE_SENDER = {"samples", "min_micro", "max_micro", "interval", "signal"}
"""What the firmware says of itself and its radio."""


def reports(payload: bytes, _delivery: Delivery, _route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of a push; the device is `esp8266id`, the fields are the value types."""
    body = read_object(payload)
    if isinstance(body, Refusal):
        yield body
        return
    device, values = body.get("esp8266id"), body.get("sensordatavalues")
    if not isinstance(device, str | int) or isinstance(device, bool) or not str(device):
        yield Refusal(0, Reason.WRONG_TYPE, "neither esp8266id nor the header X-Sensor names the sensor")
    elif not isinstance(values, list):
        yield Refusal(0, Reason.WRONG_TYPE, "sensordatavalues is missing: this is no push of Sensor.Community")
    else:
        fields: dict[str, Any] = {}
        for one in values:
            named = one.get("value_type") if isinstance(one, dict) else None
            if not isinstance(named, str) or named in fields:
                yield Refusal(0, Reason.WRONG_TYPE, f"value {str(one)[:60]} has no value_type of its own")
            elif named not in _OF_THE_SENDER:
                fields[named] = _number(one.get("value"))
        yield Report(0, str(device).removeprefix("esp8266-").removeprefix("esp32-"), None, fields)


def _number(raw: Any) -> Any:
    """Return a number that is written as text, so that one without a mapping is refused by name as any other is."""
    try:
        return float(raw) if isinstance(raw, str) else raw
    except ValueError:
        return raw
