"""The guard of what may not simply leave the mainland: what a file holds, what that needs, and the refusal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cityops.domain.access import Permission, Subject
from cityops.domain.indicators.definitions import Indicator


@dataclass(frozen=True, slots=True)
class Holding:
    """What a file holds, by the codes that datasets name: indicators, and source systems whose rows it holds."""

    indicators: tuple[str, ...] = ()
    source_systems: tuple[str, ...] = ()


NAMED = 3
"""Datasets that a refusal names; the others are counted."""


def made_of(codes: Iterable[str], known: Mapping[str, Indicator]) -> list[str]:
    """Return indicators and all that they are made of: a ratio of two restricted numbers is restricted."""
    waiting, found = [*codes], dict[str, None]()
    while waiting:
        code = waiting.pop()
        if code not in found:
            found[code] = None
            declared = known[code].declared if code in known else None
            waiting += declared.inputs().values() if declared else ()
    return list(found)


def refusal(subject: Subject, datasets: Sequence[str], purpose: str | None) -> str | None:
    """Return why a file of restricted datasets (names) is not given, with the remedy; None where it may go out."""
    if not datasets:
        return None
    named = ", ".join(datasets[:NAMED]) + (f" and {len(datasets) - NAMED} more" if len(datasets) > NAMED else "")
    what = f"The file holds data whose transfer across the border is restricted: {named}."
    if not subject.may(Permission.EXPORT_RESTRICTED):
        remedy = "ask a data steward, who may give it out for a stated purpose"
        return f"{what} {subject.role} may not do {Permission.EXPORT_RESTRICTED}; {remedy}."
    if not (purpose or "").strip():
        return f"{what} Say what it is for: add the parameter `purpose`, which is written into the audit."
    return None
