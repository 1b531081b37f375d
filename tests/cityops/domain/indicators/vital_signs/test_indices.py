"""Indices of a tree: an example computed by hand, and what holds of every tree whatever is missing."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.indicators.vital_signs.indices import LEAST_COVERED, SignIndices, indices
from cityops.domain.indicators.vital_signs.tree import ROOT, VitalSignTree
from cityops.reference import themes

NAME = {"zh": "体征", "en": "Sign"}


def tree_of(**topics: Mapping[str, float]) -> VitalSignTree:
    """Return a tree of one theme, its subjects of equal weight."""
    made = {
        code: {
            "name": NAME,
            "weight": 1 / len(topics),
            "indicators": {leaf: {"weight": weight} for leaf, weight in leaves.items()},
        }
        for code, leaves in topics.items()
    }
    theme = {"name": NAME, "weight": 1, "topics": made}
    return VitalSignTree.model_validate(
        {"version": 1, "kind": "VitalSigns", "name": NAME, "themes": {"theme": theme}}
    )


HAND = tree_of(flood={"depth": 0.6, "rain": 0.4}, air={"pm25": 0.7, "o3": 0.3})


def test_an_index_is_the_mean_of_its_parts_by_their_weights() -> None:
    found = indices(HAND, {"depth": 5.0, "rain": 10.0, "pm25": 8.0, "o3": 6.0})
    assert {code: one.index for code, one in found.signs.items()} == pytest.approx(
        {ROOT: 7.2, "theme": 7.2, "flood": 7.0, "air": 7.4}
    )
    assert found.leaves["depth"].share == pytest.approx(0.3)
    assert found.leaves["depth"].lever == pytest.approx(1.5)
    assert found.signs[ROOT].alarms is False


def test_what_is_missing_takes_no_part_and_is_told() -> None:
    found = indices(HAND, {"depth": 5.0, "pm25": 8.0})
    flood, root = found.signs["flood"], found.signs[ROOT]
    assert (flood.index, flood.covered, flood.present, flood.leaves) == (5.0, 0.6, 1, 2)
    assert flood.alarms is True
    assert root.index == pytest.approx(6.5)
    assert root.covered == pytest.approx(0.65)
    assert (root.present, root.leaves) == (2, 4)
    assert found.leaves["rain"].share is None
    assert found.leaves["depth"].share == pytest.approx(0.5)


def test_below_half_of_its_weight_a_sign_has_no_index() -> None:
    found = indices(HAND, {"rain": 10.0, "o3": 6.0})
    assert {one.index for one in found.signs.values()} == {None}
    assert (found.signs["flood"].covered, found.signs["flood"].present) == (0.4, 1)
    assert found.signs[ROOT].covered == 0
    assert found.signs[ROOT].alarms is None
    assert found.leaves["rain"].lever is None


SHIPPED = themes.shipped().signs
assert SHIPPED is not None
worth = st.dictionaries(st.sampled_from([*SHIPPED.leaves]), st.floats(0, 10))


def found_of(scores: Mapping[str, float]) -> SignIndices:
    assert SHIPPED is not None
    return indices(SHIPPED, scores)


@given(scores=worth)
def test_indices_and_shares_keep_within_their_bounds(scores: Mapping[str, float]) -> None:
    found = found_of(scores)
    for one in found.signs.values():
        assert 0 <= one.covered <= 1
        assert (one.index is None) == (one.covered < LEAST_COVERED - 1e-9)
        assert one.index is None or 0 <= one.index <= 10
    root = found.signs[ROOT]
    if root.index is not None:
        shares = [one.share for one in found.leaves.values() if one.share is not None]
        assert sum(shares) == pytest.approx(1)
        levers = [one.lever for one in found.leaves.values() if one.lever is not None]
        assert root.index + sum(levers) == pytest.approx(10)
        assert min(levers) >= 0


@given(scores=worth.filter(bool), data=st.data())
def test_a_better_leaf_never_lowers_an_index(scores: dict[str, float], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(scores)))
    better = scores | {code: data.draw(st.floats(scores[code], 10))}
    before, after = found_of(scores).signs, found_of(better).signs
    for sign, one in before.items():
        other = after[sign].index
        assert (one.index is None) == (other is None)
        assert one.index is None or other is None or other >= one.index - 1e-9


@given(scores=worth.filter(bool), data=st.data())
def test_a_leaf_that_goes_missing_leaves_the_signs_beside_it_alone(
    scores: dict[str, float], data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from(sorted(scores)))
    without = {one: score for one, score in scores.items() if one != code}
    before, after = found_of(scores), found_of(without)
    above = {ROOT, before.leaves[code].parent, before.signs[before.leaves[code].parent].parent}
    for sign, one in before.signs.items():
        if sign in above:
            assert after.signs[sign].covered <= one.covered
        else:
            assert after.signs[sign] == one
    assert all((one.lever or 0) >= 0 for one in after.leaves.values())


@given(scores=worth, data=st.data())
def test_the_order_of_what_is_known_is_of_no_matter(scores: dict[str, float], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations([*scores.items()])))
    assert found_of(shuffled) == found_of(scores)
