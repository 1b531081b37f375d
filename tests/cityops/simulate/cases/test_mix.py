"""What cases are about: declared classes by source, water while it rains, and urgency that fits the class."""

import random
from collections import Counter

import pytest

from cityops import reference
from cityops.domain.events.status import Severity
from cityops.simulate.cases import mix

CLASSES = {row["code"] for row in reference.rows("event_classes")}
RAIN = {"road_ponding", "fallen_tree", "pipe_burst", "power_outage"}


def drawn(source: str, rain_mm_h: float, count: int = 2_000) -> Counter[str]:
    rng = random.Random(7)
    return Counter(mix.draw_class(source, rain_mm_h, rng) for _ in range(count))


@pytest.mark.parametrize("source", mix.SOURCES)
@pytest.mark.parametrize("rain_mm_h", [0.0, 10.0, 80.0])
def test_only_declared_classes_of_the_source_or_of_rain_are_drawn(source: str, rain_mm_h: float) -> None:
    found = set(drawn(source, rain_mm_h))
    assert found <= CLASSES
    assert found <= set(mix._CLASSES[source]) | (RAIN if rain_mm_h else set())


@pytest.mark.parametrize("source", [mix.HOTLINE, mix.GRID])
def test_in_fair_weather_every_class_comes_by_its_weight(source: str) -> None:
    found, weights = drawn(source, 0, 20_000), mix._CLASSES[source]
    assert set(found) == set(weights)
    shares = {name: found[name] / found.total() for name in weights}
    assert shares == pytest.approx({name: one / sum(weights.values()) for name, one in weights.items()}, abs=0.015)


@pytest.mark.parametrize(("rain_mm_h", "share"), [(0.0, 0.0), (5.0, 0.12), (12.5, 0.3), (20.0, 0.48), (500.0, 0.48)])
def test_the_more_it_rains_the_more_water_is_reported_up_to_a_bound(rain_mm_h: float, share: float) -> None:
    found = drawn(mix.GRID, rain_mm_h, 5_000)
    assert found["road_ponding"] / found.total() == pytest.approx(share, abs=0.03)


def test_sensors_do_not_look_out_of_the_window() -> None:
    assert set(drawn(mix.SENSOR, 80)) == {"device_fault"}


def test_every_source_has_letters_of_its_own() -> None:
    assert set(mix.LETTERS) == set(mix.SOURCES) == set(mix._CLASSES)
    assert len(set(mix.LETTERS.values())) == len(mix.LETTERS)


@pytest.mark.parametrize("event_class", sorted(CLASSES))
def test_what_is_dangerous_is_urgent_at_least_and_a_question_never_is(event_class: str) -> None:
    rng = random.Random(3)
    found = {mix.draw_severity(event_class, rng) for _ in range(400)}
    dangerous = {"gas_leak", "road_collapse", "cover_missing", "pipe_burst"}
    harmless = {"consultation", "consumer_dispute", "device_fault", "small_ads", "road_cleaning", "green_care"}
    if event_class in dangerous:
        assert found == {Severity.URGENT, Severity.CRITICAL}
    elif event_class in harmless:
        assert found == {Severity.NORMAL}
    else:
        assert found == set(Severity)


def test_most_cases_are_of_normal_urgency() -> None:
    rng = random.Random(5)
    found = Counter(mix.draw_severity("noise_complaint", rng) for _ in range(5_000))
    shares = {severity: count / 5_000 for severity, count in found.items()}
    wanted = {Severity.NORMAL: 0.85, Severity.URGENT: 0.12, Severity.CRITICAL: 0.03}
    assert shares == pytest.approx(wanted, abs=0.02)
