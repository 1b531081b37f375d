"""Faults: as often as asked for, the same for the same seed, and refused for the reason that the journal expects."""

import re
import time
from typing import Any

import numpy as np
import pytest

from cityops import reference
from cityops.domain.rejects import Reason
from cityops.local.broker import deployed_config
from cityops.simulate import faults
from cityops.simulate.faults import CATALOGUE, Faults
from cityops.simulate.fleet import fleet
from cityops.simulate.messages import Message
from cityops.simulate.sites import Sites, sites_of
from cityops.wire.topics import TOPIC_LIMIT, Topic
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation, decode
from cityops_ingest.envelope import MESSAGE_LIMIT

T = 1_795_000_000


@pytest.fixture(scope="module")
def sites() -> Sites:
    return next(group for group in sites_of(fleet(20_000, 20), 20) if group.kind == "street_light")


def test_silence_strikes_the_share_asked_for_and_again_the_same(sites: Sites) -> None:
    t = T + np.arange(0, 86_400, 300)[:, None] + sites.phase_ms / 1000
    struck = faults.silence(Faults(), sites, t)
    assert struck.mean() == pytest.approx(0.02, abs=0.004)
    assert (struck == faults.silence(Faults(), sites, t)).all()


def test_an_outage_silences_a_whole_district_at_once(sites: Sites) -> None:
    t = T + np.arange(0, 21_600, 60)[:, None] + np.zeros(sites.total)
    struck = faults.silence(Faults(0, 0, outage=1), sites, t)
    for district in np.unique(sites.district):
        own = struck[:, sites.district == district]
        assert own.any()
        assert (own.any(axis=1) == own.all(axis=1)).all()


def test_delays_stay_within_their_limits(sites: Sites) -> None:
    times_ms = T * 1000 + sites.phase_ms
    held = faults.delays_ms(Faults(late=0.1, shuffled=0.2, longest_late_s=600), sites, times_ms)
    late, shuffled = held >= 60_000, (held > 0) & (held < 60_000)
    assert late.mean() == pytest.approx(0.1, abs=0.02)
    assert shuffled.mean() == pytest.approx(0.18, abs=0.03)
    assert held.max() <= 600_000


def _verdict(message: Message, own: Sites) -> Reason | None:
    """Return what the ingest says of a message that carries at most one wrong thing."""
    topic = Topic.parse(message.topic)
    if topic.source not in {row["code"] for row in reference.rows("source_systems")}:
        return Reason.UNKNOWN_SOURCE
    if len(message.payload) > MESSAGE_LIMIT:
        return Reason.PAYLOAD_TOO_LARGE
    (found,) = decode(message.payload, topic.device, int(time.time() * 1e6))
    return found.reason if isinstance(found, Refusal) else _verdict_on_observation(found, topic, own)


def _verdict_on_observation(observation: Observation, topic: Topic, own: Sites) -> Reason | None:
    declared = {metric.code: metric for metric in reference.metrics()}
    if observation.device not in own.codes:
        return Reason.UNKNOWN_DEVICE
    if topic.source != own.source:
        return Reason.WRONG_SOURCE
    ((code, value),) = observation.values.items()
    if code not in declared:
        return Reason.UNKNOWN_METRIC
    return None if declared[code].valid_min <= value <= declared[code].valid_max else Reason.OUT_OF_RANGE


def test_every_malformed_message_is_refused_for_its_own_reason(sites: Sites) -> None:
    met: set[Reason] = set()
    now_ms = int(time.time() * 1000)
    for nth in range(400):
        reading: dict[str, Any] = {"device": sites.codes[0], "ts": now_ms - nth, "values": {"lamp_on": 100.0}}
        message = faults.malformed(sites, reading, now_ms)
        assert message.reason is not None
        assert _verdict(message, sites) == message.reason
        met.add(message.reason)
    rare = {Reason.PAYLOAD_TOO_LARGE}
    assert met | rare == {reason for reason, _ in CATALOGUE.values()}


def test_the_oversized_one_is_over_the_limit_of_a_worker_and_within_that_of_the_broker() -> None:
    payload = CATALOGUE["oversized"][1]({"ts": T * 1000, "metric": "lamp_on", "value": 100.0})
    broker_takes = re.search(r"^max_packet_size (\d+)$", deployed_config(), re.MULTILINE)
    assert broker_takes
    assert MESSAGE_LIMIT < len(payload) < int(broker_takes[1]) - TOPIC_LIMIT
