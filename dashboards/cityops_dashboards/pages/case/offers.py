"""What may be done with a case, as a page offers it: acts with their names and the fields of their forms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cityops import reference
from cityops.domain.events.acts import Act, Need
from cityops.domain.events.transitions import lifecycle
from cityops.domain.regions import RegionLevel, district_of, holds
from cityops_dashboards.texts import name, text

TAKE_OVER = "take_over"
"""Not an act of the life-cycle: a case that its source handles becomes ours."""

MAIN = (
    *(Act.SIGN, Act.FEED_BACK, Act.PROCESS, Act.ACCEPT, Act.FILE, Act.DISPATCH, Act.ARBITRATE, Act.CLOSE, Act.CHECK),
    *(Act.DECIDE_EXTENSION, Act.DECIDE_APPEAL, Act.SUPERVISE_REPLY, Act.RESUME, Act.VERIFY),
)
"""Acts that move a case on, in the order in which one of them is the next thing to do."""

BESIDE = (Act.RETURN, Act.FORWARD, Act.REWORK, Act.ASK_EXTENSION, Act.REFUSE)
"""What somebody does instead, offered beside it."""

BY_THE_PLATFORM = {Act.ARCHIVE, Act.REPORT}
"""Acts that no page offers: the platform does the one, the other makes a case."""

ASKING = {Act.CONTACT, Act.CLOSE}
"""Acts whose form asks what the citizen says."""

ANSWERS = ("solved", "satisfied")


@dataclass(frozen=True, slots=True)
class PageAct:
    """An act as a button: what it is called, and which fields its form has; without any, one tap does it."""

    act: str
    name: str
    needs: Sequence[Need] = ()
    optional: Sequence[Need] = ()
    answers: Sequence[str] = ()
    """What whoever reported the case may be asked with it: yes, no, or not asked."""

    @property
    def fields(self) -> Sequence[Need]:
        """The fields of its form, in the order of `Need`."""
        return [need for need in Need if need in {*self.needs, *self.optional}]


@dataclass(frozen=True, slots=True)
class Offers:
    """What a page offers of a case: the next thing to do, two beside it, the others, and why not yet what follows."""

    first: PageAct | None
    beside: Sequence[PageAct]
    more: Sequence[PageAct]
    why: str


def offers(case: Mapping[str, Any], lang: str) -> Offers:
    """Return what to offer of a case of the API, which says what may be done by whoever asks."""
    may = {one["act"]: one["needs"] for one in case["possible"] if one["act"] not in BY_THE_PLATFORM}
    first = next((act for act in (TAKE_OVER, *MAIN) if act in may), None)
    beside = [act for act in (*BESIDE, *MAIN) if act in may and act != first][:2]
    more = [act for act in may if act != first and act not in beside]
    return Offers(
        _offered(first, may, lang) if first else None,
        [_offered(act, may, lang) for act in beside],
        [_offered(act, may, lang) for act in more],
        _why(case, first, lang),
    )


def act_name(act: str, lang: str) -> str:
    """Return what an act is called."""
    return text(lang, "act.take_over") if act == TAKE_OVER else getattr(lifecycle().acts[Act(act)], lang)


def _offered(act: str, may: Mapping[str, Sequence[str]], lang: str) -> PageAct:
    needs = tuple(Need(one) for one in may[act])
    if act == TAKE_OVER:
        return PageAct(act, act_name(act, lang), needs, (Need.TEXT,))
    optional = {
        Act.FEED_BACK: (Need.TEXT, Need.EVIDENCE),
        Act.CHECK: (Need.TEXT, Need.EVIDENCE),
        Act.CONTACT: (Need.TEXT,),
        Act.SUPPLEMENT: (Need.TEXT, Need.EVIDENCE),
    }
    return PageAct(act, act_name(act, lang), needs, optional.get(Act(act), ()), ANSWERS if act in ASKING else ())


def _why(case: Mapping[str, Any], first: str | None, lang: str) -> str:
    """Return why the next main act after the one that is offered cannot be done yet, as a sentence."""
    after = MAIN[MAIN.index(Act(first)) + 1 :] if first in MAIN else MAIN
    reasons = {one["act"]: one[f"reason_{lang}"] for one in case["others"]}
    wanted = next((act for act in (Act.FEED_BACK, Act.CLOSE, *after) if act != first and reasons.get(act)), None)
    if wanted is None or case["stage"] == "closed":
        return ""
    return text(lang, "case.not_yet", act=act_name(wanted, lang), reason=reasons[wanted])


def units(lang: str, region_code: str, act: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the units that an act may name, in groups: the place's own district and streets, and departments."""
    district = district_of(region_code)
    regions = [one for one in reference.regions() if holds(district, one.code)]
    here = [(one.code, name(lang, one)) for one in regions if one.level is not RegionLevel.CITY]
    yield text(lang, "units.here"), here
    if act == Act.FORWARD:
        return
    yield (
        text(lang, "units.departments"),
        [(row["code"], row[f"name_{lang}"]) for row in reference.rows("departments")],
    )
    others = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT and one.code != district]
    yield text(lang, "units.districts"), [(one.code, name(lang, one)) for one in others]


def unit_name(lang: str, unit: Mapping[str, str] | None) -> str:
    """Return a unit's name, its code where nothing is known of it."""
    if unit is None:
        return text(lang, "units.none")
    if unit["kind"] == "department":
        return next(
            (row[f"name_{lang}"] for row in reference.rows("departments") if row["code"] == unit["code"]),
            unit["code"],
        )
    return region_name(lang, unit["code"])


def in_charge(lang: str, case: Mapping[str, Any]) -> str:
    """Return who has a case in hand; nothing of one that its source handles, for it does not tell us."""
    return "" if case["unit"] is None and case["master"] == "source" else unit_name(lang, case["unit"])


def region_name(lang: str, code: str) -> str:
    """Return a region's name; of a street with its district's before it, for streets of several may have one name."""
    names = {one.code: name(lang, one) for one in reference.regions()}
    if len(code) > 6:
        return f"{names.get(district_of(code), '')} {names.get(code, code)}".strip()
    return names.get(code, code)


def _departments(lang: str) -> dict[str, str]:
    return {row["code"]: row[f"name_{lang}"] for row in reference.rows("departments")}
