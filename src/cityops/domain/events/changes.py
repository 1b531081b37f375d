"""What acts change of a case beside its state, marks and clocks: the words after `does` in `lifecycle.toml`."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cityops.domain.events.acts import CaseStanding, Unit
from cityops.domain.events.deadlines import hold
from cityops.domain.events.facts import Question


def _assign(q: Question, case: CaseStanding) -> CaseStanding:
    """Begin a unit's run: what was granted to another, or answered for by another, is not its own."""
    unit = q.asked.unit
    helpers = frozenset(one for one in case.co_handlers if one != unit)
    return replace(
        case, unit=unit, passed_by=(), co_handlers=helpers, extensions=0, due=None, refuse_until=None, until=None
    )


def _assign_again(_: Question, case: CaseStanding) -> CaseStanding:
    return replace(case, passed_by=(), refuse_until=None)


def _pass_down(q: Question, case: CaseStanding) -> CaseStanding:
    above = () if case.unit is None else (case.unit,)
    return _handed(case, q, (*case.passed_by, *above))


def _pass_again(q: Question, case: CaseStanding) -> CaseStanding:
    """Give it to another street, or take it back: it then stands as before it was passed down."""
    place = next(n for n, unit in enumerate(case.passed_by) if unit in q.asker.units)
    taken_back = q.asked.unit == case.passed_by[place]
    return _handed(case, q, case.passed_by[: place if taken_back else place + 1])


def _handed(case: CaseStanding, q: Question, passed_by: tuple[Unit, ...]) -> CaseStanding:
    helpers = frozenset(one for one in case.co_handlers if one != q.asked.unit)
    return replace(case, unit=q.asked.unit, passed_by=passed_by, co_handlers=helpers, refuse_until=None)


def _hand_back(_: Question, case: CaseStanding) -> CaseStanding:
    *above, last = case.passed_by
    return replace(case, unit=last, passed_by=tuple(above), refuse_until=None)


def _use_return(_: Question, case: CaseStanding) -> CaseStanding:
    return case if case.unit is None else replace(case, returned_by=case.returned_by | {case.unit})


def _add_handler(q: Question, case: CaseStanding) -> CaseStanding:
    return case if q.asked.unit is None else replace(case, co_handlers=case.co_handlers | {q.asked.unit})


def _wait_this_year(q: Question, case: CaseStanding) -> CaseStanding:
    end = hold(q.now).end
    return replace(case, until=end if q.asked.until is None or end is None else min(q.asked.until, end))


CHANGES: Mapping[str, Callable[[Question, CaseStanding], CaseStanding]] = {
    "assign": _assign,
    "assign_again": _assign_again,
    "pass_down": _pass_down,
    "pass_again": _pass_again,
    "hand_back": _hand_back,
    "use_return": _use_return,
    "remember_returner": lambda q, case: replace(case, returner=q.asker.name),
    "forget_returner": lambda _, case: replace(case, returner=None),
    "arbitrate": lambda q, case: replace(case, arbitrated=q.asked.unit),
    "add_handler": _add_handler,
    "choose_standard": lambda q, case: replace(case, standard=q.asked.standard or case.standard),
    "add_files": lambda q, case: replace(case, files=case.files + q.asked.evidence),
    "attach": lambda _, case: replace(case, child=True),
    "count_extension": lambda _, case: replace(case, extensions=case.extensions + 1),
    "wait_until": lambda q, case: replace(case, until=q.asked.until),
    "wait_this_year": _wait_this_year,
    "review": lambda q, case: replace(case, reviewers=case.reviewers | {q.asker.name}),
    "end_review": lambda _, case: replace(case, reviewers=frozenset()),
}
"""What acts do beside state, marks and clocks."""

BEGINS_REFUSAL = frozenset({"assign", "assign_again", "pass_down", "pass_again", "hand_back"})
"""With these a unit has the case anew, and as long as any to return it."""
