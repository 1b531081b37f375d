"""The one judge of acts on cases: allowed, and how the case then stands, or refused with what would be possible.

It decides by `lifecycle.toml` alone. What it must know of a case comes from the store through `cityops.services`, and
what it answers goes back the same way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache

from cityops.domain.access import Role
from cityops.domain.events.acts import (
    Act,
    Allowed,
    Asker,
    CaseKind,
    CaseStanding,
    Clock,
    Denied,
    Effect,
    Mark,
    Master,
    Need,
    Offer,
    Relation,
    Request,
)
from cityops.domain.events.changes import CHANGES
from cityops.domain.events.facts import FACTS, GIVEN, OF_THE_CASE, Question
from cityops.domain.events.status import Status
from cityops.domain.events.transitions import ActTransition, Lifecycle, Name, Party, lifecycle


def judge(case: CaseStanding | None, asker: Asker, asked: Request, now: datetime) -> Allowed | Denied:
    """Return whether an act may be done with a case, without one: whether it may be reported.

    `now` has a time zone. Who asks is taken to see the case: what lies outside his scope is kept back before.
    """
    ways = _ways(lifecycle(), case, asker, asked, now)
    for way in ways:
        if way.trouble() is None:
            return way.taken()
    return _refused(ways, case, asker, now)


def possible(case: CaseStanding | None, asker: Asker, now: datetime) -> list[Offer]:
    """Return every act in the order in which acts are offered, with what it needs, or with why it cannot be done now.

    What depends on what is asked for (another unit, an end that lies ahead) is judged when it is asked.
    """
    cycle = lifecycle()
    return [_choice(cycle, act, case, asker, now) for act in cycle.acts]


def _choice(cycle: Lifecycle, act: Act, case: CaseStanding | None, asker: Asker, now: datetime) -> Offer:
    ways = _ways(cycle, case, asker, Request(act), now)
    who = _roles(act, _where(case))
    fit = [way for way in ways if way.trouble(OFFERED) is None]
    if fit:
        shared = set.intersection(*({*way.way.needs} for way in fit))
        return Offer(act, True, tuple(need for need in Need if need in shared), "", "", who)
    why = _worst(ways, OFFERED)
    return Offer(act, False, (), why.zh, why.en, who)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a way cannot be taken; the later the step at which it fails, the nearer it came.

    Of two that fail at the same step the one is nearer that was meant: `astray` counts what tells it from the other.
    """

    zh: str
    en: str
    needs: tuple[Need, ...] = ()
    astray: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class _Tried:
    """A way held against what is asked."""

    cycle: Lifecycle
    way: ActTransition
    known: bool
    """Whether there is a case."""
    question: Question

    def trouble(self, steps: int | None = None) -> Trouble | None:
        """Return the first thing that stands against it, looking at all steps or at the first ones alone."""
        checks = (self._master, self._kind, self._state, self._party, self._case, self._needs, self._request)
        for step, check in enumerate(checks[:steps]):
            if (told := check()) is not None:
                return Trouble(told.zh, told.en, told.needs, told.astray, step)
        return None

    def _master(self) -> Trouble | None:
        if not self.known or self.question.case.master in self.way.masters:
            return None
        open_to = _of_sources()
        return Trouble(
            f"本案由来源系统办理，在这里只能{_zh(self.cycle, open_to)}",
            f"the case is handled by the system that reported it; here one can only {_en(self.cycle, open_to)}",
        )

    def _kind(self) -> Trouble | None:
        if self.question.case.kind in self.way.kinds:
            return None
        name = self.cycle.acts[self.question.asked.act]
        return Trouble(f"重点任务没有“{name.zh}”这一步", f"a key task has no such step as “{name.en}”")

    def _state(self) -> Trouble | None:
        case = self.question.case
        if self.way.leaves(case.status if self.known else None):
            return None
        if not self.known:
            return Trouble("案件还没有上报", "there is no case yet")
        if not self.way.sources:
            return Trouble("案件已经上报", "the case is reported already")
        state, starts = self.cycle.states[case.status], _starts(self.question.asked.act, case.kind)
        return Trouble(
            f"案件{state.zh}，只有在{'、'.join(name.zh for name in starts)}时才可以",
            f"the case is {state.en}; it must be {' or '.join(name.en for name in starts)}",
        )

    def _party(self) -> Trouble | None:
        parties = [self.cycle.parties[name] for name in self.way.who]
        if any(_is(party, self.question, known=self.known) for party in parties):
            return None
        return Trouble(
            f"由{'、'.join(party.zh for party in parties)}办理，您不是",
            f"it is done by {' or '.join(party.en for party in parties)}, which you are not",
        )

    def _case(self) -> Trouble | None:
        return self._facts(of_the_case=True) if self.known else None

    def _request(self) -> Trouble | None:
        return self._facts(of_the_case=False)

    def _facts(self, *, of_the_case: bool) -> Trouble | None:
        against = [*self._against(of_the_case)]
        if not against:
            return None
        names = [_filled(name, self.cycle) for _, name in against]
        astray = self.cycle.telling(self.question.asked.act).intersection(word for word, _ in against)
        zh, en = "；".join(name.zh for name in names), "; ".join(name.en for name in names)
        return Trouble(zh, en, astray=len(astray))

    def _against(self, of_the_case: bool) -> Iterator[tuple[str, Name]]:
        names = self.cycle.facts
        for word in self.cycle.unless(self.question.asked.act, self.way):
            if (word in OF_THE_CASE) is of_the_case and FACTS[word](self.question):
                yield word, names[word].holds
        for word in self.way.when:
            if (word in OF_THE_CASE) is of_the_case and not FACTS[word](self.question):
                yield word, names[word].lacks

    def _needs(self) -> Trouble | None:
        lacking = [need for need in self.way.needs if not GIVEN[need](self.question)]
        if not lacking:
            return None
        names = [self.cycle.needs[need] for need in lacking]
        zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
        return Trouble(f"还缺{zh}", f"it needs {en}", tuple(lacking))

    def taken(self) -> Allowed:
        """Return what comes of taking the way."""
        q = self.question
        case = q.case
        to = self.way.leads(case.status)
        marks = (case.marks | {*self.way.sets}) - {*self.way.clears}
        waiting = marks & {Mark.POSTPONED, Mark.SUSPENDED}
        clocks = self._clocks(to, marks)
        after = replace(case, status=to, marks=marks, until=case.until if waiting else None)
        for word in self.way.does:
            after = CHANGES[word](q, after)
        return Allowed(to, clocks, _ticking(after, clocks))

    def _clocks(self, to: Status, marks: frozenset[Mark]) -> Mapping[Clock, Effect]:
        """Return the effects that are any: a clock at rest is not stopped, one that is held otherwise not resumed."""
        clocks = {}
        for clock, effect in self.way.clocks.items():
            only = self.cycle.clocks[clock].only
            if only is not None and not FACTS[only](self.question):
                continue
            held = self.cycle.held(clock, to, marks)
            if _takes(effect, clock, self.question.case) and not (effect is Effect.RESUME and held):
                clocks[clock] = effect
        return clocks


@lru_cache
def _of_sources() -> tuple[Act, ...]:
    """Return the acts that are possible on a case which its source handles."""
    return tuple(act for act, way in lifecycle().transitions() if Master.SOURCE in way.masters)


@lru_cache
def _starts(act: Act, kind: CaseKind) -> tuple[Name, ...]:
    """Return the names of the states from which an act leads on."""
    cycle = lifecycle()
    found = {one for way in cycle.acts[act].transitions if kind in way.kinds for one in way.sources}
    return tuple(name for one, name in cycle.states.items() if one in found)


PARTY = 3
"""The step at which it is looked at who asks."""
OFFERED = 5
"""How many steps are looked at while an act is only offered: not what it needs, nor what depends on what is asked."""


def _takes(effect: Effect, clock: Clock, case: CaseStanding) -> bool:
    running, paused = clock in case.running, clock in case.paused
    match effect:
        case Effect.START:
            return not running and not paused
        case Effect.PAUSE:
            return running
        case Effect.RESUME:
            return paused
        case Effect.STOP | Effect.EXTEND:
            return running or paused
    return True


def _ticking(case: CaseStanding, clocks: Mapping[Clock, Effect]) -> CaseStanding:
    """Return the case with its clocks as the effects leave them; when the unit's runs out is to be computed anew."""
    running, paused = set(case.running), set(case.paused)
    for clock, effect in clocks.items():
        if effect is Effect.EXTEND:
            continue
        running.discard(clock)
        paused.discard(clock)
        if effect is Effect.PAUSE:
            paused.add(clock)
        elif effect is not Effect.STOP:
            running.add(clock)
    due = None if Clock.UNIT in clocks else case.due
    return replace(case, running=frozenset(running), paused=frozenset(paused), due=due)


def _ways(cycle: Lifecycle, case: CaseStanding | None, asker: Asker, asked: Request, now: datetime) -> list[_Tried]:
    fresh = case or CaseStanding(Status.REPORTED, asked.region_code, kind=asked.kind, citizen=asked.citizen)
    question = Question(fresh, asker, asked, now, cycle.limits)
    return [_Tried(cycle, way, case is not None, question) for way in cycle.acts[asked.act].transitions]


def _worst(ways: Iterable[_Tried], steps: int | None = None) -> Trouble:
    """Return what stands against the way that came nearest."""
    return max(
        (way.trouble(steps) or Trouble("", "") for way in ways),
        key=lambda trouble: (trouble.step, -trouble.astray),
    )


def _refused(ways: list[_Tried], case: CaseStanding | None, asker: Asker, now: datetime) -> Denied:
    cycle, act = ways[0].cycle, ways[0].question.asked.act
    why, rule = _worst(ways), ways[0].cycle.acts[act]
    where = _where(case)
    open_to = tuple(one for one in cycle.acts if _from_here(one, where) and _fits(cycle, one, case, asker, now))
    parties = () if why.step == PARTY else _parties(act, where)  # who may has been said then
    who_zh = f"；{rule.zh}由{'、'.join(party.zh for party in parties)}办理" if parties else ""
    who_en = f"; to {rule.en} is for {' or '.join(party.en for party in parties)}" if parties else ""
    return Denied(
        f"{rule.zh}：{why.zh}。现在您可以：{_zh(cycle, open_to) or '无'}{who_zh}。",
        f"{rule.en}: {why.en}. What you may do now: {_en(cycle, open_to) or 'nothing'}{who_en}.",
        why.needs,
        open_to,
        {one: _roles(one, where) for one in cycle.acts if one == act or _from_here(one, where)},
    )


def _fits(cycle: Lifecycle, act: Act, case: CaseStanding | None, asker: Asker, now: datetime) -> bool:
    return any(way.trouble(OFFERED) is None for way in _ways(cycle, case, asker, Request(act), now))


Where = tuple[Status, CaseKind, Master] | None
"""All that tells who may do what from here, whoever asks; None: there is no case yet."""


def _where(case: CaseStanding | None) -> Where:
    return None if case is None else (case.status, case.kind, case.master)


@cache
def _from_here(act: Act, where: Where) -> tuple[ActTransition, ...]:
    ways = lifecycle().acts[act].transitions
    if where is None:
        return tuple(way for way in ways if way.leaves(None))
    status, kind, master = where
    return tuple(way for way in ways if kind in way.kinds and master in way.masters and way.leaves(status))


@cache
def _parties(act: Act, where: Where) -> tuple[Party, ...]:
    """Return who may do an act from here; where nobody may, who may at all."""
    all_ = lifecycle().acts[act].transitions
    usual = [way for way in all_ if where is None or where[1] in way.kinds]
    ways = _from_here(act, where) or usual or all_
    return tuple(party for name, party in lifecycle().parties.items() if any(name in way.who for way in ways))


@cache
def _roles(act: Act, where: Where) -> tuple[Role, ...]:
    named = {role for party in _parties(act, where) for role in party.roles}
    return tuple(role for role in Role if role in named)


def _is(party: Party, q: Question, *, known: bool) -> bool:
    """Whether who asks is of a party to the case; the platform is of those without roles."""
    if not party.roles or q.asker.role is None:
        return not party.roles and q.asker.role is None
    return q.asker.role in party.roles and (_related(party.relation, q) or not known)


def _related(relation: Relation, q: Question) -> bool:
    units, case = q.asker.units, q.case
    match relation:
        case Relation.SEES:
            return True
        case Relation.PLACE:
            return q.asker.scope.covers(case.region_code)
        case Relation.HOLDER:
            return case.unit in units
        case Relation.CO_HANDLER:
            return not units.isdisjoint(case.co_handlers)
        case Relation.PASSED_BY:
            return not units.isdisjoint(case.passed_by)
    return case.unit is not None and any(unit.holds(case.unit) for unit in units)


def _filled(name: Name, cycle: Lifecycle) -> Name:
    limits = {word: getattr(cycle.limits, word) for word in ("postpone_days", "suspend_days")}
    return Name(name.zh.format(**limits), name.en.format(**limits))


def _zh(cycle: Lifecycle, acts: Iterable[Act]) -> str:
    return "、".join(cycle.acts[act].zh for act in dict.fromkeys(acts))


def _en(cycle: Lifecycle, acts: Iterable[Act]) -> str:
    return ", ".join(cycle.acts[act].en for act in dict.fromkeys(acts))
