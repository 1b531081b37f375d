"""A small city in which every thing carries its own number in all its words: who reads one has seen the thing."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from urllib.parse import unquote

from hypothesis import strategies as st

from cityops.domain.access import SCOPES, Permission, Role, Scope, ScopeKind, Subject
from factories.world import World

STREETS = ("440105001", "440105002", "440106001", "440106013")
DISTRICTS = ("440105", "440106")
DEPARTMENT = {
    "water-logging": "water",
    "gas-monitor": "gas_group",
    "hotline-12345": "hotline",
    "grid-officer": "urban",
    "video-share": "police",
}
KINDS = {
    "device": ("water-logging", "gas-monitor"),
    "case": ("hotline-12345", "grid-officer"),
    "channel": ("video-share",),
    "reject": ("water-logging", "hotline-12345"),
    "audit": ("hotline-12345",),
    "evidence": ("hotline-12345", "grid-officer"),
    "handover": ("hotline-12345",),
    "alarm": ("water-logging", "gas-monitor"),
    "wall": ("water-logging",),
    "report": ("water-logging",),
}
MEASURES = {"water-logging": ("waterlogging", "water_depth"), "gas-monitor": ("gas", "gas_lel")}
NOBODYS = 9999
"""The number of a thing that is not there; its names are as long as those of others."""

_MARK = re.compile(r"zq(\d{4})x|7077(\d{4})000077|\b77\.(\d{4})77", re.IGNORECASE)
_TOKEN = re.compile(r"[\w-]{12,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Thing:
    """A device, case, channel, reject, photo, shift, wall, report or row of the audit.

    Of the last the region is that of who did it, of a shift, a wall or a report a street of the district whose it is.
    """

    number: int
    kind: str
    region: str
    source: str
    given: str = ""
    """Code of the department, district or street that a case was given to, wherever it lies."""

    @property
    def code(self) -> str:
        """What the thing is called."""
        return channel_code(self.number) if self.kind == "channel" else mark(self.number)

    def lies_in(self, scope: Scope) -> bool:
        """Whether who has this scope may see the thing."""
        by_source = scope.kind is ScopeKind.DEPARTMENTS and DEPARTMENT[self.source] in scope.codes
        if self.kind == "reject":
            return scope.kind is ScopeKind.CITY or by_source
        if self.kind in {"audit", "handover", "wall", "report"}:
            return scope.covers(self.region[:6])
        return scope.covers(self.region) or by_source or self.is_given(scope)

    def is_given(self, scope: Scope) -> bool:
        """Whether a unit of this scope has the case, or a street of its district."""
        units = {self.given, self.given[:6]} if self.given.isdigit() else {self.given}
        return self.given != "" and scope.kind is not ScopeKind.SOURCES and not units.isdisjoint(scope.codes)


def mark(number: int) -> str:
    """Return the word by which a thing is recognised."""
    return f"zq{number:04}x"


def channel_code(number: int) -> str:
    """Return the same for a channel, whose code is of digits."""
    return f"4401067077{number:04}000077"


def place(number: int) -> float:
    """Return the same as a longitude."""
    return float(f"77.{number:04}77")


def marks_in(*texts: str) -> set[int]:
    """Return the numbers of all things that are told, also percent-encoded or within a cursor."""
    plain = [*texts, *map(unquote, texts)]
    for token in chain.from_iterable(map(_TOKEN.findall, texts)):
        with suppress(ValueError):
            plain.append(urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode())
    return {int("".join(found)) for text in plain for found in _MARK.findall(text)}


_GIVEN = st.sampled_from(["", "water", "police", DISTRICTS[0], STREETS[3]])


@st.composite
def cities(draw: st.DrawFn) -> list[Thing]:
    """Draw the things of a city, one of each kind in each district and some more."""
    pairs = [(kind, street) for kind in KINDS for street in (STREETS[0], STREETS[2])]
    pairs += draw(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(STREETS)), max_size=8))
    return [
        Thing(number, kind, street, draw(st.sampled_from(KINDS[kind])), draw(_GIVEN) if kind == "case" else "")
        for number, (kind, street) in enumerate(pairs, 1)
    ]


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """Draw who asks: a role with one of the scopes that it can be given with."""
    role = draw(st.sampled_from(Role))
    kind = draw(st.sampled_from(sorted(SCOPES[role])))
    codes = {
        ScopeKind.CITY: (),
        ScopeKind.DISTRICTS: DISTRICTS,
        ScopeKind.STREETS: STREETS,
        ScopeKind.DEPARTMENTS: tuple(sorted({*DEPARTMENT.values()})),
        ScopeKind.SOURCES: tuple(DEPARTMENT),
    }[kind]
    chosen = draw(st.sets(st.sampled_from(codes), min_size=1, max_size=2)) if codes else set()
    return Subject("asking", role, Scope(kind, frozenset(chosen)))


def fill(world: World, things: list[Thing]) -> dict[int, str]:
    """Write the things; return by number how the API's addresses name each."""
    execute = world.connection.execute
    for table in ("event", "reject", "alarm"):  # ids as long as that of nobody's
        execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1000)", [table])
    for day in (1, 2):  # open to all: nothing of theirs is marked
        execute(
            "INSERT INTO mode (region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver,"
            " drill, started_by, since, ended_at) VALUES ('440100', 'alert', 'flood', '{}', 4, '-', '-', '-', '-',"
            " false, 'x', now() - make_interval(days => %s), now())",
            [day],
        )
    return {thing.number: _write(world, thing) for thing in things}


def _write(world: World, thing: Thing) -> str:
    write = {"device": _device, "case": _case, "channel": _channel, "reject": _reject, "audit": _audit}
    return (
        write | {"evidence": _evidence, "handover": _handover, "alarm": _alarm, "wall": _wall, "report": _report}
    )[thing.kind](world, thing)


def _device(world: World, thing: Thing) -> str:
    kind, metric = MEASURES[thing.source]
    world.device(thing.code, kind, thing.region, name=f"设备{thing.code}")
    world.connection.execute("UPDATE device SET lon = %s WHERE code = %s", [place(thing.number), thing.code])
    world.says(thing.code, metric, 60, world.ago(1))
    return thing.code


def _case(world: World, thing: Thing) -> str:
    name, at = mark(thing.number), world.ago(thing.number)
    world.case(
        *("reported", "dispatched"),
        at=at,
        region=thing.region,
        severity="urgent",
        source=thing.source,
        external_id=name,
        title=name,
    )
    world.connection.execute(
        "INSERT INTO event_act (event_id, own_sequence, act, at, actor, to_status, text)"
        " SELECT id, 1, 'note', now(), 'x', status, %s FROM event WHERE external_id = %s",
        [name, name],
    )
    kind = {0: "department", 6: "district", 9: "street"}[len(thing.given) if thing.given.isdigit() else 0]
    if thing.given:
        world.connection.execute(
            "INSERT INTO event_handler (event_id, unit_kind, unit_code, duty, since)"
            " SELECT id, %s, %s, 'main', now() FROM event WHERE external_id = %s",
            [kind, thing.given, name],
        )
    return _one(
        world,
        "UPDATE event SET description = %s, address = %s, lon = %s WHERE external_id = %s RETURNING id",
        [name, name, place(thing.number), name],
    )


def _channel(world: World, thing: Thing) -> str:
    return _one(
        world,
        "INSERT INTO video_channel (code, name_zh, source_system_code, region_code, lon, lat)"
        " VALUES (%s, %s, %s, %s, %s, 23) RETURNING code",
        [thing.code, mark(thing.number), thing.source, thing.region, place(thing.number)],
    )


def _reject(world: World, thing: Thing) -> str:
    name = mark(thing.number)
    return _one(
        world,
        "INSERT INTO reject (received_at, kind, source_system_code, topic, item_index, reason, detail, payload,"
        " payload_bytes, fingerprint) VALUES (%s, 'readings', %s, %s, 0, 'unknown_device', %s, %s, 7, '')"
        " RETURNING id",
        [world.ago(thing.number), thing.source, f"cityops/v1/readings/{name}", name, name.encode()],
    )


def _alarm(world: World, thing: Thing) -> str:
    """Raise a red alarm of a group of devices: a device of its own would be a thing of its own."""
    name = mark(thing.number)
    number = _one(
        world,
        "INSERT INTO alarm (rule_code, rule_version, class, priority, object, region_code, source_system_code, level,"
        " worst_level, onset, acknowledged_by, raised_at) VALUES (%s, 1, 'flood', 1, %s, %s, %s, 4, 4, now(), %s, %s)"
        " RETURNING id",
        [name, f"region:{name}", thing.region, thing.source, name, world.ago(thing.number)],
    )
    _one(
        world,
        "INSERT INTO alarm_change (alarm_id, kind, by, detail) VALUES (%s, 'raised', %s, %s) RETURNING id",
        [number, name, f'{{"words": "{name}"}}'],
    )
    _one(
        world,
        "INSERT INTO alarm_notice (part, at, kind, rule_code, region_code, source_system_code, level, n, n_new,"
        " n_graver, n_gone, unacknowledged, alarm_id) VALUES (1, %s, 'new', %s, %s, %s, 1, 1, 1, 0, 0, 0, %s)"
        " RETURNING id",
        [world.ago(thing.number), name, thing.region, thing.source, number],
    )
    return number


def _audit(world: World, thing: Thing) -> str:
    return _one(
        world,
        "INSERT INTO audit (subject, role, scope_kind, scope_codes, action, object, outcome)"
        " VALUES (%s, 'shift_leader', 'districts', %s, 'export:read', %s, 'done') RETURNING id",
        [mark(thing.number), [thing.region[:6]], mark(thing.number)],
    )


def _evidence(world: World, thing: Thing) -> str:
    """Write a photo of a case that has no words of its own."""
    case = world.case(region=thing.region, source=thing.source, at=world.ago(thing.number), title="-")
    name = mark(thing.number)
    return world.photo(case, name.encode(), f"{name}.jpg", lon=place(thing.number))


def _handover(world: World, thing: Thing) -> str:
    name = mark(thing.number)
    return _one(
        world,
        "INSERT INTO handover (region_code, seat, from_account, to_account, notes, counted)"
        " VALUES (%s, %s, %s, %s, %s, '{}') RETURNING id",
        [thing.region[:6], name, name, f"{name}2", name],
    )


def _wall(world: World, thing: Thing) -> str:
    name = mark(thing.number)
    number = _one(
        world,
        "INSERT INTO credential (id, kind, secret_hash, label, role, scope_kind, scope_codes, created_by)"
        " VALUES (%s, 'display', '', %s, 'wall_display', 'districts', %s, 'x') RETURNING id",
        [f"{thing.number:016x}", name, [thing.region[:6]]],
    )
    return _one(
        world,
        "INSERT INTO wall (credential_id, shows, scene, sent_by, sent_at, held_until)"
        " VALUES (%s, 'flood', 'flood', %s, now(), now() + interval '1 hour') RETURNING credential_id",
        [number, name],
    )


def _report(world: World, thing: Thing) -> str:
    name, number = mark(thing.number), 5000 + thing.number
    return _one(
        world,
        "INSERT INTO report (id, kind, region_code, period_start, period_end, edition, title_zh, title_en, numbers,"
        " made_by) VALUES (%s, 'daily', %s, %s, now(), 1, %s, %s, %s, %s) RETURNING id",
        [
            *(number, thing.region[:6], world.ago(thing.number), name, name),
            *(f'{{"id": {number}, "title": "{name}"}}', name),
        ],
    )


def _one(world: World, statement: str, values: list[object]) -> str:
    row = world.connection.execute(statement, values).fetchone()
    assert row is not None
    return str(row[0])


SEEN_BY = {
    "device": Permission.DEVICE_READ,
    "case": Permission.EVENT_READ,
    "channel": Permission.CHANNEL_READ,
    "reject": Permission.REJECT_READ,
    "audit": Permission.AUDIT_READ,
    "evidence": Permission.PERSON_READ,
    "handover": Permission.SHIFT_HANDOVER,
    "alarm": Permission.ALARM_READ,
    "wall": Permission.STATE_READ,
    "report": Permission.REPORT_READ,
}


def visible(things: list[Thing], subject: Subject) -> Iterator[Thing]:
    """Yield what a subject may see: its role lets it see such things, and they lie in its scope."""
    for thing in things:
        if subject.may(SEEN_BY[thing.kind]) and thing.lies_in(subject.scope):
            yield thing
