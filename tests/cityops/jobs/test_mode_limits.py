"""Limits of modes on the way of readings: nothing is lost, nothing flaps over a change, and alarms tell whose."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from cityops.domain.alarms.conditions import condition_of
from cityops.domain.alarms.judging import spans
from cityops.domain.alarms.rules import AlarmRule
from cityops.domain.alarms.tracks import Change
from cityops.domain.metrics import WarningLevel, at_decimals
from cityops.domain.modes.modes import Matter, ModeHeld, ModeInForce, ModeKind
from cityops.jobs.evaluation import Pair, Seen
from cityops.jobs.rulebook import Conditioned, Judging
from cityops.reference import alarm_rules, metrics
from cityops.store.alarms.turns import KeptTrack
from factories.alarms import journal, rows, rule, says, turn, without_rules
from factories.world import World

START = datetime(2026, 8, 21, 3, tzinfo=UTC)
NONE = timedelta(0)
SHIPPED = next(one for one in alarm_rules() if one.code == "water_depth")
DEPTH = next(one for one in metrics() if one.code == "water_depth")
KINDS = tuple(ModeKind)

Reading = tuple[datetime, float]


def minute(count: float) -> datetime:
    return START + timedelta(minutes=count)


def held(switches: Sequence[tuple[float, ModeKind]]) -> list[ModeHeld]:
    """Return the modes of the city that begin at these minutes, each over as the next begins."""
    ends = [*(minute(at) for at, _ in switches), None][1:]
    return [
        ModeHeld(ModeInForce(number, "440100", kind, Matter.FLOOD, 2, "", "", "", "", minute(at), None, False), end)
        for number, ((at, kind), end) in enumerate(zip(switches, ends, strict=True), start=1)
        if kind is not ModeKind.NORMAL
    ]


def watched(judged: AlarmRule, modes: Sequence[ModeHeld]) -> Conditioned:
    in_modes = tuple(
        Judging(
            since, condition_of(judged, DEPTH, kind=mode.kind if mode else ModeKind.NORMAL), mode.id if mode else None
        )
        for since, mode in spans(judged, modes, "440106013")
    )
    own = condition_of(judged, DEPTH)
    return Conditioned(judged, "series:1", "440106013", 1, condition=own, in_modes=in_modes)


def followed(of: Conditioned, readings: Sequence[Reading], breaks: Sequence[bool]) -> list[Seen]:
    """Return what is told of readings, by a process that is begun anew before those where `breaks` says so."""
    pair, seen = Pair.of(of, None), list[Seen]()
    for (ts, value), is_new in zip(readings, breaks, strict=True):
        if is_new:
            seen += [one for one in pair.seen if isinstance(one, Seen)]
            pair = Pair.of(of, remembered(pair))
        pair.take(ts, value)
    pair.elapse(readings[-1][0] + timedelta(hours=2))
    return seen + [one for one in pair.seen if isinstance(one, Seen)]


def remembered(pair: Pair) -> KeptTrack:
    return pair.kept()


def naively(
    judged: AlarmRule, modes: Sequence[ModeHeld], readings: Sequence[Reading]
) -> Iterator[tuple[datetime, int]]:
    """Yield each change of level without delays: by the limits of the mode of each reading, and what held before."""
    before, told = {limit.level: False for limit in judged.limits}, 0
    for ts, value in readings:
        kind = next((one.mode.kind for one in modes if one.holds_at(ts)), ModeKind.NORMAL)
        shown = float(at_decimals(value, DEPTH.decimals))
        for limit in judged.limits_in(kind):
            before[limit.level] = shown >= limit.value - (limit.hysteresis if before[limit.level] else 0)
        level = max((one for one, holds in before.items() if holds), default=WarningLevel.NONE)
        if level != told:
            yield ts, int(level)
            told = level


switches = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(KINDS)), max_size=6, unique_by=lambda one: one[0])
values = st.lists(st.floats(0, 50), min_size=1, max_size=30)


@given(switches.map(sorted), values, st.data())
def test_each_reading_is_judged_by_the_mode_of_its_time_whenever_it_is_looked_at(
    changes: list[tuple[float, ModeKind]], depths: list[float], data: st.DataObject
) -> None:
    judged = replace(SHIPPED, on_delay=NONE, off_delay=NONE)
    readings = [(minute(2 * place), value) for place, value in enumerate(depths)]
    breaks = data.draw(st.lists(st.booleans(), min_size=len(readings), max_size=len(readings)))
    seen = followed(watched(judged, held(changes)), readings, breaks)
    assert [(one.change.at, int(one.change.level)) for one in seen] == list(naively(judged, held(changes), readings))


@given(switches.map(sorted), st.floats(0, 50))
@example([(10, ModeKind.EMERGENCY), (20, ModeKind.NORMAL), (30, ModeKind.EMERGENCY)], 12.0)
def test_a_value_that_stands_still_changes_an_alarm_at_most_once_a_mode_and_never_back_and_forth(
    changes: list[tuple[float, ModeKind]], value: float
) -> None:
    readings = [(minute(place), value) for place in range(90)]
    seen = followed(watched(SHIPPED, held(changes)), readings, [False] * 90)
    told = [one.change for one in seen]
    assert len(told) <= len(changes) + 1
    # Stricter limits may raise it; as they go the hysteresis holds it, unless even that is left.
    emergency = any(kind is ModeKind.EMERGENCY for _, kind in changes)
    if not emergency:
        assert not any(one.level is WarningLevel.NONE for one in told)


@given(switches.map(sorted), st.lists(st.floats(40, 60), min_size=1, max_size=40))
def test_an_alarm_that_every_mode_would_raise_stands_through_all_of_them(
    changes: list[tuple[float, ModeKind]], depths: list[float]
) -> None:
    readings = [(minute(2 * place), value) for place, value in enumerate(depths)]
    seen = followed(watched(SHIPPED, held(changes)), readings, [False] * len(readings))
    assert [one.change.level for one in seen] == [WarningLevel.RED]


@given(st.floats(0, 60), st.floats(0, 60), switches.map(sorted))
def test_modes_that_come_and_go_between_two_readings_change_nothing(
    before: float, after: float, changes: list[tuple[float, ModeKind]]
) -> None:
    readings = [(minute(-1), before), (minute(61), after)]
    over = [*changes, (60.5, ModeKind.NORMAL)]
    without = followed(watched(SHIPPED, []), readings, [False, True])
    assert levels(followed(watched(SHIPPED, held(over)), readings, [False, True])) == levels(without)


def levels(seen: Sequence[Seen]) -> list[Change]:
    return [one.change for one in seen]


def start(world: World, since: datetime, over: datetime | None = None, **cells: object) -> int:
    """Enter a response of the city, without an act of its own."""
    values = {"region_code": "440100", "kind": "emergency", "matter": "flood", "drill": False, "until": None} | cells
    row = world.connection.execute(
        """
        INSERT INTO mode (region_code, kind, matter, classes, grade, title_zh, title_en, reason, approver, drill,
                          started_by, since, until, ended_at)
        VALUES (%(region_code)s, %(kind)s, %(matter)s, '{flood,cover}', 2, '防汛', 'Flood', '', '', %(drill)s, 'test',
                %(since)s, %(until)s, %(over)s) RETURNING id
        """,
        values | {"since": since, "over": over},
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_an_alarm_tells_whose_limits_raised_and_ended_it(world: World) -> None:
    without_rules(world.connection)
    rule(world.connection, hysteresis="2", limits_emergency="blue=5 yellow=12")
    turn(world)
    device = world.device("WL-1")
    mode = start(world, world.ago(600), over=world.ago(300))
    says(world, device, (world.ago(700), 7.0))  # before: the rule's own limit is 10
    says(world, device, (world.ago(500), 7.0), (world.ago(400), 13.0))
    turn(world)
    assert rows(world.connection, "level", "mode_id", "rule_version", "drill") == [(2, mode, 1, False)]
    says(world, device, (world.ago(200), 13.0))  # over: yellow is from 20, left below 18; blue from 10, left below 8
    turn(world)
    says(world, device, (world.ago(100), 7.0))
    turn(world)
    changes = [("raised", 1, 7.0), ("rose", 2, 13.0), ("fell", 1, 13.0), ("cleared", 1, 7.0)]
    assert journal(world.connection) == changes
    by = world.connection.execute("SELECT detail->>'mode' FROM alarm_change ORDER BY id").fetchall()
    assert [one for (one,) in by] == [str(mode), str(mode), None, None]


def test_a_drill_and_another_matter_move_no_limit(world: World) -> None:
    without_rules(world.connection)
    rule(world.connection, hysteresis="2", limits_emergency="blue=5")
    start(world, world.ago(600), drill=True, until=world.now + timedelta(hours=1))
    start(world, world.ago(600), region_code="440106", matter="gas")
    says(world, world.device("WL-2"), (world.ago(60), 7.0))
    turn(world)
    assert rows(world.connection, "count(*)") == [(0,)]
