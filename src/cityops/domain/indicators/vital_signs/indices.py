"""Indices of the vital-sign tree out of what its leaves are worth, honest about those of which nothing is known.

A sign's index is the mean of its parts that have one, by their weights. What is missing takes no part and lowers what
is `covered`; below half of it a sign has no index.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cityops.domain.indicators.vital_signs.scores import BEST
from cityops.domain.indicators.vital_signs.tree import ROOT, SignLeaf, ThemeSign, TopicSign, VitalSignTree

LEAST_COVERED = 0.5
"""Share of a sign's weight that must be known for it to have an index."""


class WhyMissing(StrEnum):
    """Why a leaf takes no part."""

    NO_LEVEL = "no_level"
    """The indicator does not come by regions of this level."""
    NO_DEVICES = "no_devices"
    """Nothing in the region measures it."""
    NO_VALUE = "no_value"
    """None came of late."""
    LATE = "late"
    """The newest is older than it may be."""
    NO_SCALE = "no_scale"
    """Nothing says what a value is worth: its thresholds were taken away."""


class IndexPart(NamedTuple):
    """A part of a sign: its weight of it, its own index, the share of its weight that is known, its leaves."""

    weight: float
    worth: float | None
    covered: float
    present: int
    leaves: int


@dataclass(frozen=True, slots=True)
class SignIndex:
    """A sign with its index: None where less than half of its weight is known."""

    code: str
    parent: str
    level: int
    """0 is the whole city, 1 a theme, 2 a subject."""
    weight: float
    alarm_below: float
    index: float | None
    covered: float
    """Share of the weights of its leaves that the index is made of, from 0 to 1."""
    present: int
    leaves: int

    @property
    def alarms(self) -> bool | None:
        """Whether it is below the value at which it alarms; None where that is not known."""
        return None if self.index is None else self.index < self.alarm_below


@dataclass(frozen=True, slots=True)
class LeafShare:
    """What a leaf moves the whole index by: its share, and what the index would gain were the leaf at its best.

    Both are None where the leaf, or a sign above it, takes no part.
    """

    parent: str
    weight: float
    share: float | None
    lever: float | None


@dataclass(frozen=True)
class SignIndices:
    """The whole tree for one region: signs in their order, and what each leaf moves."""

    signs: Mapping[str, SignIndex]
    leaves: Mapping[str, LeafShare]


def combined(parts: list[IndexPart]) -> IndexPart:
    """Return what parts come to, as a part of weight 1; weights are those of parts in use, which sum to 1."""
    present, leaves = sum(one.present for one in parts), sum(one.leaves for one in parts)
    told = [(one.weight, one.worth, one.covered) for one in parts if one.worth is not None]
    total = sum(one.weight for one in parts)
    covered = sum(weight * share for weight, _, share in told) / total
    if not told or covered < LEAST_COVERED - 1e-9:
        return IndexPart(1.0, None, covered, present, leaves)
    index = sum(weight * one for weight, one, _ in told) / sum(weight for weight, *_ in told)
    return IndexPart(1.0, min(BEST, max(0.0, index)), min(1.0, covered), present, leaves)


def indices(tree: VitalSignTree, scores: Mapping[str, float]) -> SignIndices:
    """Return the indices of a tree; `scores` holds what the leaves that take part are worth, by code."""
    signs: dict[str, SignIndex] = {}
    themes: list[IndexPart] = []
    for code, theme in tree.themes.items():
        if not theme.enabled:
            continue
        topics: list[IndexPart] = []
        for topic_code, topic in theme.topics.items():
            if topic.enabled:
                part = combined([*_leaf_parts(topic.indicators, scores)])._replace(weight=topic.weight)
                topics.append(part)
                signs[topic_code] = _sign(topic_code, code, 2, topic, part)
        part = combined(topics)._replace(weight=theme.weight)
        themes.append(part)
        signs[code] = _sign(code, ROOT, 1, theme, part)
    root = combined(themes)
    signs[ROOT] = SignIndex(ROOT, "", 0, 1.0, tree.alarm_below, *root[1:])
    ordered = {code: signs[code] for code in _order(tree)}
    return SignIndices(ordered, _shares(tree, scores, signs))


def _sign(code: str, parent: str, level: int, one: ThemeSign | TopicSign, part: IndexPart) -> SignIndex:
    return SignIndex(code, parent, level, one.weight, one.alarm_below, *part[1:])


def _leaf_parts(leaves: Mapping[str, SignLeaf], scores: Mapping[str, float]) -> Iterator[IndexPart]:
    for code, leaf in leaves.items():
        if leaf.enabled:
            known = code in scores
            yield IndexPart(leaf.weight, scores.get(code), float(known), int(known), 1)


def _order(tree: VitalSignTree) -> Iterator[str]:
    yield ROOT
    for code, theme in tree.themes.items():
        if theme.enabled:
            yield code
            yield from (one for one, topic in theme.topics.items() if topic.enabled)


def _shares(tree: VitalSignTree, scores: Mapping[str, float], signs: Mapping[str, SignIndex]) -> dict[str, LeafShare]:
    """Return what each leaf moves the city's index by: the product of its share of each sign above it."""
    known: dict[str, float] = {}
    for one in signs.values():
        if one.parent and one.index is not None:
            known[one.parent] = known.get(one.parent, 0.0) + one.weight
    for (_, topic, code), leaf in tree.places().items():
        if code in scores:
            known[topic] = known.get(topic, 0.0) + leaf.weight
    found: dict[str, LeafShare] = {}
    for (theme, topic, code), leaf in tree.places().items():
        share = None
        if code in scores and all(signs[one].index is not None for one in (topic, theme, ROOT)):
            above = ((leaf.weight, topic), (signs[topic].weight, theme), (signs[theme].weight, ROOT))
            share = 1.0
            for weight, of in above:
                share *= weight / known[of]
        lever = None if share is None else share * (BEST - scores[code])
        found[code] = LeafShare(topic, leaf.weight, share, lever)
    return found
