"""Cases of sources: mirrored until somebody takes them over, and moved by nothing but our acts from then on."""

import pytest

from cityops.domain.access import Subject
from cityops.domain.events.acts import Act
from cityops.services import cases
from cityops.services.case_orders import NotAllowedError, StaleError
from cityops.store.engine import writing
from factories.desk import ANALYST, MONDAY, OPERATOR, TIANHE, Desk, whose
from factories.world import World


def test_a_case_of_a_source_is_taken_over_with_its_steps_and_its_source_moves_it_no_more(
    desk: Desk, world: World
) -> None:
    world.case("reported", "dispatched", external_id="GZ-1", at=MONDAY)
    [(number,)] = world.connection.execute("SELECT id FROM event").fetchall()
    desk.case = number
    with pytest.raises(NotAllowedError, match="handled by the system that reported it"):
        desk.act(OPERATOR, Act.ACCEPT)
    desk.act(OPERATOR, Act.NOTE, text="催办")
    assert desk.column("master") == "source"
    for subject in (TIANHE, ANALYST):
        with pytest.raises(NotAllowedError, match="staff of the centre"):
            taken_over(desk, subject)
    taken_over(desk, OPERATOR)
    assert (desk.column("master"), desk.column("status"), desk.column("sequence")) == ("here", "accepted", 1)
    assert [row["clock"] for row in desk.clocks()] == ["citizen"]  # the hotline's: somebody waits for an answer
    assert desk.acts()[-1]["act"] == "take_over"
    with pytest.raises(NotAllowedError, match="already"):
        taken_over(desk, OPERATOR)
    world.case("reported", "dispatched", "closed", external_id="GZ-1", at=MONDAY)
    assert desk.column("status") == "accepted"
    desk.act(OPERATOR, Act.VERIFY)
    kept = world.connection.execute("SELECT sequence, status FROM event_history ORDER BY 1").fetchall()
    assert kept == [(0, "reported"), (1, "dispatched"), (2, "closed")]


def taken_over(desk: Desk, subject: Subject) -> None:
    with writing(desk.engine, subject.scope) as connection:
        version = desk.kept().version
        cases.take_over(connection, whose(subject), desk.case, version, "本中心办理", desk.now)


def test_a_step_of_the_source_makes_a_version_stale_too(desk: Desk, world: World) -> None:
    world.case("reported", external_id="GZ-1", at=MONDAY)
    [(desk.case,)] = world.connection.execute("SELECT id FROM event").fetchall()
    seen = desk.kept().version
    world.case("reported", "accepted", external_id="GZ-1", at=MONDAY)
    with pytest.raises(StaleError, match="its source has told of step 1; it is accepted now"):
        desk.act(OPERATOR, Act.NOTE, version=seen, text="x")
