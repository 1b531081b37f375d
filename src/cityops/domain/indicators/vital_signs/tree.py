"""What a file may declare of the vital-sign tree: 综合体征, 主题体征, 专题体征, and indicators as its leaves.

The form is that of a system found in use: weights from 0 to 1 of the parent, an index from 0 to 10, a value below
which a sign alarms, an order, and whether it is in use.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cityops.declarations import AtError, Strict
from cityops.domain.indicators.declared import BilingualName
from cityops.domain.indicators.measures import Code

ROOT = "city"
"""Code of the sign of the whole city."""

ROUNDING = 1e-6
"""By how much weights may miss 1: thirds cannot be written."""

Weight = Annotated[float, Field(gt=0, le=1)]
"""Share of the parent's index."""
IndexValue = Annotated[float, Field(ge=0, le=10)]
"""0 is worst, 10 best."""
ScalePoint = tuple[float, IndexValue]
"""A value of the indicator, and what it is worth."""


class SignLeaf(Strict):
    """An indicator as a leaf: its weight, and what its values are worth where its thresholds do not say it."""

    weight: Weight
    scale: Annotated[tuple[ScalePoint, ...], Field(min_length=2, max_length=12)] | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def _rises(self) -> "SignLeaf":
        if any(one[0] >= other[0] for one, other in pairwise(self.scale or ())):
            raise AtError(("scale",), "is written from the least value to the greatest, each once")
        return self


class TopicSign(Strict):
    """A sign of one subject (专题体征), made of indicators."""

    name: BilingualName
    weight: Weight
    alarm_below: IndexValue = 6
    enabled: bool = True
    indicators: Annotated[dict[Code, SignLeaf], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> "TopicSign":
        _add_up("indicators", self.indicators)
        return self


class ThemeSign(Strict):
    """A sign of a theme (主题体征), made of subjects."""

    name: BilingualName
    weight: Weight
    alarm_below: IndexValue = 6
    enabled: bool = True
    topics: Annotated[dict[Code, TopicSign], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> "ThemeSign":
        _add_up("topics", self.topics)
        return self


class VitalSignTree(Strict):
    """A file: the sign of the whole city (综合体征), made of themes in their order."""

    version: Literal[1]
    kind: Literal["VitalSigns"]
    name: BilingualName
    alarm_below: IndexValue = 6
    themes: Annotated[dict[Code, ThemeSign], Field(min_length=1)]

    @property
    def leaves(self) -> Mapping[str, SignLeaf]:
        """The leaves in use, by the code of the indicator, in the order of the tree."""
        return {code: leaf for (_, _, code), leaf in self.places().items()}

    def places(self) -> Mapping[tuple[str, str, str], SignLeaf]:
        """Return the leaves in use, by theme, subject and code."""
        return {
            (theme_code, topic_code, code): leaf
            for theme_code, theme in self.themes.items()
            if theme.enabled
            for topic_code, topic in theme.topics.items()
            if topic.enabled
            for code, leaf in topic.indicators.items()
            if leaf.enabled
        }

    @model_validator(mode="after")
    def _is_whole(self) -> "VitalSignTree":
        _add_up("themes", self.themes)
        held = {ROOT: "the tree itself"}
        for code, path in self._named():
            if code in held:
                raise AtError(path, f"'{code}' is the name of {held[code]} already, and would count twice")
            held[code] = ".".join(path)
        return self

    def _named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the code of each sign and leaf with its place."""
        for code, theme in self.themes.items():
            yield code, ("themes", code)
            for topic_code, topic in theme.topics.items():
                path = "themes", code, "topics", topic_code
                yield topic_code, path
                yield from ((one, (*path, "indicators", one)) for one in topic.indicators)


def _add_up(field: str, parts: Mapping[str, ThemeSign] | Mapping[str, TopicSign] | Mapping[str, SignLeaf]) -> None:
    total = sum(one.weight for one in parts.values() if one.enabled)
    if abs(total - 1) > ROUNDING:
        raise AtError((field,), f"have weights that sum to {total:g}, and not to 1")


def schema(codes: list[str]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the file, with the codes of indicators that there are."""
    made = VitalSignTree.model_json_schema()
    made["$defs"]["TopicSign"]["properties"]["indicators"]["propertyNames"] = {"enum": codes}
    return made
