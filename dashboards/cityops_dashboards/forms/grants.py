"""Role and area in the forms of the administration: what there is to choose, and the choice as the API takes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cityops import reference
from cityops.domain.access import SCOPES, Role, Scope, ScopeKind
from cityops.domain.grants import ROLES, Holder
from cityops.domain.regions import RegionLevel
from cityops_dashboards.access import viewer
from cityops_dashboards.forms.form import Form, FormError
from cityops_dashboards.texts import name, text


@dataclass(frozen=True, slots=True)
class BoxGroup:
    """Boxes that stand together, such as a district's streets."""

    title: str
    boxes: list[tuple[str, str]]
    """What the form sends, `districts:440105`, and the name."""


@dataclass(frozen=True, slots=True)
class Group:
    """All that can be chosen of one kind of scope."""

    kind: ScopeKind
    title: str
    parts: list[BoxGroup]


def roles(lang: str, holder: Holder) -> list[tuple[str, str]]:
    """Return the roles that a holder can have, by code and name."""
    return [(role.value, text(lang, f"role.{role}")) for role in Role if role in ROLES[holder]]


def groups(lang: str, holder: Holder) -> list[Group]:
    """Return the areas that some role of a holder can have."""
    kinds = {kind for role in ROLES[holder] for kind in SCOPES[role]}
    return [Group(kind, text(lang, f"scope.{kind}"), _parts(lang, kind)) for kind in ScopeKind if kind in kinds]


def _parts(lang: str, kind: ScopeKind) -> list[BoxGroup]:
    if kind is ScopeKind.CITY:
        return [BoxGroup("", [("city:", text(lang, "area.city"))])]
    if kind is ScopeKind.STREETS:
        districts = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT]
        return [BoxGroup(name(lang, one), _boxes(lang, kind, one.code)) for one in districts]
    return [BoxGroup("", _boxes(lang, kind))]


def _boxes(lang: str, kind: ScopeKind, within: str | None = None) -> list[tuple[str, str]]:
    if kind in {ScopeKind.DISTRICTS, ScopeKind.STREETS}:
        level = RegionLevel.DISTRICT if kind is ScopeKind.DISTRICTS else RegionLevel.STREET
        found = [one for one in reference.regions() if one.level is level and within in {None, one.parent_code}]
        return [(f"{kind}:{one.code}", name(lang, one)) for one in found]
    file = "departments" if kind is ScopeKind.DEPARTMENTS else "source_systems"
    return [(f"{kind}:{row['code']}", row[f"name_{lang}"]) for row in reference.rows(file)]


def chosen(kind: str | None, codes: Iterable[str] | None) -> list[str]:
    """Return a scope of the API as the boxes that are ticked for it."""
    return ["city:"] if kind == ScopeKind.CITY else [f"{kind}:{code}" for code in codes or ()]


def grant(form: Form, role: Role | None = None) -> dict[str, Any]:
    """Return role and scope of a form as the API takes them.

    Raises
    ------
    FormError
        No area is ticked, or areas of different kinds: a scope has one.
    """
    ticked = [box.partition(":") for box in form.every("area")]
    kinds = {kind for kind, _, _ in ticked}
    if not kinds:
        raise FormError("form.area.none")
    if len(kinds) > 1:
        raise FormError("form.area.mixed")
    codes = sorted(code for _, _, code in ticked if code)
    return {"role": role or form.get("role"), "scope_kind": kinds.pop(), "scope_codes": codes}


def area(lang: str, kind: str | None, codes: Iterable[str] | None) -> str:
    """Return a scope of the API in words."""
    return "–" if kind is None else viewer.area(lang, Scope(ScopeKind(kind), frozenset(codes or ())))
