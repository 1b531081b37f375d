"""Files in the store: each kept once, bound to one act, seen with its case alone, and forgotten without an act."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import NOTHING, WHOLE_CITY, Scope, ScopeKind
from cityops.domain.events.evidence import Evidence, Medium
from cityops.store.engine import connect, make_engine, reading, writing
from cityops.store.events import evidence
from cityops.store.schema import privileges
from factories.world import World

TIANHE, HAIZHU = (Scope(ScopeKind.DISTRICTS, frozenset({code})) for code in ("440106", "440105"))


def file(content: bytes = b"a photo", name: str = "现场.jpg") -> Evidence:
    digest = sha256(content).hexdigest()
    return Evidence(digest, Medium.JPEG, name, content, b"small", 4, 3, lon=113.3, lat=23.1)


@pytest.fixture
def cases(world: World) -> dict[str, int]:
    """Give the ids of two cases in Tianhe and one in Haizhu."""
    for name, region in (("T1", "440106013"), ("T2", "440106001"), ("H", "440105001")):
        world.case(external_id=name, region=region)
    return dict(world.connection.execute("SELECT external_id, id FROM event").fetchall())


@pytest.fixture
def engine(cases: dict[str, int], database_as: Callable[[str], str]) -> Iterator[Engine]:
    """Give the database as the API has it."""
    made = make_engine(database_as(privileges.API))
    yield made
    made.dispose()


def added(engine: Engine, scope: Scope, event_id: int, one: Evidence) -> bool:
    with writing(engine, scope) as connection:
        return evidence.add(connection, event_id, one, "li")


def count(world: World, table: str) -> int:
    [number] = world.connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(number)


def test_what_is_added_is_read_as_it_was(engine: Engine, cases: dict[str, int]) -> None:
    assert added(engine, TIANHE, cases["T1"], file())
    with reading(engine, TIANHE) as connection:
        [row] = evidence.of_case(connection, cases["T1"])
        digest = row["digest"]
        assert (row["name"], row["medium"], row["bytes"], row["lon"]) == ("现场.jpg", "image/jpeg", 7, 113.3)
        assert (row["added_by"], row["act_sequence"], evidence.unbound(connection, cases["T1"])) == ("li", None, 1)
        assert evidence.one(connection, cases["T1"], digest) == row
        assert evidence.content(connection, digest) == b"a photo"
        assert evidence.preview(connection, digest) == b"small"
        assert evidence.of_case(connection, cases["T2"]) == []


def test_the_same_file_is_kept_once_for_all_cases(engine: Engine, cases: dict[str, int], world: World) -> None:
    assert added(engine, TIANHE, cases["T1"], file())
    assert not added(engine, TIANHE, cases["T1"], file(name="again.jpg"))
    assert added(engine, HAIZHU, cases["H"], file(name="theirs.jpg"))  # whose name stays theirs
    assert [count(world, table) for table in ("evidence", "evidence_content", "event_evidence")] == [1, 1, 2]
    for scope, name in ((TIANHE, "现场.jpg"), (HAIZHU, "theirs.jpg")):
        with reading(engine, scope) as connection:
            found = evidence.find(connection, file().digest, scope)
            assert found is not None
            assert found["name"] == name


def test_of_many_who_send_the_same_at_once_all_have_it_and_it_is_kept_once(
    engine: Engine, cases: dict[str, int], world: World
) -> None:
    wanted = [(scope, cases[name]) for scope, name in ((TIANHE, "T1"), (HAIZHU, "H"), (TIANHE, "T2"))] * 4
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda one: added(engine, one[0], one[1], file(b"x" * 300_000)), wanted))
    assert sum(new) == 3
    assert [count(world, table) for table in ("evidence", "evidence_content", "event_evidence")] == [1, 1, 3]


def test_a_file_is_seen_with_its_case_and_by_nobody_else(engine: Engine, cases: dict[str, int]) -> None:
    added(engine, TIANHE, cases["T1"], file())
    digest = file().digest
    seen = {TIANHE: True, WHOLE_CITY: True, HAIZHU: False, NOTHING: False}
    hotline, urban = (Scope(ScopeKind.DEPARTMENTS, frozenset({code})) for code in ("hotline", "urban"))
    for scope, is_seen in (seen | {hotline: True, urban: False}).items():
        with reading(engine, scope) as connection:
            assert (evidence.find(connection, digest, scope) is not None) is is_seen
            assert (evidence.content(connection, digest) is not None) is is_seen
            assert (evidence.preview(connection, digest) is not None) is is_seen
            for table in ("evidence", "evidence_content", "event_evidence"):  # a forgotten filter
                assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == int(is_seen)


def test_nobody_adds_to_a_case_outside_or_writes_bytes_that_are_not_the_digest(
    engine: Engine, cases: dict[str, int], world: World
) -> None:
    with reading(engine, HAIZHU) as connection:
        assert not evidence.is_case(connection, cases["T1"])
    for scope, one in ((HAIZHU, file()), (None, file()), (TIANHE, Evidence("0" * 64, Medium.JPEG, "x", b"other"))):
        with pytest.raises(DBAPIError), writing(engine, scope) as connection:
            evidence.add(connection, cases["T1"], one, "li")
    assert [count(world, table) for table in ("evidence", "evidence_content", "event_evidence")] == [0, 0, 0]


def test_a_file_belongs_to_one_act_for_good(engine: Engine, cases: dict[str, int], world: World) -> None:
    digests = [file(name.encode()).digest for name in "ab"]
    for name in "ab":
        added(engine, TIANHE, cases["T1"], file(name.encode()))
    with writing(engine, HAIZHU) as connection:
        assert evidence.bind(connection, cases["T1"], digests, 3) == set()
    with writing(engine, TIANHE) as connection:
        assert evidence.bind(connection, cases["T2"], digests, 3) == set()
        assert evidence.bind(connection, cases["T1"], [digests[0], "0" * 64], 3) == {digests[0]}
    with writing(engine, TIANHE) as connection:
        assert evidence.bind(connection, cases["T1"], digests, 4) == {digests[1]}
        assert evidence.unbound(connection, cases["T1"]) == 0
    kept = world.connection.execute("SELECT digest, act_sequence FROM event_evidence ORDER BY 2").fetchall()
    assert kept == [(digests[0], 3), (digests[1], 4)]


def test_the_login_of_the_api_can_change_nothing_else(
    cases: dict[str, int], engine: Engine, database_as: Callable[[str], str]
) -> None:
    added(engine, TIANHE, cases["T1"], file())
    with closing(connect(database_as(privileges.API), "test")) as login:
        login.execute("SELECT set_config('cityops.scope_kind', 'city', false)")
        for statement in (
            "DELETE FROM evidence",
            "DELETE FROM event_evidence",
            "UPDATE evidence SET bytes = 1",
            "UPDATE evidence_content SET content = ''",
            "UPDATE event_evidence SET added_by = 'wu'",
            "UPDATE event_evidence SET digest = digest",
            "INSERT INTO event_evidence (event_id, digest, name, added_by, added_at)"
            " SELECT id, digest, 'x', 'li', '2020-01-01Z' FROM event, evidence",
            "INSERT INTO event_evidence (event_id, digest, name, added_by, act_sequence)"
            " SELECT id, digest, 'x', 'li', 1 FROM event, evidence",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement)
    with closing(connect(database_as(privileges.INGEST), "test")) as worker:
        for table in ("evidence", "evidence_content", "event_evidence"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                worker.execute(f"SELECT * FROM {table}")


def age(world: World, hours: float) -> None:
    world.connection.execute("UPDATE event_evidence SET added_at = now() - make_interval(secs => %s)", [hours * 3600])


def test_what_no_act_used_within_a_day_is_forgotten_with_its_bytes(
    engine: Engine, cases: dict[str, int], world: World
) -> None:
    for name, case in (("used", "T1"), ("not", "T1"), ("shared", "T1"), ("shared", "H")):
        added(engine, WHOLE_CITY, cases[case], file(name.encode()))
    with writing(engine, WHOLE_CITY) as connection:
        evidence.bind(connection, cases["T1"], [file(b"used").digest], 1)
        evidence.bind(connection, cases["H"], [file(b"shared").digest], 1)
    age(world, 23.9)
    assert (evidence.forgettable(world.connection), evidence.forget(world.connection)) == (0, 0)
    age(world, 24.1)
    assert (evidence.forgettable(world.connection), evidence.forget(world.connection)) == (2, 2)
    kept = {bytes(row[0]) for row in world.connection.execute("SELECT content FROM evidence_content")}
    assert kept == {b"used", b"shared"}
    assert (count(world, "evidence"), count(world, "event_evidence")) == (2, 2)
    with reading(engine, WHOLE_CITY) as connection:
        assert [row["digest"] for row in evidence.of_case(connection, cases["H"])] == [file(b"shared").digest]


def test_one_that_is_sent_again_while_it_is_forgotten_is_kept(
    engine: Engine, cases: dict[str, int], world: World, migrated_database: str
) -> None:
    added(engine, TIANHE, cases["T1"], file())
    age(world, 25)
    with ThreadPoolExecutor(1) as pool, closing(connect(migrated_database, "test")) as other:
        with writing(engine, HAIZHU) as connection:
            evidence.add(connection, cases["H"], file(), "wu")
            forgetting = pool.submit(evidence.forget, other)
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'evidence'::regclass"
            while world.connection.execute(waits).fetchone() != (1,):
                assert not forgetting.done()
        assert forgetting.result(timeout=30) == 1
    with reading(engine, HAIZHU) as connection:
        assert evidence.content(connection, file().digest) == b"a photo"
