"""Figures are kept one by one: measuring a part renews only that part, and the page shows what the file holds."""

from pathlib import Path

import pytest

from bench import figures
from bench.figures import Entry, Figure

OLD = {
    "copy.rows_per_s": Entry(350_000, "rows/s", {"rows": 1_000_000}, "abc1234", "2026-11-01T00:00:00+00:00"),
    "state.p99_s": Entry(0.01, "s", {}, "abc1234", "2026-11-01T00:00:00+00:00"),
}


def test_measuring_a_part_renews_only_its_figures() -> None:
    new = figures.merged(OLD, [Figure("state.p99_s", 0.0234567, "s", {})], "def5678", "2026-11-02T00:00:00+00:00")
    assert new["copy.rows_per_s"] == OLD["copy.rows_per_s"]
    assert new["state.p99_s"] == Entry(0.02346, "s", {}, "def5678", "2026-11-02T00:00:00+00:00")


def test_what_is_saved_is_loaded_again_and_rendered(tmp_path: Path) -> None:
    figures.save(OLD, tmp_path / "results.json", tmp_path / "RESULTS.md")
    assert figures.load(tmp_path / "results.json") == OLD
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| `copy.rows_per_s` | 350,000 | rows/s | rows 1,000,000 | abc1234 | 2026-11-01 |" in text
    assert text.index("## copy") < text.index("## state")


def test_the_page_in_the_repository_is_rendered_from_the_file_beside_it() -> None:
    assert figures.RESULTS_MD.read_text() == figures.markdown(figures.load()), "run make bench, do not edit the page"


def test_operations_names_the_commit_of_the_figures_it_tells() -> None:
    page = (figures.FOLDER.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    told = {entry.commit for name, entry in figures.load().items() if name.startswith(("stall.", "overload."))}
    assert [f"measured at commit {commit}" in page for commit in told] == [True]


@pytest.mark.parametrize(("value", "kept"), [(123_456.7, 123_500), (0.000123456, 0.0001235), (7, 7), ("17", "17")])
def test_four_digits_are_kept(value: float | str, kept: float | str) -> None:
    assert figures.rounded(value) == kept
