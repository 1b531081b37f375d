"""Without a standby the primary is asked; with one, see `test_database_pair.py`."""

import pytest
from sqlalchemy import text

from cityops.domain.access import WHOLE_CITY
from cityops.local.processes import wait_until
from cityops.store.engine import make_engine, reading
from cityops.store.standby import Standby


def test_without_a_standby_questions_go_to_the_primary(migrated_database: str) -> None:
    standby, engine = Standby(migrated_database, migrated_database), make_engine(migrated_database)
    standby.serve(engine)
    standby.start()
    try:
        with reading(engine, WHOLE_CITY) as connection:
            assert connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one() is False
        assert (standby.is_asked(), standby.age_s(), standby.behind_s()) == (False, 0.0, None)
    finally:
        standby.close()
        engine.dispose()


def test_connections_are_left_when_questions_go_elsewhere(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standby's address leads to the same server here: connections alone tell for which they were made."""
    monkeypatch.setattr("cityops.store.standby._of_a_standby", lambda url: url)
    standby, engine = Standby(migrated_database, migrated_database), make_engine(migrated_database)
    standby.serve(engine)
    pids = []
    try:
        for is_asked in (False, False, True, True, False):
            monkeypatch.setattr(Standby, "is_asked", lambda _, so=is_asked: so)
            with reading(engine, WHOLE_CITY) as connection:
                pids.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
    finally:
        engine.dispose()
    assert len(set(pids)) == 3, pids
    assert pids[0] == pids[1]
    assert pids[2] == pids[3]


def test_the_primary_is_followed(migrated_database: str) -> None:
    standby = Standby(migrated_database, migrated_database)
    standby.start()
    try:
        assert wait_until(lambda: standby._following._primary_at is not None, seconds=30)
    finally:
        standby.close()
