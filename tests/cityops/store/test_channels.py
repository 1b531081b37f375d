"""Video channels: registered from a file, read by filter and page, counted by district, source and state."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, RowMapping

from cityops.domain.channels import Channel, ChannelState
from cityops.store import channels
from cityops.store.channels import ChannelFilter
from cityops.store.engine import connect
from cityops.store.registration import importing_channels

TIANHE, HAIZHU = "440106013", "440105001"
SOURCE = "video-share"
GATE = Channel("44010600001320000001", "体育西路口", SOURCE, TIANHE, 113.33, 23.12, ChannelState.ONLINE)
BRIDGE = Channel("44010500001320000002", "海印桥_北", SOURCE, HAIZHU, None, None, ChannelState.OFFLINE)
PARK = Channel("44010500001320000003", "海珠湖%公园", SOURCE, HAIZHU, 113.31, 23.08, None)
ALL = (BRIDGE, PARK, GATE)


def register(connection: psycopg.Connection, *given: Channel) -> None:
    with importing_channels(connection) as opened:
        opened.stage(enumerate(given, start=1))
        opened.merge({})


@pytest.fixture
def registered(migrated_database: str, reader: Connection) -> Connection:
    """Give a reader's connection to a database with three channels in two districts."""
    with connect(migrated_database, "test") as connection:
        register(connection, *ALL)
    return reader


def found(connection: Connection, wanted: ChannelFilter) -> set[str]:
    return {row["code"] for row in channels.page(connection, wanted, "", 100)}


def test_a_channel_is_shown_as_it_was_registered(registered: Connection) -> None:
    row = channels.one(registered, GATE.code)
    assert row is not None
    assert {name: row[name] for name in set(row) - {"state_since"}} == {
        "code": GATE.code,
        "name_zh": "体育西路口",
        "source": SOURCE,
        "region_code": TIANHE,
        "lon": 113.33,
        "lat": 23.12,
        "state": "online",
    }


def test_a_channel_may_have_no_place_and_no_known_state(registered: Connection) -> None:
    rows: dict[str, RowMapping] = {row["code"]: row for row in channels.page(registered, ChannelFilter(), "", 9)}
    assert (rows[BRIDGE.code]["lon"], rows[BRIDGE.code]["lat"]) == (None, None)
    assert rows[PARK.code]["state"] == "unknown"


def test_there_is_none_of_an_unknown_code(registered: Connection) -> None:
    unknown = ("", "44010600001320000009", "体育西路口", GATE.code[:-1])
    assert [channels.one(registered, code) for code in unknown] == [None] * 4


EACH: list[tuple[ChannelFilter, tuple[Channel, ...]]] = [
    (ChannelFilter(), ALL),
    (ChannelFilter(region="440100"), ALL),
    (ChannelFilter(region="440105"), (BRIDGE, PARK)),
    (ChannelFilter(region=TIANHE), (GATE,)),
    (ChannelFilter(region="440106001"), ()),
    (ChannelFilter(source=SOURCE), ALL),
    (ChannelFilter(source="hotline-12345"), ()),
    (ChannelFilter(state=ChannelState.OFFLINE), (BRIDGE,)),
    (ChannelFilter(state=ChannelState.UNKNOWN), (PARK,)),
    (ChannelFilter(text="海"), (BRIDGE, PARK)),
    (ChannelFilter(text="4401060"), (GATE,)),
    (ChannelFilter(text="路口"), ()),
    (ChannelFilter(region="440105", state=ChannelState.ONLINE), ()),
    (ChannelFilter(region="440105", text="海珠"), (PARK,)),
]


def test_a_filter_finds_what_it_says(registered: Connection) -> None:
    assert [(wanted, found(registered, wanted)) for wanted, _ in EACH] == [
        (wanted, {one.code for one in expected}) for wanted, expected in EACH
    ]


def test_what_is_typed_is_looked_for_as_it_is(registered: Connection) -> None:
    """No character of it is a pattern's: `%` and `_` stand for themselves."""
    for typed in ("%", "_", "海印桥%", "海珠湖_", "\\", "44010_"):
        assert found(registered, ChannelFilter(text=typed)) == set(), typed
    assert found(registered, ChannelFilter(text="海珠湖%")) == {PARK.code}
    assert found(registered, ChannelFilter(text="海印桥_")) == {BRIDGE.code}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.sets(st.integers(0, 10**6), max_size=9), size=st.integers(1, 4))
def test_pages_of_any_size_are_the_list_in_order_of_code(
    numbers: set[int], size: int, migrated_database: str, reader: Connection
) -> None:
    with connect(migrated_database, "test") as connection:
        connection.execute("DELETE FROM video_channel")
        register(connection, *(replace(GATE, code=f"440106{number:014}") for number in numbers))
    walked: list[str] = []
    while rows := channels.page(reader, ChannelFilter(), walked[-1] if walked else "", size):
        assert len(rows) <= size
        walked += [row["code"] for row in rows]
    assert walked == sorted(f"440106{number:014}" for number in numbers)


def test_counts_are_by_district_source_industry_and_state(registered: Connection) -> None:
    names = "district", "source", "industry", "state", "channels"
    assert sorted(tuple(row[name] for name in names) for row in channels.tallies(registered)) == [
        ("440105", SOURCE, "00", "offline", 1),
        ("440105", SOURCE, "00", "unknown", 1),
        ("440106", SOURCE, "00", "online", 1),
    ]


def test_nothing_is_counted_where_nothing_is_registered(reader: Connection) -> None:
    assert list(channels.tallies(reader)) == []
    assert list(channels.page(reader, ChannelFilter(), "", 9)) == []


Change = Callable[[Channel], Channel]


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (lambda one: replace(one, code="4401"), "code"),
        (lambda one: replace(one, lat=None), "whole_place"),
        (lambda one: replace(one, lon=181.0), "place"),
    ],
)
def test_the_database_refuses_what_is_no_channel(change: Change, columns: str, migrated_database: str) -> None:
    with (
        connect(migrated_database, "test") as connection,
        pytest.raises(psycopg.errors.CheckViolation, match=columns),
    ):
        register(connection, change(GATE))
