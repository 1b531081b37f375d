"""Officers of the simulated city on duty: look at alarms and cases through the API, and do there what comes next.

They come in by keys of their own, one for each kind of seat, and are judged as anybody is. They know nothing but what
the API tells them, so they may be ended and begun again at any time.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from cityops.client import ApiError, Client
from cityops.domain.access import Role, Scope, ScopeKind, Subject
from cityops.domain.alarms.filing import CASE_CLASSES
from cityops.domain.metrics import WarningLevel
from cityops.simulate.officers.finds import finds
from cityops.simulate.officers.habits import draw
from cityops.simulate.officers.moves import CaseSeen, Move, Practice, Seat, Ways
from cityops.simulate.officers.snapshots import MEDIUM, snapshot

log = structlog.get_logger()

MOST_LOOKED_INTO = 60
"""Cases whose whole is asked for at one look, and acts done at one: the API has others to answer."""

SEEN_MINUTES = (0.5, 5.0)
"""How long an alarm stands until somebody acknowledges it, and one whose cause is gone until it is reset."""

MOST_AT_ONCE = 1_000

ALARM_MINUTES = (1.0, 8.0)
"""How long an alarm stands until somebody makes a case of it."""

WEATHER = frozenset({"rain_intensity", "rain_3h", "air_temperature", "wind_speed"})
"""Nobody handles the weather: cases are made of what it does."""

_AGAIN = timedelta(seconds=20)


def subjects(codes: Mapping[ScopeKind, frozenset[str]]) -> dict[Seat, Subject]:
    """Return as whom they come in, by seat; `codes` are all districts, streets and departments."""
    of = {
        Seat.DISTRICT: (Role.DISTRICT_OFFICER, ScopeKind.DISTRICTS),
        Seat.STREET: (Role.STREET_OFFICER, ScopeKind.STREETS),
        Seat.DEPARTMENT: (Role.DEPARTMENT_HANDLER, ScopeKind.DEPARTMENTS),
    }
    centre = {Seat.CENTRE: Subject(name_of(Seat.CENTRE), Role.SHIFT_LEADER, Scope(ScopeKind.CITY, frozenset()))}
    return centre | {
        seat: Subject(name_of(seat), role, Scope(kind, codes[kind])) for seat, (role, kind) in of.items()
    }


_CALLED = {
    Seat.CENTRE: "模拟值班员",
    Seat.DISTRICT: "模拟区级人员",
    Seat.STREET: "模拟街镇人员",
    Seat.DEPARTMENT: "模拟部门人员",
}


def name_of(seat: Seat) -> str:
    """Return the name under which what they do is written down, which pages show: that it is simulated."""
    return _CALLED[seat]


NAMES = frozenset(map(name_of, Seat))


@dataclass(frozen=True, slots=True)
class Duty:
    """How they work: `pace` times faster than in life, finding `reports_per_h` cases an hour themselves."""

    seed: int = 20
    pace: float = 1.0
    reports_per_h: float = 20.0
    look_s: float = 5.0
    at_least: WarningLevel = WarningLevel.ORANGE
    """Alarms of this level and above become cases."""


@dataclass
class ActsDone:
    """What was done, by act, and how often it was refused."""

    done: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def count(self, act: str) -> None:
        """Count an act."""
        self.done[act] = self.done.get(act, 0) + 1

    def __str__(self) -> str:
        """Return it in a line."""
        told = ", ".join(f"{act} {count}" for act, count in sorted(self.done.items()))
        return f"{told or 'nothing'}; {self.refused} refused"


class Officers:
    """All officers of the city, by the clients of their seats."""

    def __init__(self, clients: Mapping[Seat, Client], duty: Duty, began: datetime) -> None:
        self._clients, self._duty = clients, duty
        self._ways: Ways | None = None
        self._reported_until = began
        self._plans: dict[int, tuple[str, Move | None]] = {}
        self.tally = ActsDone()

    def work(self, now: datetime) -> None:
        """Look once at everything, and do what is due.

        Raises
        ------
        ApiError
            The API does not answer.
        """
        self._report(now)
        self._see_alarms(now)
        self._file_alarms(now)
        self._look(now)
        for number, (version, move) in list(self._plans.items()):
            if move is not None and move.at <= now:
                self._act(number, version, move, now)

    @property
    def ways(self) -> Ways:
        """How they go on, by the standards in force when they began."""
        if self._ways is None:
            known: dict[str, list[Practice]] = {}
            for row in self._centre.page("/api/v1/standards"):
                known.setdefault(row["class_code"], []).append(Practice.of(row))
            self._ways = Ways(known, self._duty.seed, self._duty.pace)
        return self._ways

    @property
    def _centre(self) -> Client:
        return self._clients[Seat.CENTRE]

    def _report(self, now: datetime) -> None:
        """Report what officers have found since the last look; the token lets each be there once."""
        for report in finds(
            self._duty.seed, self._reported_until, now, self._duty.reports_per_h, self.ways.standards
        ):
            self._tried("report", partial(self._clients[Seat.STREET].report, **report))
        self._reported_until = now

    def _see_alarms(self, now: datetime) -> None:
        """Acknowledge alarms that have stood for some time, and reset latched ones whose cause is gone as long."""
        heard = {"open": "true", "quiet": "false"}
        new = _items(self._centre, "/api/v1/alarms", acknowledged="false", at_least=1, **heard)
        self._do("acknowledge", [one for one in new if self._stood("seen", one, "raised_at", SEEN_MINUTES, now)])
        gone = _items(self._centre, "/api/v1/alarms", acknowledged="true", level=0, **heard)
        kept = [one for one in gone if one["latched"]]
        self._do("reset", [one for one in kept if self._stood("reset", one, "gone_at", SEEN_MINUTES, now)])

    def _do(self, act: str, alarms: list[Mapping[str, Any]]) -> None:
        """Do something to many alarms at once, as is done at the desk."""
        if ids := [alarm["id"] for alarm in alarms[:MOST_AT_ONCE]]:
            self._tried(act, partial(self._centre.act_on_alarms, act, ids))

    def _stood(
        self, what: str, alarm: Mapping[str, Any], since: str, minutes: tuple[float, float], now: datetime
    ) -> bool:
        """Tell whether an alarm has been so for as long as it takes until somebody comes to it."""
        least, most = minutes
        wait = timedelta(minutes=least + (most - least) * draw(what, self._duty.seed, alarm["id"]))
        return datetime.fromisoformat(alarm[since]) + wait / self._duty.pace <= now

    def _file_alarms(self, now: datetime) -> None:
        """Make cases of alarms that nobody has made one of for some minutes; one for all alarms of a device."""
        standing = [*_items(self._centre, "/api/v1/alarms", open="true", at_least=int(self._duty.at_least))]
        in_hand = {alarm["device_code"] for alarm in standing if alarm["event_id"] is not None} - {None}
        for alarm in standing:
            is_free = alarm["event_id"] is None and alarm["quiet"] is None and alarm["device_code"] not in in_hand
            wanted = is_free and alarm["alarm_class"] in CASE_CLASSES and alarm["metric"] not in WEATHER
            if wanted and self._stood("alarm", alarm, "raised_at", ALARM_MINUTES, now):
                self._tried("case of alarm", partial(self._centre.case_of_alarm, alarm["id"]))
                in_hand |= {alarm["device_code"]} - {None}

    def _look(self, now: datetime) -> None:
        """Plan the next move of each open case that has changed; of those that are closed, what was planned stays."""
        seen = {
            item["id"]: item["version"] for item in _items(self._centre, "/api/v1/cases", master="here", open="true")
        }
        changed = [number for number, version in seen.items() if self._plans.get(number, ("",))[0] != version]
        for number in changed[:MOST_LOOKED_INTO]:
            self._plan(self._centre.case(number), now)
        gone = [number for number, (_, move) in self._plans.items() if number not in seen and not _waits(move, now)]
        for number in gone:
            del self._plans[number]

    def _plan(self, case: Mapping[str, Any], now: datetime) -> None:
        self._plans[case["id"]] = (case["version"], self.ways.next(CaseSeen.of(case, NAMES, now)))

    def _act(self, number: int, version: str, move: Move, now: datetime) -> None:
        client = self._clients[move.seat]

        def done() -> None:
            photos = [
                client.add_evidence(number, snapshot(number, version, n, now), MEDIUM) for n in range(move.photos)
            ]
            shown = [one["digest"] for one in photos] or None
            self._plan(client.act(number, version, move.act, **move.given, evidence=shown), now)

        if not self._tried(move.act, done):
            # Somebody was first, or it may not be: it is looked at again when the case has changed.
            self._plans[number] = (version, None)

    def _tried(self, act: str, does: Callable[[], object]) -> bool:
        try:
            does()
        except ApiError as error:
            if error.status in {0, 429} or error.status >= 500:
                raise
            self.tally.refused += 1
            log.info("refused", act=act, status=error.status, why=str(error))
            return False
        self.tally.count(act)
        return True


def on_duty(officers: Officers, look_s: float, stop: threading.Event, clock: Callable[[], datetime]) -> ActsDone:
    """Have them work until `stop` is set; while the API is away they wait for it."""
    while not stop.is_set():
        try:
            officers.work(clock())
        except ApiError as error:
            log.info("the API is away", why=str(error))
            stop.wait(_AGAIN.total_seconds())
        stop.wait(look_s)
    return officers.tally


def _waits(move: Move | None, now: datetime) -> bool:
    return move is not None and move.at > now


def _items(client: Client, path: str, **filters: Any) -> Iterator[Mapping[str, Any]]:
    after: str | None = None
    while True:
        answer = client.page(path, **filters, after=after, limit=500)
        yield from answer["items"]
        after = answer["next"]
        if after is None:
            return
