"""Draws the life-cycle of cases for the docs: a diagram, and tables of states, clocks, parties and acts."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from cityops.domain.events.acts import Act, CaseKind, Clock, Master
from cityops.domain.events.transitions import ActTransition, Lifecycle, lifecycle

INTRO = """# The life-cycle of a case

What may be done with a case, by whom, and what comes of it: written from
[lifecycle.toml](../../src/cityops/domain/events/lifecycle.toml), by which [one
function](../../src/cityops/domain/events/lifecycle.py) judges every act. Why so:
[0046](../decisions/0046-the-life-cycle-is-data-with-one-judge.md). A refused act is answered with what is
wrong, which acts would be possible, and who may do what was asked.

"""
STATES = """
Not drawn are 作废 and 并案, which lead from most open states to `void` and `merged`, and acts that leave the
state as it is.

## States

| state | 状态 | name | stage |
|---|---|---|---|
"""
CLOCKS = """
## Clocks

A clock that is held stands still, and goes on when nothing holds it any longer. None runs in a closed case.

| clock | 计时 | limit | held in | held while |
|---|---|---|---|---|
"""
PARTIES = """
## Who may

| party | 谁 | who | roles | what he is to the case |
|---|---|---|---|---|
"""
RELATIONS = {
    "sees": "sees it",
    "place": "his area covers its place",
    "holder": "his unit handles it",
    "co_handler": "his unit helps",
    "passed_by": "his district passed it down",
    "above": "his district is that of the street which handles it",
}
ACTS = """
## Acts

Each line is one way of doing the act; the first that fits is taken. All are for cases that are handled here;
those marked ◇ are also open where the source system handles the case, those marked ○ also while it is locked.

| act | 操作 | for | from | to | who | needs | only if | not if | clocks |
|---|---|---|---|---|---|---|---|---|---|
"""
TASKS = """
## Key tasks from above

A key task (重点任务, 市领导交办) is a case of another kind under the same engine. It has no {lacking}. It has
ways of its own for {own}: whoever sets it names its end in place of a standard, and the shift leader closes it
by a report.
"""

Row = Callable[..., str]


def page(row: Row) -> str:
    """Return the page; `row` makes a line of a table."""
    cycle = lifecycle()
    states = (row(f"`{one}`", name.zh, name.en, f"`{one.stage}`") for one, name in cycle.states.items())
    parties = (
        row(name, one.zh, one.en, _codes(one.roles) or "–", RELATIONS[one.relation])
        for name, one in cycle.parties.items()
    )
    acts = (_way(row, cycle, act, way) for act, way in cycle.transitions())
    return "".join(
        (
            *(INTRO, _diagram(cycle), STATES, *states, CLOCKS, *(_clock(row, cycle, one) for one in Clock)),
            *(PARTIES, *parties, ACTS, *acts, _tasks(cycle)),
        )
    )


def _diagram(cycle: Lifecycle) -> str:
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for act, way in cycle.transitions():
        if act in {Act.VOID, Act.MERGE}:
            continue
        for one in way.sources or ("[*]",):
            to = str(way.to or one)
            if to != one and cycle.acts[act].zh not in arrows[one, to]:
                arrows[one, to].append(cycle.acts[act].zh)
    names = "".join(f'    state "{name.zh}" as {one}\n' for one, name in cycle.states.items())
    lines = "".join(f"    {one} --> {to}: {' / '.join(acts)}\n" for (one, to), acts in arrows.items() if acts)
    ends = "".join(f"    {one} --> [*]\n" for one in ("archived", "void", "merged"))
    return f"```mermaid\nstateDiagram-v2\n{names}{lines}{ends}```\n"


def _clock(row: Row, cycle: Lifecycle, clock: Clock) -> str:
    rule = cycle.clocks[clock]
    limit = "by the case standard" if rule.seconds is None else f"{rule.seconds // 60:,} min by the natural clock"
    held_in = [one for one in cycle.states if one in rule.held_in]
    return row(f"`{clock}`", rule.zh, limit, _codes(held_in), _codes(sorted(rule.held_by)))


def _way(row: Row, cycle: Lifecycle, act: Act, way: ActTransition) -> str:
    rule = cycle.acts[act]
    signs = "◇" * (Master.SOURCE in way.masters) + "○" * rule.locked
    everywhere = set(way.sources) == set(cycle.states)
    return row(
        f"`{act}` {signs}".strip(),
        rule.zh,
        "all" if len(way.kinds) == len(CaseKind) else _codes(way.kinds),
        "any state" if everywhere else _codes(way.sources) or "–",
        f"`{way.to}`" if way.to else "stays",
        ", ".join(way.who),
        _codes(way.needs),
        "; ".join(cycle.facts[one].holds.en.format(**_limits(cycle)) for one in way.when),
        "; ".join(cycle.facts[one].holds.en.format(**_limits(cycle)) for one in way.unless),
        ", ".join(f"{clock}: {effect}" for clock, effect in way.clocks.items()),
    )


def _limits(cycle: Lifecycle) -> dict[str, int]:
    return {"postpone_days": cycle.limits.postpone_days, "suspend_days": cycle.limits.suspend_days}


def _tasks(cycle: Lifecycle) -> str:
    kinds = {act: {frozenset(way.kinds) for way in rule.transitions} for act, rule in cycle.acts.items()}
    case, task = frozenset({CaseKind.CASE}), frozenset({CaseKind.TASK})
    lacking = [act for act, found in kinds.items() if found == {case}]
    return TASKS.format(lacking=_codes(lacking), own=_codes(act for act, found in kinds.items() if task in found))


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
