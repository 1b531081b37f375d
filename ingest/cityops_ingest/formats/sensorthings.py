"""Reads observations of OGC SensorThings 1.1: v1.1/Datastreams(<id>)/Observations, over MQTT and HTTP alike.

Format: OGC 18-088, sections 8.2.4 and 14 (a body that is published or posted to a datastream's observations).
"""

import re
from collections.abc import Iterator
from typing import Any

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import parsed
from cityops_ingest.formats.quality import of_statement
from cityops_ingest.formats.reports import Delivery, Report, read_object
from cityops_ingest.formats.routing import Route

_DATASTREAM = re.compile(r"Datastreams\((.+)\)")


def reports(payload: bytes, delivery: Delivery, _route: Route) -> Iterator[Report | Refusal]:
    """Yield the report of an observation; device and field are both the id of its datastream, as text."""
    observation = read_object(payload)
    if isinstance(observation, Refusal):
        yield observation
        return
    datastream = _of_topic(delivery.levels) or _of_body(observation)
    if delivery.levels[-1] != "Observations" or not datastream:
        wanted = "the topic is not …/Datastreams(<id>)/Observations, and the body names no Datastream"
        yield Refusal(0, Reason.BAD_TOPIC, wanted)
        return
    try:
        ts = _time(observation)
    except ValueError as error:
        yield Refusal(0, Reason.BAD_TIME, str(error)[:EXCERPT])
    else:
        yield _report(datastream, ts, observation)


def _report(datastream: str, ts: int | None, observation: dict[str, Any]) -> Report | Refusal:
    if "result" not in observation:
        return Refusal(0, Reason.WRONG_TYPE, "the observation has no result")
    result = observation["result"]
    if isinstance(result, dict | list):
        return Refusal(0, Reason.WRONG_TYPE, "the result is not a number: MultiDatastreams are not taken")
    said, unit = of_statement(observation.get("resultQuality")), _unit(observation)
    return Report(
        0,
        datastream,
        ts,
        {datastream: result},
        units={datastream: unit} if unit else {},
        qualities={datastream: said} if said else {},
    )


def _unit(observation: dict[str, Any]) -> str | None:
    """Return the unit that an observation tells with its datastream, where it was sent expanded (section 8.2.4)."""
    linked = observation.get("Datastream")
    unit = linked.get("unitOfMeasurement") if isinstance(linked, dict) else None
    told = (unit.get("symbol") or unit.get("name")) if isinstance(unit, dict) else None
    return told if isinstance(told, str) else None


def _of_topic(levels: list[str]) -> str | None:
    found = _DATASTREAM.fullmatch(levels[-2]) if len(levels) > 1 else None
    return found[1].strip("'") if found else None


def _of_body(observation: dict[str, Any]) -> str | None:
    linked = observation.get("Datastream")
    return str(linked.get("@iot.id", "")) if isinstance(linked, dict) else None


def _time(observation: dict[str, Any]) -> int | None:
    """Return when the phenomenon was observed, the end of it if it lasted; else when the result came about."""
    for name in ("phenomenonTime", "resultTime"):
        given = observation.get(name)
        if given is not None:
            return _end(given)
    return None


def _end(given: Any) -> int:
    if not isinstance(given, str) or "/" not in given:
        return parsed(given)
    start, _, end = given.partition("/")
    if parsed(start) > parsed(end):
        raise ValueError(f"{given!r} ends before it begins")
    return parsed(end)
