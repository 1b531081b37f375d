"""The live stream at its edges: nothing before its time, nothing twice, and each fault where it was asked for."""

from collections import Counter

import pytest

from cityops.domain.devices import Device
from cityops.simulate.faults import Faults
from cityops.simulate.feed import Feed
from cityops.simulate.messages import Message
from cityops.simulate.sites import sites_of

START_MS = 1_795_000_000_000
GAUGES = [
    Device(f"WL-{number}", "waterlogging", "内涝点", "water-logging", "440106013", 113.33, 23.12, 60)
    for number in range(20)
]
NEVER = Faults(0, 0, 0, late=0, shuffled=0, duplicate=0, malformed=0)


def feed(faults: Faults | None = NEVER, count: int = 20, step_ms: int = 1000) -> Feed:
    return Feed(sites_of(GAUGES[:count], 20), START_MS, faults, step_ms)


def minutes(of: Feed, count: int) -> list[Message]:
    return list(of.due(START_MS + count * 60_000))


def test_a_city_without_devices_says_nothing() -> None:
    assert minutes(feed(count=0), 60) == []


def test_before_it_begins_and_twice_at_the_same_moment_there_is_nothing() -> None:
    one = feed()
    assert list(one.due(START_MS - 1)) == []
    assert list(one.due(START_MS)) == []
    assert len(minutes(one, 1)) == 20
    assert minutes(one, 1) == []


@pytest.mark.parametrize("faults", [None, NEVER], ids=["none", "none asked for"])
def test_without_faults_each_device_speaks_once_an_interval_when_it_is_due(faults: Faults | None) -> None:
    messages = minutes(feed(faults), 10)
    assert Counter(message.readings[0]["device"] for message in messages) == {one.code: 10 for one in GAUGES}
    assert all(message.due_ms == message.readings[0]["ts"] for message in messages)
    assert not any(message.repeat or message.reason for message in messages)
    assert {message.topic for message in messages} == {
        f"cityops/v1/readings/water-logging/{one.code}" for one in GAUGES
    }


def test_every_message_repeated_is_every_message_twice_two_seconds_apart() -> None:
    faults = Faults(0, 0, 0, late=0, shuffled=0, duplicate=1, malformed=0)
    messages = list(feed(faults).due(START_MS + 10 * 60_000 + 2_000))
    first = {message.payload + message.topic.encode(): message for message in messages if not message.repeat}
    again = [message for message in messages if message.repeat]
    assert len(again) >= 200
    for message in again:
        former = first[message.payload + message.topic.encode()]
        assert message.due_ms == former.due_ms + 2_000
        assert message.readings == former.readings


def test_what_is_malformed_comes_beside_what_is_good_and_never_in_its_place() -> None:
    faults = Faults(0, 0, 0, late=0, shuffled=0, duplicate=0, malformed=1)
    messages = minutes(feed(faults), 10)
    good = [message for message in messages if message.reason is None]
    assert len(good) == len(messages) - len(good) == 200
    assert [message.payload for message in good] == [message.payload for message in minutes(feed(), 10)]


def test_what_is_held_back_comes_later_with_the_time_that_it_had() -> None:
    faults = Faults(0, 0, 0, late=1, longest_late_s=120, shuffled=0, duplicate=0, malformed=0)
    late, usual = (
        {(one.readings[0]["device"], one.readings[0]["ts"]): one.due_ms for one in minutes(feed(asked), 5)}
        for asked in (faults, NEVER)
    )
    assert late.keys() <= usual.keys()
    delays = [late[key] - usual[key] for key in late]
    assert min(delays) >= 60_000
    assert max(delays) <= 120_000
    assert len(late) < len(usual)  # the last ones are still held back


def test_who_takes_a_part_of_what_is_due_gets_the_rest_later() -> None:
    one, other = feed(), feed()
    taken = [next(one.due(START_MS + 60_000)) for _ in range(3)]
    rest = minutes(one, 1)
    assert taken + rest == minutes(other, 1)
