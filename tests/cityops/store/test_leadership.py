"""Of several processes one does a job, for as long as its connection lasts."""

from cityops.local.processes import wait_until
from cityops.store import leadership
from cityops.store.engine import connect

JOBS = ("states", "maintenance", "floods")


def test_one_leads_and_the_others_do_not(migrated_database: str) -> None:
    jobs = [*JOBS, "", "维护"]
    with connect(migrated_database, "one") as one, connect(migrated_database, "other") as other:
        assert [leadership.lead(one, job) for job in jobs] == [True] * len(jobs)
        assert [leadership.lead(other, job) for job in jobs] == [False] * len(jobs)


def test_who_leads_leads_on(migrated_database: str) -> None:
    with connect(migrated_database, "one") as one:
        assert [leadership.lead(one, "states") for _ in range(3)] == [True] * 3


def test_each_job_has_a_leader_of_its_own(migrated_database: str) -> None:
    with connect(migrated_database, "one") as one, connect(migrated_database, "other") as other:
        assert leadership.lead(one, "states")
        assert leadership.lead(other, "maintenance")
        assert (leadership.lead(one, "maintenance"), leadership.lead(other, "states")) == (False, False)
        assert leadership.lead(one, "floods")


def test_when_the_leader_is_gone_another_leads(migrated_database: str) -> None:
    with connect(migrated_database, "other") as other:
        one = connect(migrated_database, "one")
        assert leadership.lead(one, "states")
        assert not leadership.lead(other, "states")
        one.close()
        assert wait_until(lambda: leadership.lead(other, "states"), seconds=30)


def test_a_transaction_that_is_taken_back_does_not_end_the_lead(migrated_database: str) -> None:
    with connect(migrated_database, "one") as one, connect(migrated_database, "other") as other:
        with one.transaction(force_rollback=True):
            assert leadership.lead(one, "states")
        assert not leadership.lead(other, "states")


def test_the_locks_of_other_uses_are_not_in_the_way(migrated_database: str) -> None:
    with connect(migrated_database, "one") as one, connect(migrated_database, "other") as other:
        for number in range(3):
            other.execute("SELECT pg_advisory_lock(%s)", [number])
            other.execute("SELECT pg_advisory_lock(%s)", [0x6465_7669 + number])
        assert all(leadership.lead(one, job) for job in JOBS)
