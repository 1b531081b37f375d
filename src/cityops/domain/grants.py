"""Which grants make sense: roles by what holds them, scopes by role, codes that exist; and how long each lasts."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum

from cityops.domain.access import SCOPES, Role, Scope, ScopeKind
from cityops.errors import CityopsError

SESSION = timedelta(hours=12)
"""A working shift; whoever stays longer signs in again."""

SESSION_IDLE = timedelta(hours=2)
"""A session that nobody used so long is over. An open page uses it."""


SERVICE = "dashboard"
"""Label of the key with which a dashboard asks for all its screens, and which no limit holds up."""


class Holder(StrEnum):
    """What is given a role and a scope."""

    ACCOUNT = "account"
    DISPLAY = "display"
    KEY = "key"


ROLES: Mapping[Holder, frozenset[Role]] = {
    Holder.ACCOUNT: frozenset(Role) - {Role.WALL_DISPLAY, Role.SOURCE_SYSTEM},
    Holder.DISPLAY: frozenset({Role.WALL_DISPLAY}),  # hangs in a room: reads what everybody there may see
    Holder.KEY: frozenset(Role) - {Role.WALL_DISPLAY, Role.ADMINISTRATOR},  # administration is done by persons
}
DAYS: Mapping[Holder, tuple[int, int]] = {Holder.DISPLAY: (400, 1830), Holder.KEY: (365, 730)}
"""For how many days a credential is given, unless asked otherwise and at most."""


class GrantError(CityopsError):
    """A grant that makes no sense; the text names the item, the reason and what would."""


def folded(login: str) -> str:
    """Return a login as it is kept: people do not tell logins apart by case."""
    return login.lower()


def check_grant(holder: Holder, role: Role, scope: Scope, known: Collection[str]) -> None:
    """Refuse a role that this holder cannot have, or a scope that is none for the role.

    `known` are the codes there are of the scope's kind.

    Raises
    ------
    GrantError
        The text names what is wrong.
    """
    if role not in ROLES[holder]:
        raise GrantError(f"role: {_a(holder)} cannot be {role}; it can be {_listed(ROLES[holder])}")
    if scope.kind not in SCOPES[role]:
        raise GrantError(f"scope: {role} cannot reach over {scope.kind}; it can over {_listed(SCOPES[role])}")
    if scope.kind is ScopeKind.CITY and scope.codes:
        raise GrantError(f"scope: the whole city has no codes; leave {_listed(scope.codes)} out or name another kind")
    if scope.kind is not ScopeKind.CITY and not scope.codes:
        raise GrantError(f"scope: no code is named, so nothing could be seen; name {scope.kind}")
    if unknown := scope.codes - frozenset(known):
        raise GrantError(f"scope: there is nothing registered as {_listed(unknown)} among the {scope.kind}")


def check_scene(scene: str, scope: Scope, districts: Collection[str]) -> None:
    """Refuse a page that a display of this scope could not open: there are `/` and the pages of `districts`.

    Raises
    ------
    GrantError
        There is no such page, or it lies outside the scope.
    """
    code = scene.removeprefix("/districts/")
    if scene == "/":
        return
    if code == scene or code not in districts:
        raise GrantError(
            f"scene: a display has no page {scene}; name / or that of a district by its code, as /districts/440105"
        )
    if not scope.touches(code):
        told = f"{scope.kind} {_listed(scope.codes)}"
        raise GrantError(
            f"scene: {scene} lies outside {told}, so it would be refused; name a page inside, or both alike"
        )


def check_label(label: str, *, at_command_line: bool) -> None:
    """Refuse the dashboard's label to whoever has not the platform itself in hand.

    Raises
    ------
    GrantError
        The text names the label and who may give it.
    """
    if label == SERVICE and not at_command_line:
        raise GrantError(
            f"label: {SERVICE} is that of the dashboard's own key, which is not limited; choose another, or run "
            f"`cityops keys create {SERVICE}` where the platform runs"
        )


def lasting(holder: Holder, days: int | None) -> timedelta:
    """Return for how long a credential is given.

    Raises
    ------
    GrantError
        Longer than it may.
    """
    usual, most = DAYS[holder]
    chosen = usual if days is None else days
    if not 1 <= chosen <= most:
        raise GrantError(f"days: {chosen} is not possible; {_a(holder)} is given for 1 to {most}")
    return timedelta(days=chosen)


def _a(holder: Holder) -> str:
    return f"an {holder}" if holder is Holder.ACCOUNT else f"a {holder}"


def _listed(words: Collection[str]) -> str:
    return ", ".join(sorted(words))
