"""The life-cycle as data: `lifecycle.toml`, checked as it is read, for the judge, the diagram and the tests."""

import tomllib
from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.resources import files

import msgspec

from cityops.domain.access import PERMISSIONS, Permission, Role
from cityops.domain.events.acts import Act, CaseKind, Clock, Effect, Mark, Master, Need, Relation
from cityops.domain.events.changes import CHANGES
from cityops.domain.events.deadlines import DeadlineError
from cityops.domain.events.facts import FACTS, Limits
from cityops.domain.events.status import OPEN_STATUSES, Stage, Status
from cityops.errors import CityopsError


class LifecycleError(CityopsError):
    """The file of the life-cycle makes no sense; the text names the place, the reason and the remedy."""


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What something is called."""

    zh: str
    en: str


class FactNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"holds": "is", "lacks": "is_not"}):
    """How a fact is told where it holds and should not, and where it does not and should."""

    holds: Name
    lacks: Name


class ClockRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a clock is called, its limit in seconds (None: by the case standard), and what holds it."""

    zh: str
    en: str
    seconds: int | None = None
    held_in: frozenset[Status] = frozenset()
    held_by: frozenset[Mark] = frozenset()
    only: str | None = None
    """The fact without which it never starts."""


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may: roles, and what one must be to the case; no role: the platform itself."""

    zh: str
    en: str
    roles: tuple[Role, ...]
    relation: Relation


class ActTransition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sources": "from"}):
    """One way of doing an act: from which states, by whom, under which conditions, and what comes of it."""

    who: tuple[str, ...]
    sources: tuple[Status, ...] = ()
    kinds: tuple[CaseKind, ...] = tuple(CaseKind)
    masters: tuple[Master, ...] = (Master.HERE,)
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    to: Status | None = None
    needs: tuple[Need, ...] = ()
    clocks: dict[Clock, Effect] = {}
    sets: tuple[Mark, ...] = ()
    clears: tuple[Mark, ...] = ()
    does: tuple[str, ...] = ()

    def leaves(self, status: Status | None) -> bool:
        """Whether it starts from a state; from None, where there is no case yet."""
        return not self.sources if status is None else status in self.sources

    def leads(self, status: Status) -> Status:
        """Return the state to which it leads from one."""
        return self.to or status


class ActRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an act is called, and its ways; `locked`: also while the case is locked."""

    zh: str
    en: str
    transitions: tuple[ActTransition, ...]
    locked: bool = False


class Lifecycle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    limits: Limits
    clocks: dict[Clock, ClockRule]
    states: dict[Status, Name]
    parties: dict[str, Party]
    needs: dict[Need, Name]
    facts: dict[str, FactNames]
    acts: dict[Act, ActRule]

    def transitions(self) -> Iterator[tuple[Act, ActTransition]]:
        """Yield every way of every act."""
        return ((act, way) for act, rule in self.acts.items() for way in rule.transitions)

    def unless(self, act: Act, way: ActTransition) -> tuple[str, ...]:
        """Return what must not hold, the lock among it unless the act is possible nevertheless."""
        return way.unless if self.acts[act].locked else (str(Mark.LOCKED), *way.unless)

    def telling(self, act: Act) -> frozenset[str]:
        """Return the facts that tell the ways of an act from each other: some want them, others do not."""
        wanted = [frozenset(way.when) for way in self.acts[act].transitions]
        return frozenset.union(*wanted) - frozenset.intersection(*wanted)

    def held(self, clock: Clock, status: Status, marks: Collection[Mark]) -> bool:
        """Whether something keeps a clock from running."""
        rule = self.clocks[clock]
        return status in rule.held_in or not rule.held_by.isdisjoint(marks)


@lru_cache
def lifecycle() -> Lifecycle:
    """Return the life-cycle that is shipped.

    Raises
    ------
    LifecycleError
        It makes no sense.
    """
    return load((files(__package__) / "lifecycle.toml").read_text(encoding="utf-8"))


def load(text: str) -> Lifecycle:
    """Return the life-cycle that a file describes.

    Raises
    ------
    LifecycleError
        It is no TOML, has a word that is unknown, lacks one, or has a state that nothing reaches or leads out of.
    """
    try:
        cycle = msgspec.convert(tomllib.loads(text), Lifecycle)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, DeadlineError) as error:
        raise LifecycleError(f"lifecycle: {error}; correct the file") from None
    faults = [*_unknown(cycle), *_unnamed(cycle), *_unreached(cycle), *_powerless(cycle)]
    if faults:
        raise LifecycleError("lifecycle: " + "; ".join(faults))
    return cycle


def _unknown(cycle: Lifecycle) -> Iterator[str]:
    """Yield words that stand for nothing."""
    for act, way in cycle.transitions():
        for words, known, what in (
            (way.who, cycle.parties, "party"),
            (way.when + way.unless, FACTS, "fact"),
            (way.does, CHANGES, "change"),
        ):
            for word in words:
                if word not in known:
                    yield f"acts.{act}: there is no {what} {word!r}; name one of {', '.join(sorted(known))}"
    for clock, rule in cycle.clocks.items():
        if rule.only is not None and rule.only not in FACTS:
            yield f"clocks.{clock}: there is no fact {rule.only!r}; name one of {', '.join(sorted(FACTS))}"


def _unnamed(cycle: Lifecycle) -> Iterator[str]:
    """Yield what has no name, or a name but no meaning."""
    for table, given, wanted in (
        ("clocks", set(cycle.clocks), set(Clock)),
        ("states", set(cycle.states), set(Status)),
        ("needs", set(cycle.needs), set(Need)),
        ("facts", set(cycle.facts), set(FACTS)),
        ("acts", set(cycle.acts), set(Act)),
    ):
        for word in sorted(map(str, given ^ wanted)):
            yield f"{table}.{word}: {'is missing; add it' if word in wanted else 'means nothing; remove it'}"
    for act, rule in cycle.acts.items():
        if not rule.transitions:
            yield f"acts.{act}: has no way; add one"


def _unreached(cycle: Lifecycle) -> Iterator[str]:
    """Yield states that nothing leads to, and open ones from which a case or task can never be closed."""
    for kind in CaseKind:
        ways = [way for _, way in cycle.transitions() if kind in way.kinds]
        steps = {(one, way.leads(one)) for way in ways for one in way.sources}
        reached = spread({way.to for way in ways if not way.sources and way.to}, steps)
        closing = spread({Status.CLOSED}, {(there, here) for here, there in steps})
        for one in Status:
            if one not in reached and kind is CaseKind.CASE:
                yield f"states.{one}: nothing leads to it; give an act a way"
            if one in reached and one in OPEN_STATUSES and one not in closing:
                yield f"states.{one}: a {kind} in it can never be closed; give an act a way out"


def spread(start: Collection[Status], steps: Collection[tuple[Status, Status]]) -> set[Status]:
    """Return all states to which steps lead from the first ones, with these."""
    found: set[Status] = set()
    fresh = set(start)
    while fresh:
        found |= fresh
        fresh = {there for here, there in steps if here in fresh} - found
    return found


def _powerless(cycle: Lifecycle) -> Iterator[str]:
    """Yield parties whose roles may not handle cases, and states in which a clock could run for ever."""
    for name, party in cycle.parties.items():
        for role in party.roles:
            if Permission.EVENT_HANDLE not in PERMISSIONS[role]:
                yield f"parties.{name}: {role} may not handle cases; leave it out"
    for clock, rule in cycle.clocks.items():
        for one in rule.held_in:
            if one.stage is Stage.CLOSED:
                yield f"clocks.{clock}: it cannot be held in {one}, which is closed; stop it there"
