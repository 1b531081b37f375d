"""Acts on case standards: a city's whole set put in force, or refused with every fault; written into the audit."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from cityops.domain.audit import Action, Actor
from cityops.domain.events.standards import CaseStandard, read_standards
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.events import standards as store
from cityops.store.events.standards import Replaced


def check(connection: Connection, text: str) -> list[CaseStandard]:
    """Return the standards of a file that could be put in force.

    Raises
    ------
    StandardsError
        It could not; every fault is named.
    """
    kept = {one.key: one for one in store.every(connection)}
    return read_standards(text, store.known_codes(connection), kept)


def put_in_force(connection: WriteConnection, actor: Actor, text: str, name: str, now: datetime) -> Replaced:
    """Put the standards of a file in force instead of those there are; what cases bear stays readable.

    Raises
    ------
    StandardsError
        Something in the file is wrong: nothing is changed.
    """
    replaced = store.replace_all(connection, check(connection, text), now)
    audit.record(connection, actor, Action.STANDARD_IMPORT, name, detail=asdict(replaced))
    return replaced
