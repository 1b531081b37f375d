"""What a worker tells of a database that hangs: the age of the oldest message, and that the database is not up."""

import pytest
from prometheus_client import REGISTRY

from cityops.clock import utc_now
from cityops.local.processes import wait_until
from cityops_ingest import telemetry
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope


def test_a_batch_that_is_never_settled_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "STALLED_S", 0.05)
    backlog = Backlog()
    telemetry.watch(backlog)
    assert (value("database_up"), value("oldest_message_seconds")) == (1, 0)

    backlog.put(Envelope(b"t", b"x", 1, utc_now(), lambda _outcome: None))
    backlog.take()

    assert wait_until(lambda: value("oldest_message_seconds") > 0.05, seconds=5)
    assert value("database_up") == 0
    backlog.settled()
    assert (value("database_up"), value("oldest_message_seconds")) == (1, 0)


def test_a_failing_database_is_told_at_once() -> None:
    telemetry.watch(Backlog())
    telemetry.database_failing.set()
    assert value("database_up") == 0
    telemetry.database_failing.clear()
    assert value("database_up") == 1


def value(name: str) -> float:
    found = REGISTRY.get_sample_value(f"cityops_ingest_{name}")
    assert found is not None
    return found
