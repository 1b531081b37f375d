"""What the claims of a single sign-on mean: role and scope by ordered rules, from the text of a mapping file."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.grants import GrantError, Holder, check_grant
from cityops.errors import CityopsError

_HEADER = re.compile(r"\s*\[\[\s*rule\s*\]\]")


class MappingError(CityopsError):
    """A mapping file that cannot be used; the text names file, line, item, reason and remedy."""


class TokenError(CityopsError):
    """An id_token that is not taken; the text says why."""


class NoRuleError(CityopsError):
    """A person whose claims give no role here; the text names what was missing."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has `value` in a claim has this role, over `scope_codes` or the codes in the claim `scope_from`."""

    claim: str
    value: str
    role: Role
    scope_kind: ScopeKind
    scope_codes: tuple[str, ...] = ()
    scope_from: str = ""

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claim is the value, or a list that holds it."""
        return self.value in _texts(claims.get(self.claim))

    def scope(self, claims: Mapping[str, Any]) -> Scope:
        """Return over what the role reaches for somebody with these claims.

        Raises
        ------
        NoRuleError
            The claim that carries the codes is missing.
        """
        codes = _texts(claims.get(self.scope_from)) if self.scope_from else self.scope_codes
        if self.scope_from and not codes:
            raise NoRuleError(
                f"{self.claim} = {self.value} makes you a {self.role}, but the claim {self.scope_from}, which names "
                f"the {self.scope_kind}, is missing: have the single sign-on send it"
            )
        return Scope(self.scope_kind, frozenset(codes))


def grant(rules: Sequence[Rule], claims: Mapping[str, Any]) -> tuple[Role, Scope]:
    """Return role and scope by the first rule that fits.

    Raises
    ------
    NoRuleError
        None fits, or what carries the codes is missing.
    """
    for rule in rules:
        if rule.fits(claims):
            return rule.role, rule.scope(claims)
    names = dict.fromkeys(rule.claim for rule in rules)
    held = "; ".join(f"{name}: {', '.join(_texts(claims.get(name))) or 'missing'}" for name in names)
    raise NoRuleError(
        f"the single sign-on knows you, but nothing it says gives you a role here ({held}): "
        "ask your administration for a group that has one, or the administrator for a rule"
    )


def read_rules(text: str, file: str, known: Mapping[ScopeKind, Collection[str]]) -> tuple[Rule, ...]:
    """Return the rules of a mapping file in their order.

    Parameters
    ----------
    known
        The codes there are, by kind of scope.

    Raises
    ------
    MappingError
        It is no TOML, has no rule, or a rule makes no sense.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{file}: not TOML: {error}; mend that place") from error
    listed = tables.pop("rule", [])
    if tables:
        raise MappingError(f"{file}: {', '.join(tables)}: there is nothing but [[rule]]; leave it out")
    if not isinstance(listed, list) or not listed:
        raise MappingError(f"{file}: it has no [[rule]], so nobody could sign in; write one")
    places = _places(text, file, len(listed))
    return tuple(_rule(table, place, known) for table, place in zip(listed, places, strict=True))


def _rule(table: Any, place: str, known: Mapping[ScopeKind, Collection[str]]) -> Rule:
    try:
        rule = msgspec.convert(table, Rule)
        _check(rule, known)
    except (msgspec.ValidationError, GrantError) as error:
        raise MappingError(f"{place}: {error}; mend this rule") from error
    return rule


def _check(rule: Rule, known: Mapping[ScopeKind, Collection[str]]) -> None:
    if not rule.claim or not rule.value:
        raise GrantError("claim, value: one of them is empty; name the claim, and the value that it must have")
    if rule.scope_codes and rule.scope_from:
        raise GrantError("scope_codes, scope_from: both are given; keep one")
    codes = frozenset(rule.scope_codes)
    if rule.scope_from:
        if rule.scope_kind is ScopeKind.CITY:
            raise GrantError("scope_from: the whole city has no codes; leave it out or name another scope_kind")
        # Which codes the claim will carry is only known when somebody signs in: any one stands for them.
        codes = frozenset(sorted(known.get(rule.scope_kind, ()))[:1])
    check_grant(Holder.ACCOUNT, rule.role, Scope(rule.scope_kind, codes), known.get(rule.scope_kind, ()))


def _places(text: str, file: str, rules: int) -> list[str]:
    """Return where each rule stands; without a line where the text writes rules in another way than `[[rule]]`."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    if len(lines) != rules:
        return [f"{file}: rule {number}" for number in range(1, rules + 1)]
    return [f"{file}, line {line}: rule {number}" for number, line in enumerate(lines, 1)]


def _texts(value: Any) -> tuple[str, ...]:
    many = value if isinstance(value, list) else [value]
    return tuple(one for one in many if isinstance(one, str) and one)
