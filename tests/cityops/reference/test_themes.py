"""Files of indicators: what is wrong is named with file, line and column; what is shipped is whole."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops import reference
from cityops.declarations import meant
from cityops.domain.indicators.measures import Pushed
from cityops.errors import CityopsError
from cityops.reference import themes

GOOD = """version: 1
kind: Theme
theme: water
title: {zh: 水务, en: Water}
owner: water
metrics: [river_velocity]
indicators:
  supplied:
    name: {zh: 日供水量, en: Water supplied}
    unit: 万m³
    decimals: 1
    owner: water
    period: day
    cadence: 15min
    grace: 30min
    direction: high
    thresholds: {yellow: 900, red: 1200, basis: {zh: 默认, en: A default}, basis_mark: default}
    valid: [0, 1500]
    measure: {kind: pushed, sources: [water-supply], levels: [city, district]}
    aggregation: sum
    additive_over: both
    definition:
      - {version: 1, from: 2020-01-01, zh: 出厂水量, en: Water that left the works}
      - {version: 2, from: 2026-03-01, zh: 出厂水量之和, en: The sum of it, standard: GB 1}
    origins: [{producer: 市水务局, title: 供水调度, licence: 内部共享}]
    collection: system
  yearly:
    name: {zh: 本年供水, en: Water this year}
    decimals: 1
    owner: water
    period: day
    cadence: 15min
    grace: 30min
    measure: {kind: cumulative, of: supplied, grain_to_date: year}
    definition: [{version: 1, from: 2020-01-01, zh: 本年之和, en: Since 1 January}]
    origins: [{producer: 市水务局, title: 供水调度, licence: 内部共享}]
    collection: system
  change:
    name: {zh: 同比, en: Change}
    decimals: 1
    owner: water
    period: day
    cadence: 15min
    grace: 30min
    measure:
      kind: derived
      expression: now / before
      inputs: {now: {of: supplied}, before: {of: supplied, offset: 1, grain: year}}
    definition: [{version: 1, from: 2020-01-01, zh: 同比, en: Change on the year}]
    origins: [{producer: 市水务局, title: 供水调度, licence: 内部共享}]
    collection: system
"""
Read = Callable[[str], themes.Themes]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def of(text: str) -> themes.Themes:
        (tmp_path / "water.yaml").write_text(text, encoding="utf-8")
        return themes.read_folder(tmp_path)

    return of


def test_a_theme_is_read(read: Read) -> None:
    found = read(GOOD)
    assert [*found.indicators] == ["supplied", "yearly", "change"]
    assert {code: one.title.zh for code, one in found.theme_of.items()}["river_velocity"] == "水务"
    one = found.indicators["supplied"]
    assert isinstance(one.measure, Pushed)
    assert (one.cadence.total_seconds(), one.definition[1].since.isoformat()) == (900, "2026-03-01")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "owner: water\nmetrics",
            "owner: watr\nmetrics",
            "water.yaml:5:8 owner: unknown 'watr', did you mean 'water'?",
        ),
        ("unit: 万m³", "units: 万m³", "10:5 indicators.supplied.units: is no part of a theme, did you mean 'unit'?"),
        ("    grace: 30min\n    direction", "    direction", "9:5 indicators.supplied.grace: is missing"),
        ("unit: 万m³", "unit: 万m³\n    unit: t", "11:5 indicators.supplied.unit: stands in line 10 already"),
        ("cadence: 15min", "cadence: 15", "14:14 indicators.supplied.cadence: '15' is no duration; write it like"),
        ("period: day", "period: dya", "13:13 indicators.supplied.period: unknown 'dya', did you mean 'day'?"),
        ("from: 2020-01-01", "from: 2020-13-01", "definition.0.from: '2020-13-01' is no day; write it like"),
        ("from: 2026-03-01", "from: 2019-03-01", "definition.1: comes before the one above it"),
        ("kind: pushed", "kind: pused", "indicators.supplied.measure: unknown 'pused', did you mean 'pushed'?"),
        ("kind: pushed, ", "", "measure: says no kind, which is one of cases, alarms, ratio"),
        ("sources: [water", "source: [water", "measure.source: is no part of a theme, did you mean 'sources'?"),
        ("[water-supply]", "[water-suply]", "measure.sources.0: unknown 'water-suply', did you mean 'water-supply'?"),
        ("[water-supply]", "[hotline-12345]", "measure.sources.0: unknown 'hotline-12345'"),
        ("[city, district]", "city", "measure.levels: is a list, such as [city, district]"),
        ("    aggregation: sum\n", "", "aggregation: is missing: nothing tells how values of kind pushed are summed"),
        ("    valid: [0, 1500]\n", "", "valid: is missing: the least and the greatest value that are taken"),
        ("[0, 1500]", "[1500, 0]", "valid: the first is less than the second, unlike 1500 and 0"),
        ("aggregation: sum", "aggregation: mean", "aggregation: a mean needs its parts: say ratio"),
        ("aggregation: sum", "aggregation: max", "additive_over: is 'none' for what is aggregated by max"),
        ("both", "both\n    window_choice: max", "window_choice: is for stocks; this one adds up over time"),
        ("red: 1200", "red: 800", "thresholds: do not grow graver in the direction 'high'"),
        ("direction: high", "direction: none", "direction: is high or low where there are thresholds"),
        ("yellow: 900, red: 1200, ", "", "thresholds: names none of blue, yellow, orange, red"),
        ("of: supplied, grain", "of: suplied, grain", "measure.of: unknown 'suplied', did you mean 'supplied'?"),
        ("of: supplied, grain_", "of: yearly, grain_", "measure.of: 'yearly' is made of 'yearly' itself"),
        ("of: supplied, grain_", "of: change, grain_", "measure.of: 'change' is no sum"),
        ("of: supplied, grain_", "of: pm25, grain_", "measure.of: 'pm25' is no sum"),
        ("additive_over: both", "additive_over: region", "measure.of: 'supplied' does not add up over time"),
        ("now / before", "now / befor", "names 'befor', which is no input, did you mean 'before'?"),
        ("now / before", "now * 2", "measure.inputs.before: is not in the expression"),
        ("now / before", "now ** 2", "measure.expression: 'now ** 2' has another sign than + - * /"),
        ("  yearly:", "  pm25:", "indicators.pm25: 'pm25' is a metric, and an indicator of readings by itself"),
        ("  yearly:", "  Yearly:", "indicators.Yearly: string should match pattern"),
        ("theme: water", "theme: watery", "3:8 theme: is 'watery' in a file of the name water.yaml"),
        ("[river_velocity]", "[river_velocty]", "metrics.0: unknown 'river_velocty', did you mean 'river_velocity'?"),
        ("[river_velocity]", "[pm25, pm25]", "metrics.1: 'pm25' stands in"),
        ("collection: system\n  yearly", "collection: no\n  yearly", "collection: unknown 'no', it is one of sensor"),
        ("owner: water\nmetrics", "owner: &it water\nmetrics", "anchors and aliases are not for themes"),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_was_meant(read: Read, before: str, after: str, told: str) -> None:
    assert before in GOOD
    with pytest.raises(CityopsError) as caught:
        read(GOOD.replace(before, after, 1))
    assert told in str(caught.value)


def test_an_indicator_is_declared_once_whatever_the_file(tmp_path: Path, read: Read) -> None:
    (tmp_path / "more.yaml").write_text(GOOD.replace("theme: water", "theme: more"), encoding="utf-8")
    with pytest.raises(CityopsError) as caught:
        read(GOOD)
    assert "'river_velocity' stands in" in str(caught.value)
    assert "indicators.supplied: 'supplied' stands in" in str(caught.value)


def test_a_folder_without_themes_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(CityopsError, match=r"has no file of the name \*\.yaml"):
        themes.read_folder(tmp_path)
    with pytest.raises(CityopsError, match="is no folder"):
        themes.read_folder(tmp_path / "none")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(line=st.integers(0, GOOD.count("\n") - 1), more=st.text("abc:{}[], \n\"'#-&0", max_size=8))
def test_a_theme_with_anything_written_into_it_is_a_theme_or_named_faults(read: Read, line: int, more: str) -> None:
    lines = GOOD.splitlines(keepends=True)
    try:
        assert read("".join([*lines[:line], more, *lines[line:]])).themes
    except CityopsError as error:
        assert all("water.yaml:" in one for one in str(error).splitlines())  # noqa: PT017


def test_what_is_shipped_names_every_metric_once_and_some_sixty_more() -> None:
    found = themes.shipped()
    assert set(found.theme_of) == {metric.code for metric in reference.metrics()} | set(found.indicators)
    assert len(found.indicators) >= 60
    assert {one.measure.kind for one in found.indicators.values()} == {
        *("cases", "alarms", "ratio", "derived", "cumulative", "air_quality", "pushed", "filled"),
    }


def test_every_source_of_indicators_is_named_by_one() -> None:
    measures = [one.measure for one in themes.shipped().indicators.values()]
    named = {source for one in measures if isinstance(one, Pushed) for source in one.sources}
    assert named == set(themes.known().sources)


def test_nothing_near_means_nothing() -> None:
    assert (meant("zzzz", ["water"]), meant("watr", ["water"])) == ("", ", did you mean 'water'?")
