"""The declared metrics as the database has them: in their order, with the thresholds that an operator has changed."""

import psycopg
import pytest
from sqlalchemy import Connection

from cityops import reference
from cityops.domain.metrics import Aggregate, Direction, WarningLevel
from cityops.store.metrics import metrics
from factories.world import World


def test_metrics_are_those_of_the_reference_data_in_its_order(onlooker: Connection) -> None:
    assert list(metrics(onlooker).values()) == list(reference.metrics())


def test_each_has_a_small_key_of_its_own(onlooker: Connection) -> None:
    keys = list(metrics(onlooker))
    assert len(set(keys)) == len(reference.metrics())
    assert all(0 < key < 2**15 for key in keys)


def test_aggregate_and_direction_are_words_of_the_domain(onlooker: Connection) -> None:
    found = metrics(onlooker).values()
    assert {type(one.aggregate) for one in found} == {Aggregate}
    assert {type(one.direction) for one in found} == {Direction}


def test_a_threshold_that_an_operator_has_changed_holds(world: World, reader: Connection) -> None:
    world.connection.execute("UPDATE metric SET red = 7, orange = NULL WHERE code = 'water_depth'")
    [depth] = [one for one in metrics(reader).values() if one.code == "water_depth"]
    assert (depth.red, depth.orange) == (7, None)
    assert depth.warning(7) is WarningLevel.RED


def test_the_order_of_display_is_the_operator_s(world: World, reader: Connection) -> None:
    last = reference.metrics()[-1].code
    world.connection.execute("UPDATE metric SET position = -1 WHERE code = %s", [last])
    assert next(iter(metrics(reader).values())).code == last


def test_the_database_refuses_a_metric_that_means_nothing(world: World) -> None:
    for change in ("valid_min = valid_max", "valid_max = valid_min - 1", "aggregate = 'median'", "direction = 'up'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            world.connection.execute(f"UPDATE metric SET {change} WHERE code = 'water_depth'")
