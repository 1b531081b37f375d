"""Acts on photos and files of cases: looked through, kept for a case and written into the audit, or refused whole."""

from datetime import datetime
from hashlib import sha256

from cityops.domain.audit import Action, Actor
from cityops.domain.events.evidence import (
    UNBOUND_MOST,
    Evidence,
    EvidenceError,
    Medium,
    check_pdf,
    check_size,
    medium_of,
    safe_name,
)
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.events import evidence as store


class CrowdedError(EvidenceError):
    """As many files of a case wait for their act as may."""


def examined(sent: bytes, said: str, name: str, now: datetime) -> Evidence:
    """Return a file as it is kept: a picture as a new one of its pixels alone, a PDF as it was sent.

    Takes up to a second and, while a picture is decoded, a quarter of a gigabyte; nothing is kept yet.

    Parameters
    ----------
    said
        The media type that the sender declares.
    name
        What the sender calls the file; it becomes a name that is safe.

    Raises
    ------
    EvidenceError
        The file is not taken; the text names its fault and the remedy.
    """
    check_size(len(sent))
    medium = medium_of(sent, said)
    kept_as = medium.kept_as
    called = safe_name(name, kept_as)
    if medium is Medium.PDF:
        check_pdf(sent)
        return Evidence(sha256(sent).hexdigest(), kept_as, called, sent)
    from cityops.domain.events import photographs  # Pillow is 3 MB that only photos need

    photo = photographs.cleaned(sent, medium, now)
    return Evidence(sha256(photo.content).hexdigest(), kept_as, called, **photo._asdict())


def add(connection: WriteConnection, actor: Actor, event_id: int, file: Evidence) -> bool:
    """Keep a file for a case until an act binds it; return whether it is new to the case.

    One that the case has already changes nothing: whoever had no answer may send it again.

    Raises
    ------
    AbsentError
        There is no such case in the scope of the connection.
    CrowdedError
        Too many files of this case wait for an act.
    """
    if not store.is_case(connection, event_id):
        raise AbsentError(f"there is no event {event_id}: the ids stand in /api/v1/events")
    is_new = store.add(connection, event_id, file, actor.name)
    if not is_new:
        return False
    if store.unbound(connection, event_id) > UNBOUND_MOST:
        raise CrowdedError(
            f"{UNBOUND_MOST} files of event {event_id} wait for an act already: use them in one, or wait a day, after"
            " which they are forgotten"
        )
    detail = {"digest": file.digest, "medium": file.medium, "bytes": len(file.content), "name": file.name}
    audit.record(connection, actor, Action.EVIDENCE_ADD, f"event {event_id}", detail=detail)
    return True
