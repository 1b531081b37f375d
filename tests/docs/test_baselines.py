"""How far baselines may be trusted: the script that says so, on few series, and the page that it wrote."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def judged() -> ModuleType:
    spec = importlib.util.spec_from_file_location("judged_baselines", ROOT / "docs" / "baselines.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for their annotations
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", ["spike", "outage", "frozen", "shift"])
def test_what_is_odd_is_found_and_little_else(judged: ModuleType, kind: str) -> None:
    score = judged.judge(judged.made_up(kind, 8, 13))
    assert score.events == 8
    assert score.recall >= 0.8
    assert score.precision >= 0.6
    assert sorted(score.delays)[len(score.delays) // 2] <= 3


def test_gaps_and_a_known_holiday_are_not_odd(judged: ModuleType) -> None:
    for kind in ("gap", "holiday, calendar known"):
        score = judged.judge(judged.made_up(kind, 8, 13))
        assert (score.events, score.recall) == (0, None)
        assert score.flags <= 4
    unknown = judged.judge(judged.made_up("holiday", 8, 13))
    assert unknown.flags >= 8


def test_a_real_main_that_runs_dry_is_told_within_an_hour(judged: ModuleType) -> None:
    pytest.importorskip("river", reason="river brings the series")
    score = judged.judge(judged.water_flow())
    assert (score.events, score.found, score.flags, score.true_flags) == (5, 4, 4, 4)
    assert max(score.delays) <= 1


def test_the_page_names_each_kind_and_what_is_behind_it(judged: ModuleType) -> None:
    page = judged.PAGE.read_text(encoding="utf-8")
    for kind in (*judged.KINDS, "water-flow"):
        assert f"\n| {kind} |" in page
    head, _, tail = judged.page([]).partition("|---|---|---|---|---|---|---|---|\n")
    assert page.startswith(head), "run .venv/bin/python docs/baselines.py"
    assert page.endswith(tail), "run .venv/bin/python docs/baselines.py"
