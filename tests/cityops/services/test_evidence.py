"""Acts on files on the real database: looked through, kept once, audited; where they cannot be, nothing is left."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.audit import Actor
from cityops.domain.events.evidence import (
    LARGEST_BYTES,
    UNBOUND_MOST,
    BrokenError,
    Evidence,
    EvidenceError,
    Medium,
    OversizeError,
    UnfitError,
)
from cityops.services import evidence
from cityops.services.accounts import AbsentError
from cityops.services.evidence import CrowdedError
from cityops.store.engine import writing
from factories import photos
from factories.acts import Book
from factories.world import World

TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
LI = Actor("li", Role.DISTRICT_OFFICER, TIANHE, "session", "10.0.0.7", "request-1")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def examined(sent: bytes = photos.PDF, said: str = Medium.PDF, name: str = "报告.pdf") -> Evidence:
    return evidence.examined(sent, said, name, NOW)


@pytest.fixture
def case(world: World) -> int:
    """Give the id of a case in Tianhe."""
    world.case()
    [number] = world.connection.execute("SELECT id FROM event").fetchone() or (0,)
    return int(number)


def add(book: Book, case: int, file: Evidence) -> bool:
    with writing(book.engine, TIANHE) as connection:
        return evidence.add(connection, LI, case, file)


def kept(world: World) -> list[tuple[int, int, int]]:
    return world.connection.execute(
        "SELECT (SELECT count(*) FROM evidence), (SELECT count(*) FROM evidence_content),"
        " (SELECT count(*) FROM event_evidence)"
    ).fetchall()


def test_a_photo_is_kept_as_a_new_picture_and_a_pdf_as_it_is() -> None:
    photo = examined(photos.jpeg(), Medium.JPEG, "照片.HEIC.jpeg")
    assert (photo.medium, photo.name, photo.width, photo.lon) == (Medium.JPEG, "照片.jpg", 64, photos.LON)
    assert photo.content != photos.jpeg()
    plan = examined(photos.png(), Medium.PNG, "图.png")
    assert (plan.medium, plan.name, plan.content[:3]) == (Medium.JPEG, "图.jpg", b"\xff\xd8\xff")
    report = examined()
    assert (report.content, report.preview, report.width) == (photos.PDF, None, None)


@pytest.mark.parametrize(
    ("sent", "said", "kind"),
    [
        (b"<html>", Medium.JPEG, UnfitError),
        (photos.jpeg(), Medium.PNG, UnfitError),
        (photos.jpeg()[:900], Medium.JPEG, BrokenError),
        (photos.PDF[:40], Medium.PDF, BrokenError),
        (photos.huge_png(30_000, 30_000), Medium.PNG, OversizeError),
        (photos.jpeg() + bytes(LARGEST_BYTES), Medium.JPEG, OversizeError),
    ],
)
def test_what_is_not_taken_is_refused_with_its_reason(sent: bytes, said: str, kind: type[EvidenceError]) -> None:
    with pytest.raises(kind, match=": "):
        examined(sent, said)


def test_what_is_added_stands_in_the_audit_once(book: Book, case: int, world: World) -> None:
    assert add(book, case, examined())
    assert not add(book, case, examined())  # the answer was lost, so it comes again
    [row] = book.audited()
    assert (row["subject"], row["action"], row["object"]) == ("li", "evidence:add", f"event {case}")
    assert (row["detail"]["name"], row["detail"]["bytes"]) == ("报告.pdf", len(photos.PDF))
    assert kept(world) == [(1, 1, 1)]


def test_no_file_without_its_row_in_the_audit(book: Book, case: int, world: World) -> None:
    with book.without_audit(), pytest.raises(DBAPIError, match="audit"):
        add(book, case, examined())
    assert kept(world) == [(0, 0, 0)]


def test_nothing_is_kept_for_a_case_that_is_not_there(book: Book, case: int, world: World) -> None:
    with pytest.raises(AbsentError, match=f"there is no event {case + 1}"):
        add(book, case + 1, examined())
    assert (kept(world), book.audited()) == ([(0, 0, 0)], [])


def test_no_more_files_of_a_case_wait_for_an_act_than_may(book: Book, case: int, world: World) -> None:
    for number in range(UNBOUND_MOST):
        assert add(book, case, examined(photos.PDF + b"%d" % number))
    with pytest.raises(CrowdedError, match="40 files"):
        add(book, case, examined(photos.PDF + b"one more"))
    assert not add(book, case, examined(photos.PDF + b"7"))  # one that is there is still answered
    assert kept(world) == [(40, 40, 40)]
    world.connection.execute("UPDATE event_evidence SET act_sequence = 1")
    assert add(book, case, examined(photos.PDF + b"one more"))
