"""Reads the device states of Zigbee2MQTT: zigbee2mqtt/<friendly name>, JSON, with the time last_seen if configured.

Format: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html
"""

from collections.abc import Iterator

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import microseconds, parsed
from cityops_ingest.formats.reports import Delivery, Report, flat, read_object
from cityops_ingest.formats.routing import Route

_NOT_STATES = {"availability", "set", "get"}
_OF_THE_LINK = ("last_seen", "elapsed", "linkquality", "update.", "device.")
"""What Zigbee2MQTT itself adds to a state: its radio link, firmware updates and the device's description."""


def reports(payload: bytes, delivery: Delivery, _route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of a state; a friendly name may contain slashes. What else the bridge says is no state."""
    names = delivery.levels[1:]
    if not names or names[0] == "bridge" or names[-1] in _NOT_STATES:
        return
    state = read_object(payload)
    yield state if isinstance(state, Refusal) else _report(state, "/".join(names))


def _report(state: dict[str, object], device: str) -> Report | Refusal:
    try:
        ts = _last_seen(state.get("last_seen"))
    except ValueError as error:
        return Refusal(0, Reason.BAD_TIME, f"last_seen: {error}"[:EXCERPT])
    fields = {name: value for name, value in flat(state).items() if not name.startswith(_OF_THE_LINK)}
    return Report(0, device, ts, fields)


def _last_seen(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):  # last_seen: epoch, in milliseconds
        return microseconds(value)
    return None if value is None else parsed(value)
