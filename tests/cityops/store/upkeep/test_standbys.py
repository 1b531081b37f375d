"""What is weak in a pair, each by name and with a remedy; the whole on a real pair is in `test_database_pair.py`."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityops.store.upkeep.standbys import BEHIND, BEHIND_BYTES, CLOCK, Replica, apart, judged, replicas, weaknesses

GOOD = Replica("b", "streaming", is_waited_for=True, behind=timedelta(seconds=1), behind_bytes=0)
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


def reasons(*found: Replica, servers: int = 2, reads: bool = False) -> str:
    return "\n".join(f"{one.item} {one.reason}" for one in judged(list(found), servers=servers, reads=reads))


def test_nothing_is_said_of_a_good_pair_nor_of_a_single_server() -> None:
    assert reasons(GOOD) == ""
    assert reasons(servers=1) == ""


@pytest.mark.parametrize(("servers", "reads"), [(2, False), (1, True)])
def test_a_standby_that_is_meant_and_away_is_told(servers: int, reads: bool) -> None:
    assert "no standby copies the database" in reasons(servers=servers, reads=reads)


def test_one_that_only_catches_up_does_not_count() -> None:
    catching_up = Replica("b", "catchup", is_waited_for=True, behind=None, behind_bytes=None)
    assert "no standby copies the database" in reasons(catching_up)


def test_an_asynchronous_standby_is_told_unless_another_is_waited_for() -> None:
    late = Replica("c", "streaming", is_waited_for=False, behind=None, behind_bytes=0)
    assert "c is an asynchronous standby" in reasons(late)
    assert reasons(GOOD, late) == ""


def test_a_login_that_may_not_see_who_copies_makes_no_false_alarm() -> None:
    assert reasons(Replica("b", None, None, None, None)) == ""


@pytest.mark.parametrize(
    ("behind", "size"), [(BEHIND + timedelta(seconds=1), 0), (timedelta(seconds=1), BEHIND_BYTES + 1)]
)
def test_one_that_is_far_behind_is_told(behind: timedelta, size: int) -> None:
    assert "standby b is" in reasons(Replica("b", "streaming", is_waited_for=True, behind=behind, behind_bytes=size))


def test_an_address_that_would_not_find_the_other_is_told() -> None:
    assert "names one server, and the database has a standby (b)" in reasons(GOOD, servers=1)


def test_clocks_that_are_apart_are_told() -> None:
    assert list(apart("database a", NOW + CLOCK, NOW)) == []
    [found] = apart("database a", NOW + CLOCK * 2, NOW)
    assert "its clock is +10 s" in found.reason


def test_a_server_of_the_address_that_is_away_is_told_by_name(database: psycopg.Connection) -> None:
    info = database.info
    hosts = f"host=127.0.0.1,127.0.0.1&port={info.port},9&target_session_attrs=read-write"
    url = f"postgresql://{info.user}:{info.password}@/{info.dbname}?{hosts}"
    assert replicas(database) == []
    told = {one.item: one for one in weaknesses(database, url)}
    assert set(told) == {"database pair", "database 127.0.0.1:9"}
    assert "does not answer" in told["database 127.0.0.1:9"].reason
    assert (
        list(
            weaknesses(
                database, url.replace(f"127.0.0.1,127.0.0.1&port={info.port},9", f"127.0.0.1&port={info.port}")
            )
        )
        == []
    )


def test_an_address_for_questions_that_finds_no_standby_is_told_by_name(database: psycopg.Connection) -> None:
    info = database.info
    url = f"postgresql://{info.user}:{info.password}@127.0.0.1:{info.port}/{info.dbname}"
    told = {one.item: one for one in weaknesses(database, url, url)}
    assert "finds no standby" in told["CITYOPS_DATABASE_READ_URL"].reason
    assert "prefer-standby" in told["CITYOPS_DATABASE_READ_URL"].remedy
    assert info.password not in str(told)
