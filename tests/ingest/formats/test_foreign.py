"""What is remembered of other formats between messages, through a real writer: nothing doubled, births kept."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from cityops.clock import utc_now
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.formats.routing import read_routes
from cityops_ingest.formats.sparkplug.payload import Payload
from cityops_ingest.writer import Writer

ROUTES = read_routes(Path(__file__).parents[3] / "ingest" / "adapters.example.toml")
FIRST = utc_now().replace(microsecond=0) - timedelta(minutes=5)
READINGS = "SELECT ts, value FROM reading ORDER BY ts, value"


def envelope(
    topic: str, payload: bytes, outcomes: list[Outcome], at: datetime, packet_id: int = 7, *, again: bool = False
) -> Envelope:
    return Envelope(
        topic.encode(), payload, len(payload), at, outcomes.append, redelivered=again, packet_id=packet_id
    )


def stored(outcomes: list[Outcome]) -> list[tuple[int, int]]:
    return [(one.stored, one.duplicate) for one in outcomes]


def test_a_message_without_a_time_that_is_delivered_again_is_stored_once(
    database_url: str, database: psycopg.Connection
) -> None:
    state = json.dumps({"temperature": 21}).encode()
    later = FIRST + timedelta(seconds=40)
    outcomes: list[Outcome] = []
    writer = Writer(database_url, "one", Backlog(), ROUTES)
    writer.store([envelope("zigbee2mqtt/AIR-1", state, outcomes, FIRST)])
    writer.store([envelope("zigbee2mqtt/AIR-1", state, outcomes, later, again=True)])
    writer.close()
    returned = Writer(database_url, "one", Backlog(), ROUTES)  # the same worker, after a restart
    returned.store([envelope("zigbee2mqtt/AIR-1", state, outcomes, later, again=True)])
    assert stored(outcomes) == [(1, 0), (0, 1), (0, 1)]
    # Not the same message: sent anew, another packet id, or other content under the id given anew.
    returned.store([envelope("zigbee2mqtt/AIR-1", state, outcomes, later, 8)])
    returned.store([envelope("zigbee2mqtt/AIR-1", state, outcomes, later + timedelta(seconds=1), 9, again=True)])
    warmer = json.dumps({"temperature": 22}).encode()
    returned.store([envelope("zigbee2mqtt/AIR-1", warmer, outcomes, later + timedelta(seconds=2), 7, again=True)])
    returned.close()
    assert stored(outcomes[3:]) == [(1, 0)] * 3
    assert len(database.execute(READINGS).fetchall()) == 4


def sparkplug(seq: int, at: datetime, **metric: object) -> bytes:
    message = Payload(timestamp=round(at.timestamp() * 1000), seq=seq)
    message.metrics.add(alias=1, datatype=9, **metric)
    return bytes(message.SerializeToString())


def test_births_and_numbers_outlive_a_restart(database_url: str, database: psycopg.Connection) -> None:
    outcomes: list[Outcome] = []
    node, device = "spBv1.0/pumps/{}/station-3", "spBv1.0/pumps/{}/station-3/gauge"
    birth = sparkplug(1, FIRST, name=b"Inputs/Depth", float_value=0.5)
    data = [sparkplug(seq, FIRST + timedelta(seconds=seq), float_value=seq / 8) for seq in (2, 3, 6)]
    writer = Writer(database_url, "sparkplug", Backlog(), ROUTES)
    # one batch: what a birth says holds for the message after it
    writer.store(
        [
            envelope(node.format("NBIRTH"), Payload(seq=0).SerializeToString(), outcomes, FIRST, 0),
            envelope(device.format("DBIRTH"), birth, outcomes, FIRST, 0),
            envelope(device.format("DDATA"), data[0], outcomes, FIRST, 0),
        ]
    )
    writer.close()
    returned = Writer(database_url, "sparkplug", Backlog(), ROUTES)
    returned.store([envelope(device.format("DDATA"), data[1], outcomes, FIRST, 0)])
    returned.store([envelope(device.format("DDATA"), data[2], outcomes, FIRST, 0)])
    returned.close()
    assert stored(outcomes) == [(0, 0), (1, 0), (1, 0), (1, 0), (0, 0)]
    assert [one.reason.value for one in outcomes[4].rejects] == ["sequence_gap", "no_birth"]
    assert [value for _, value in database.execute(READINGS)] == [50.0, 25.0, 37.5]


CHIRPSTACK = "application/1/device/24e124713c140021/event/up"


def uplink(counter: int, at: datetime, distance: int = 2380) -> bytes:
    message = {
        "time": at.isoformat(),
        "deviceInfo": {"devEui": "24e124713c140021"},
        "devAddr": "00189440",
        "fCnt": counter,
        "data": "A2fNAAW6CQ==",
        "object": {"distance": distance},
    }
    return json.dumps(message).encode()


def test_a_frame_of_lorawan_that_comes_again_is_known_to_all_workers_and_after_a_restart(
    database_url: str, database: psycopg.Connection
) -> None:
    outcomes: list[Outcome] = []

    def taken(writer: Writer, *uplinks: bytes) -> None:
        writer.store([envelope(CHIRPSTACK, one, outcomes, FIRST + timedelta(minutes=3), 0) for one in uplinks])

    seconds = [FIRST + timedelta(seconds=one) for one in range(6)]
    one, two = (Writer(database_url, name, Backlog(), ROUTES) for name in ("one", "two"))
    taken(one, uplink(4, seconds[0]))
    taken(two, uplink(4, seconds[1]), uplink(4, seconds[2]), uplink(5, seconds[3]))  # the second is its own, too
    one.close()
    returned = Writer(database_url, "one", Backlog(), ROUTES)
    taken(returned, uplink(5, seconds[4]))
    taken(returned, uplink(5, seconds[5], distance=2381))  # another content: a device that has begun to count anew
    taken(returned, uplink(4, FIRST - timedelta(hours=2)))  # as long ago, it was another one
    returned.close()
    two.close()
    assert stored(outcomes) == [(1, 0), (0, 1), (0, 1), (1, 0), (0, 1), (1, 0), (1, 0)]
    assert [ts for ts, _ in database.execute(READINGS)] == [
        FIRST - timedelta(hours=2),
        seconds[0],
        seconds[3],
        seconds[5],
    ]


def test_an_uplink_with_an_impossible_time_stops_nobody(database_url: str) -> None:
    outcomes: list[Outcome] = []
    writer = Writer(database_url, "one", Backlog(), ROUTES)
    wrong = uplink(6, FIRST).replace(FIRST.isoformat().encode(), b"9999-12-31T00:00:00+00:00")
    for _ in range(2):
        writer.store([envelope(CHIRPSTACK, wrong, outcomes, FIRST, 0)])
    writer.close()
    assert [one.rejects[0].reason.value for one in outcomes if one.rejects] == ["time_in_future"] * 2
