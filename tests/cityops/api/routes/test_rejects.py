"""Rejects over HTTP: every one on one page, filters, counts, and no personal data in what is shown."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from cityops.domain.rejects import Reason
from cityops.store.rejects import records, replay
from cityops.store.rejects.replay import Attempt, RejectFilter
from factories.world import World

NAME = "张三，电话13800000000"


def refuse(world: World, reason: Reason, at: datetime, **other: Any) -> None:
    told = {"kind": "readings", "source": "water-logging", "payload": b'{"ts": 1}', "detail": "a detail"} | other
    row = records.Reject(
        received_at=at,
        topic=f"cityops/v1/{told['kind']}/{told['source']}",
        item_index=0,
        reason=reason,
        payload_bytes=len(told["payload"]),
        **told,
    )
    with world.connection.cursor() as cursor:
        records.record(cursor, [row])


@pytest.fixture
def mixed(world: World) -> World:
    """Give six rejects that differ, the third of them replayed."""
    refuse(world, Reason.UNKNOWN_DEVICE, world.ago(100_000))
    refuse(world, Reason.UNKNOWN_DEVICE, world.ago(50))
    refuse(world, Reason.OUT_OF_RANGE, world.ago(40), source="eco-air")
    refuse(
        world,
        Reason.UNKNOWN_CLASS,
        world.ago(30),
        kind="events",
        source="hotline-12345",
        payload=NAME.encode(),
        detail=f"class {NAME!r}",
    )
    refuse(
        world, Reason.DATABASE_REFUSED, world.ago(20), kind="unknown", source="-", payload=NAME.encode(), detail=NAME
    )
    refuse(world, Reason.BAD_JSON, world.ago(10), payload=b"\xff" * 70_000)
    with world.connection.transaction():
        [claimed] = replay.claim(world.connection, RejectFilter(source="eco-air"), (world.ago(1e9), 0), 9)
        replay.settle(world.connection, "test", [(claimed, Attempt(1, 0))], world.now)
    return world


def test_every_reject_is_on_one_page_newest_first(mixed: World, api: httpx.Client) -> None:
    found: list[int] = []
    after: dict[str, str] = {}
    while True:
        page = api.get("/api/v1/rejects", params={"limit": "4"} | after).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [6, 5, 4, 3, 2, 1]
    assert api.get("/api/v1/rejects", params={"after": "x"}).status_code == 404


def test_filters(mixed: World, api: httpx.Client) -> None:
    for parameters, expected in (
        ({"reason": "unknown_device"}, [2, 1]),
        ({"source": "eco-air"}, [3]),
        ({"kind": "events"}, [4]),
        ({"state": "replayed"}, [3]),
        ({"state": "open", "kind": "readings"}, [6, 2, 1]),
        ({"start": mixed.ago(45).isoformat(), "end": mixed.ago(25).isoformat()}, [4, 3]),
    ):
        answer = api.get("/api/v1/rejects", params=parameters)
        assert [one["id"] for one in answer.json()["items"]] == expected, parameters


def test_counts_are_of_a_day_unless_asked_otherwise(mixed: World, api: httpx.Client) -> None:
    counts = api.get("/api/v1/rejects/counts").json()
    assert sum(one["count"] for one in counts) == 5
    [replayed] = api.get("/api/v1/rejects/counts", params={"state": "replayed"}).json()
    assert (replayed["reason"], replayed["source"], replayed["count"]) == ("out_of_range", "eco-air", 1)
    assert replayed["explanation"] == Reason.OUT_OF_RANGE.explanation
    [older] = api.get(
        "/api/v1/rejects/counts", params={"reason": "unknown_device", "start": "2020-01-01T00:00:00Z"}
    ).json()
    assert older["count"] == 2


def test_a_message_is_shown_as_far_as_it_may_be(mixed: World, api: httpx.Client) -> None:
    shown = [api.get(f"/api/v1/rejects/{number}").json() for number in range(1, 7)]
    assert shown[0]["payload_text"] == '{"ts": 1}'
    assert (shown[5]["payload_bytes"], shown[5]["truncated"]) == (70_000, True)
    assert shown[5]["payload_base64"].startswith("/////")
    assert [(one["outcome"], one["stored"]) for one in shown[2]["tried"]] == [("stored", 1)]
    assert [one["payload_hidden"] is not None for one in shown] == [False, False, False, True, True, False]
    assert "13800000000" not in str(shown)
    assert "13800000000" not in api.get("/api/v1/rejects").text
    assert api.get("/api/v1/rejects/7").status_code == 404


def test_prometheus_counts_open_rejects_and_a_sender_cannot_multiply_the_series(
    mixed: World, api: httpx.Client
) -> None:
    for number in range(20):
        refuse(mixed, Reason.UNKNOWN_SOURCE, mixed.ago(5), source=f"made-up-{number}")
    lines = api.get("/metrics").text.splitlines()
    assert 'cityops_rejects_open{reason="unknown_device",source="water-logging"} 2.0' in lines
    assert 'cityops_rejects_open{reason="unknown_source",source="-"} 20.0' in lines
    assert 'cityops_rejects_replayed_total{outcome="stored"} 1.0' in lines
    assert not any("made-up" in line or "out_of_range" in line for line in lines)
