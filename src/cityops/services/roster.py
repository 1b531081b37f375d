"""Acts on the roster (值班表): a file of duties is taken line by line, and what that changed stands in the audit."""

from collections.abc import Iterable
from typing import Any

from cityops.domain.audit import Action, Actor
from cityops.domain.modes.roster import RosterDuty, RosterLine, RosterOutcome, judged
from cityops.store import regions
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.modes import roster as store


def import_roster(
    connection: WriteConnection, actor: Actor, lines: Iterable[str], file: str
) -> tuple[RosterLine, ...]:
    """Take the lines of a file that are sound; return what became of each.

    Raises
    ------
    RosterError
        The file is no roster; nothing is done then.
    """
    store.hold(connection)
    known = frozenset(region.code for region in regions.regions(connection))
    before = frozenset(store.in_force(connection))
    found = judged(lines, before, known)
    store.remove(connection, before - found.duties)
    store.add(connection, found.duties - before, actor.name)
    quiet = {RosterOutcome.UNCHANGED, RosterOutcome.REFUSED}
    changes = [_told(one.outcome, one.duty) for one in found.lines if one.duty and one.outcome not in quiet]
    refused = sum(one.outcome is RosterOutcome.REFUSED for one in found.lines)
    audit.record(connection, actor, Action.ROSTER_IMPORT, file, detail={"changes": changes, "refused": refused})
    return found.lines


def _told(outcome: RosterOutcome, duty: RosterDuty) -> dict[str, Any]:
    """Return a change as the audit keeps it: who and when, without a number."""
    times = {"from": duty.starts_at.isoformat(), "to": duty.ends_at.isoformat(), "modes": sorted(duty.kinds)}
    named = {"region": duty.region_code, "role": duty.role, "order": duty.place, "person": duty.person}
    return {"outcome": outcome.value} | named | times
