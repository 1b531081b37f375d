"""A tree that is wrong is refused with the place of each fault; the shipped one is made of what there is."""

import pytest

from cityops.declarations import DeclarationError
from cityops.domain.indicators.vital_signs.tree import schema
from cityops.reference import themes

TREE = """\
version: 1
kind: VitalSigns
name: {zh: 全市, en: City}
themes:
  safety:
    name: {zh: 安全, en: Safety}
    weight: 1
    topics:
      flood:
        name: {zh: 防汛, en: Floods}
        weight: 1
        indicators:
          water_depth: {weight: 0.6}
          rain_intensity: {weight: 0.4}
"""


@pytest.mark.parametrize(
    ("said", "instead", "told"),
    [
        ("{weight: 0.4}", "{weight: 0.3}", "12:9 themes.safety.topics.flood.indicators: have weights that sum to 0"),
        ("rain_intensity", "rain_intensty", "unknown 'rain_intensty', did you mean 'rain_intensity'?"),
        ("rain_intensity", "wind_direction", "unknown 'wind_direction'"),
        ("rain_intensity", "lamp_on", "14:20 themes.safety.topics.flood.indicators.lamp_on: 'lamp_on' has no thresh"),
        ("{weight: 0.4}", "{weight: 0.4, scale: [[5, 1], [5, 2]]}", "scale: is written from the least value"),
        ("{weight: 0.4}", "{weight: 0.4, scale: [[5, 11], [6, 2]]}", "less than or equal to 10"),
        ("weight: 1\n    topics", "wait: 1\n    topics", "7:5 themes.safety.wait: is no part of a tree of vital"),
        ("      flood:", "      safety:", "9:7 themes.safety.topics.safety: 'safety' is the name of themes.saf"),
        ("      flood:", "      city:", "'city' is the name of the tree itself"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(said: str, instead: str, told: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        themes.read_signs(TREE.replace(said, instead), "vital_signs.yaml", themes.shipped())
    assert told in str(refused.value)
    assert str(refused.value).startswith("vital_signs.yaml:")


def test_what_is_out_of_use_takes_no_part() -> None:
    more = "          rain_intensity: {weight: 0.4}\n          gas_lel: {weight: 0.5, enabled: false}\n"
    tree = themes.read_signs(TREE.replace("          rain_intensity: {weight: 0.4}\n", more), "x", themes.shipped())
    assert [*tree.leaves] == ["water_depth", "rain_intensity"]


def test_the_shipped_tree_has_leaves_of_every_theme() -> None:
    tree = themes.shipped().signs
    assert tree is not None
    assert len(tree.themes) == 5
    assert len(tree.leaves) == 35


def test_the_schema_names_the_indicators() -> None:
    assert schema(["pm25"])["$defs"]["TopicSign"]["properties"]["indicators"]["propertyNames"] == {"enum": ["pm25"]}
