"""Takes histories out of a report: values of the past that a message brings with it, each entry with its own time.

Milesight's codecs have `history: [{"timestamp": 1795719900, "temperature": 20.1}]` beside `temperature`; others call
it otherwise. A list whose objects tell a time is one, and so is a list of objects that is named like one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import EXCERPT, Refusal
from cityops_ingest.decode.times import of_past
from cityops_ingest.formats.reports import Report
from cityops_ingest.formats.routing import Route
from cityops_ingest.formats.values import is_number

_MOST = 20
"""Histories of one message; the numbers of others are refused by name, like any that are not mapped."""

_TIME_WORDS = (
    "timestamp timestampms timestamps ts datetime time timems utc utctime timeutc datetimeutc unixtime unixtimestamp"
    " unix epoch epochtime epochms date recordedat measuredat sampledat loggedat createdat recordtime measuretime"
    " sampletime collecttime acqtime logtime eventtime localtime"
)
_TIMES = dict.fromkeys(_TIME_WORDS.split())
"""What the time of an entry is called, letters alone, the surest first."""

_THING_WORDS = (
    "channel ch chn port probe sensor sensorid address addr slot node device deviceid deveui name label type"
    " measurementid"
)
_OTHER_THINGS = set(_THING_WORDS.split())
"""What tells entries of several things apart, letters alone: together they are no history of one."""

_VALUES = {"value", "v", "val"}
_PAST = re.compile(r"histor|datalog|backlog|buffer", re.IGNORECASE)
_NOT_PAST = re.compile(r"forecast|predict|schedul|plan|program|setpoint|target", re.IGNORECASE)
_STEM = re.compile(r"(.+?)[_-]?(?:history|histories|datalog|log|buffer)", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[^a-z]")

Fields = Mapping[str, Any]


class _Entry(NamedTuple):
    """An entry of a history: its own name (`history.3`), and its raw values by their names within it."""

    name: str
    fields: dict[str, Any]


def apart(report: Report, route: Route) -> Iterator[Report | Refusal]:
    """Yield a report without its histories, then a report for each of their entries, or why it has no time.

    An entry's fields are those of the object that holds the history, unless the route maps `history.field`. Numbers
    without a mapping stay in the first report as `history.field`, once for all entries.
    """
    rest, entries = dict(report.fields), list[Report | Refusal]()
    for path, history in _histories(report.fields, route):
        names = _Names(path, route)
        for entry in history:
            for field in entry.fields:
                del rest[f"{entry.name}.{field}" if field else entry.name]
        for entry in history:
            entries += _read(entry, names, report, route)
            rest |= names.unmapped(entry)
    yield report._replace(fields=rest)
    yield from entries


def _histories(fields: Fields, route: Route) -> Iterator[tuple[str, list[_Entry]]]:
    """Yield the histories among a report's fields, each by its path; what lies in another one is not told apart."""
    taken: list[str] = []
    for path in sorted(_candidates(fields), key=len):
        is_fields = any(re.match(rf"{re.escape(path)}\.\d", name) for name in route.measures)
        if is_fields or _NOT_PAST.search(path) or path.startswith(tuple(taken)):
            continue
        entries = _entries(path, fields)
        if _is_one(path, entries):
            taken.append(f"{path}.")
            yield path, entries


def _candidates(fields: Fields) -> set[str]:
    """Return where histories may be: lists whose entries tell a time, and what is named like one."""
    found: set[str] = set()
    for name in fields:
        above, _, last = name.rpartition(".")
        path, _, place = above.rpartition(".")
        if path and place.isdecimal() and _letters(last) in _TIMES:
            found.add(path)
        elif named := _PAST.search(name):
            end = name.find(".", named.start())
            found.update([name[:end]] if end > 0 else [])
        if len(found) == _MOST:
            break
    return found


def _entries(path: str, fields: Fields) -> list[_Entry]:
    found: dict[str, _Entry] = {}
    for name, raw in fields.items():
        if name.startswith(f"{path}."):
            place, _, field = name[len(path) + 1 :].partition(".")
            is_listed = place.isdecimal()
            own = f"{path}.{place}" if is_listed else path
            found.setdefault(own, _Entry(own, {})).fields[field if is_listed else name[len(path) + 1 :]] = raw
    return list(found.values())


def _is_one(path: str, entries: list[_Entry]) -> bool:
    """Return whether these are values of the past, and of one thing."""
    objects = [entry for entry in entries if "" not in entry.fields]
    is_named_so = bool(_PAST.search(path))
    is_list = all(entry.name != path for entry in entries)
    is_timed = any(_is_time(field) for entry in objects for field in entry.fields)
    if not objects or not (is_timed or (is_named_so and is_list)):
        return False
    told: dict[str, set[str]] = {}
    for entry in objects:
        for field, raw in entry.fields.items():
            if _letters(field) in _OTHER_THINGS:
                told.setdefault(field, set()).add(str(raw))
    return all(is_named_so and len(values) == 1 for values in told.values())


class _Names:
    """What a route calls the fields of a history's entries."""

    def __init__(self, path: str, route: Route) -> None:
        self._path, self._route = path, route
        self._is_mapped = any(name.startswith(f"{path}.") for name in route.measures)
        past = _PAST.search(path)
        above = path[: path.rfind(".", 0, past.start()) + 1] if past else path[: path.rfind(".") + 1]
        self._above = above
        stem = _STEM.fullmatch(path)
        of_one = (name for name in (path, stem[1] if stem else path) if name in route.measures)
        self._of_one = next(of_one, None)

    def of(self, field: str) -> str:
        """Return the name under which the route maps, or could map, a field."""
        if self._is_mapped:
            return f"{self._path}.{field}"
        return self._of_one if self._of_one and _letters(field) in _VALUES else f"{self._above}{field}"

    def ignores(self, entry: _Entry, field: str) -> bool:
        """Return whether the route ignores a field of an entry, by any of its names."""
        own = f"{self._path}.{field}"
        if own in self._route.measures:
            return False
        is_mapped = self.of(field) in self._route.measures
        names = [own, f"{entry.name}.{field}"] + ([] if is_mapped else [self.of(field)])
        return any(self._route.ignores(name) for name in names)

    def unmapped(self, entry: _Entry) -> dict[str, Any]:
        """Return the numbers of an entry that the route neither maps nor ignores."""
        return {
            f"{self._path}.{field}" if field else entry.name: raw
            for field, raw in entry.fields.items()
            if is_number(raw)
            and not _is_time(field.partition(".")[0])
            and self.of(field) not in self._route.measures
            and not self.ignores(entry, field)
        }


def _read(entry: _Entry, names: _Names, report: Report, route: Route) -> Iterator[Report | Refusal]:
    if "" in entry.fields:
        raw = entry.fields[""]
        if raw is not None and not is_number(raw) and not route.ignores(entry.name):
            told = f"{entry.name} is {str(raw)[:40]!r}, not an object with a time of its own"
            yield Refusal(report.item, Reason.WRONG_TYPE, told[:EXCERPT])
        return
    kept = [field for field in entry.fields if not _is_time(field) and not names.ignores(entry, field)]
    fields = {names.of(field): entry.fields[field] for field in kept}
    if not any(raw is not None and name in route.measures for name, raw in fields.items()):
        return
    units: dict[str, str] = {}
    for field in kept:
        name = names.of(field)
        unit = report.units.get(f"{entry.name}.{field}") or report.units.get(name)
        units |= {name: unit} if unit else {}
    try:
        ts = _time(entry, route)
    except ValueError as error:
        yield Refusal(report.item, Reason.BAD_TIME, f"{entry.name}: {error}"[:EXCERPT])
    else:
        yield Report(report.item, report.device, ts, fields, units=units, within=entry.name)


def _time(entry: _Entry, route: Route) -> int:
    given = {_letters(field): raw for field, raw in entry.fields.items() if raw is not None and "." not in field}
    named = next((name for name in _TIMES if name in given), None)
    if named is None:
        raise ValueError("it tells no time of its own")
    return of_past(given[named], route.tzinfo)


def _is_time(field: str) -> bool:
    return "." not in field and _letters(field) in _TIMES


def _letters(name: str) -> str:
    return _NOT_LETTERS.sub("", name.lower())
