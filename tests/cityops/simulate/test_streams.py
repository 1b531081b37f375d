"""The streams of readings: live in due order and once each, the past newest first, both with the same values."""

import itertools
from collections import Counter
from collections.abc import Iterable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.simulate.backfill import BUCKET_MS, OBJECTS, history
from cityops.simulate.faults import Faults
from cityops.simulate.feed import Feed
from cityops.simulate.fleet import fleet
from cityops.simulate.journal import Journal
from cityops.simulate.messages import Message
from cityops.simulate.sites import Sites, sites_of

SEED = 20
START_MS = 1_795_000_123_456
FAULTS = Faults(duplicate=0.05, late=0.02, longest_late_s=120, shuffled=0.1, malformed=0.05)


def city(count: int = 200) -> list[Sites]:
    return sites_of(fleet(count, SEED), SEED)


def live(feed: Feed, seconds: int, every_s: int) -> list[Message]:
    ends = range(START_MS + every_s * 1000, START_MS + seconds * 1000 + 1, every_s * 1000)
    return [message for end in ends for message in feed.due(end)]


def content(messages: list[Message]) -> dict[tuple[str, str, int], float]:
    journal = Journal(keep=True)
    for message in messages:
        journal.record(message)
    return journal.readings


def test_the_same_seed_gives_the_same_bytes() -> None:
    first = live(Feed(city(), START_MS, FAULTS), 300, 1)
    second = live(Feed(city(), START_MS, FAULTS), 300, 1)
    assert [(m.topic, m.payload) for m in first] == [(m.topic, m.payload) for m in second]


def test_live_messages_come_when_due_and_no_instant_is_missed() -> None:
    feed = Feed(city(), START_MS, FAULTS)
    for second in range(1, 120):
        now_ms = START_MS + second * 1000
        assert all(now_ms - 1000 < message.due_ms <= now_ms for message in feed.due(now_ms))
    sites = city()
    messages = live(Feed(sites, START_MS, None), 600, 7)
    expected = sum(len(group.instants(START_MS, START_MS + 595_000)[0]) for group in sites)
    assert len(messages) == expected


def test_the_step_of_the_feed_changes_nothing() -> None:
    slow = content(live(Feed(city(), START_MS, FAULTS, step_ms=1000), 300, 60))
    fast = content(live(Feed(city(), START_MS, FAULTS, step_ms=60_000), 300, 60))
    assert slow == fast


HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    "faults", [None, Faults(late=0, shuffled=0, duplicate=0, malformed=0)], ids=["none", "silence"]
)
def test_the_past_is_what_would_have_been_sent_live(faults: Faults | None) -> None:
    past = content(list(history(city(), START_MS - HOUR_MS, START_MS, faults)))
    feed = Feed(city(), START_MS - HOUR_MS, faults, step_ms=60_000)
    assert past == content(list(feed.due(START_MS)))


def counted(readings: Iterable[tuple[str, str, int]]) -> dict[tuple[str, int], int]:
    """Count readings as the store does: by metric and bucket."""
    return Counter((metric, ts // BUCKET_MS * BUCKET_MS) for _, metric, ts in readings)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_past_that_was_broken_off_anywhere_is_filled_and_no_more_is_sent(data: st.DataObject) -> None:
    faults = Faults()
    whole = content(list(history(city(), START_MS - HOUR_MS, START_MS, faults)))
    messages = list(history(city(), START_MS - HOUR_MS, START_MS, faults))
    cut = slice(data.draw(st.integers(0, len(messages))), data.draw(st.integers(0, len(messages))))
    kept = content(messages[cut])
    missing = content(list(history(city(), START_MS - HOUR_MS, START_MS, faults, counted(kept))))
    assert kept | missing == whole
    touched = {(metric, ts // BUCKET_MS) for _, metric, ts in whole.keys() - kept.keys()}
    groups = {frozenset(sites.metrics) for sites in city()}
    of_kind = {(other, bucket) for metric, bucket in touched for g in groups if metric in g for other in g}
    assert {(metric, ts // BUCKET_MS) for _, metric, ts in missing} <= of_kind


def test_a_past_that_is_kept_is_not_sent_again() -> None:
    whole = content(list(history(city(), START_MS - HOUR_MS, START_MS, Faults())))
    assert list(history(city(), START_MS - HOUR_MS, START_MS, Faults(), counted(whole))) == []


def test_the_past_comes_newest_first_in_messages_of_bounded_size() -> None:
    messages = list(history(city(3000), START_MS - 7_200_000, START_MS, Faults()))
    newest = [max(reading["ts"] for reading in message.readings) for message in messages]
    assert all(later >= earlier - 300_000 for later, earlier in itertools.pairwise(newest))
    assert newest[0] > START_MS - 300_000
    assert max(len(message.readings) for message in messages) == OBJECTS
    assert all(orjson.loads(message.payload) == list(message.readings) for message in messages[:50])


def test_the_journal_counts_repeats_apart_and_rejects_by_reason() -> None:
    messages = live(Feed(city(), START_MS, FAULTS), 300, 1)
    journal = Journal(keep=True)
    for message in messages:
        journal.record(message)
    assert journal.unique_readings == len(journal.readings)
    assert journal.repeated_readings == sum(len(m.readings[0]["values"]) for m in messages if m.repeat)
    assert journal.repeated_readings > 0
    assert sum(journal.rejects.values()) == sum(m.reason is not None for m in messages) > 0
