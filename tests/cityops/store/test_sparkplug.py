"""What is known of Sparkplug's edge nodes: the newest state of each, by group and node."""

import json

import psycopg
import pytest

from cityops.store import sparkplug
from factories.world import World


def record(world: World, states: dict[tuple[str, str], str], seconds_ago: float = 0) -> None:
    with world.connection.transaction(), world.connection.cursor() as cursor:
        sparkplug.record(cursor, {key: (state, world.ago(seconds_ago)) for key, state in states.items()})


def known(world: World) -> dict[tuple[str, str], object]:
    return {key: json.loads(state) for key, state in sparkplug.nodes(world.connection).items()}


def test_no_node_is_known_before_its_birth(world: World) -> None:
    record(world, {})
    assert sparkplug.nodes(world.connection) == {}


def test_states_are_read_as_they_were_written(world: World) -> None:
    states: dict[tuple[str, str], object] = {
        ("泵站", "edge-1"): {"seq": 255, "aliases": {"7": "水位/深"}, "birth": None},
        ("泵站", "edge-2"): {},
        ("other", "edge-1"): [1.5, "é", True],
    }
    record(world, {key: json.dumps(state) for key, state in states.items()})
    assert known(world) == states


def test_a_newer_state_takes_the_place_of_the_earlier_and_leaves_others_alone(world: World) -> None:
    record(world, {("g", "a"): '{"seq": 1}', ("g", "b"): '{"seq": 2}'}, 60)
    record(world, {("g", "a"): '{"seq": 3}'})
    assert known(world) == {("g", "a"): {"seq": 3}, ("g", "b"): {"seq": 2}}
    rows = world.connection.execute("SELECT node_id, updated_at FROM sparkplug_node ORDER BY node_id").fetchall()
    assert rows == [("a", world.now), ("b", world.ago(60))]


def test_a_state_goes_with_the_batch_it_belongs_to(world: World) -> None:
    with world.connection.transaction(force_rollback=True):
        record(world, {("g", "a"): "{}"})
    assert sparkplug.nodes(world.connection) == {}


def test_what_is_not_json_is_refused(world: World) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        record(world, {("g", "a"): "{"})
