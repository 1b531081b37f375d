"""The indicators in force: a changed file is seen, a wrong one is refused and what was in force stays so."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops import indicators
from cityops.errors import CityopsError
from cityops.indicators import IndicatorShelf
from cityops.reference import themes
from cityops.settings import settings


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Have the settings read again after a test that changed them."""
    yield
    settings.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in themes.SHIPPED.iterdir():
        if file.name in {"health.yaml", "culture.yaml"}:
            (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def changed(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_changed_file_is_read_and_a_wrong_one_leaves_what_was_in_force(
    folder: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = IndicatorShelf(folder)
    changed(folder / "culture.yaml", "重点景区游客量", "景区游客")
    assert shelf.themes().indicators["visitors"].name.zh == "重点景区游客量"  # looked at a moment ago
    assert shelf.themes(at_once=True).indicators["visitors"].name.zh == "景区游客"
    changed(folder / "culture.yaml", "owner: culture", "owner: cultur")
    with caplog.at_level(logging.ERROR):
        assert shelf.themes(at_once=True).indicators["visitors"].name.zh == "景区游客"
    told = caplog.text + capsys.readouterr().out
    assert "did you mean 'culture'?" in told
    assert "those of before stay in force" in told
    changed(folder / "culture.yaml", "owner: cultur\n", "owner: culture\n")
    (folder / "health.yaml").unlink()
    assert [*shelf.themes(at_once=True).indicators] == ["visitors"]


def test_a_wrong_file_is_refused_where_nothing_was_in_force(folder: Path) -> None:
    changed(folder / "culture.yaml", "decimals: 1", "decimals: many")
    with pytest.raises(CityopsError, match=r"culture\.yaml:\d+:\d+ indicators\.visitors\.decimals: is a whole"):
        IndicatorShelf(folder)


def test_a_folder_of_ones_own_stands_in_for_what_is_shipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert indicators.in_force() is themes.shipped()
    monkeypatch.setenv("CITYOPS_INDICATORS", str(folder))
    settings.cache_clear()
    assert [theme.theme for theme in indicators.in_force().themes] == ["culture", "health"]
    assert indicators.folder() == folder
