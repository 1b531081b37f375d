"""Files of reports: each fault is told with its place, and what may have been meant."""

import logging
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cityops import indicators as shelves
from cityops import reference
from cityops.declarations import DeclarationError
from cityops.domain.indicators.definitions import indicators
from cityops.errors import CityopsError
from cityops.indicators import HeldAgainst, in_force, reports_in_force
from cityops.reference import themes
from cityops.reference.reports import SHIPPED, read, read_reports
from cityops.reference.themes import Themes

WEEKLY = (SHIPPED / "weekly.yaml").read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(DeclarationError) as error:
        read(text, "weekly.yaml", indicators(reference.metrics(), {}, in_force().themes))
    return str(error.value)


def test_what_is_shipped_is_right() -> None:
    assert {one.period.value for one in reports_in_force().values()} == {"day", "week", "mode"}


def test_a_folder_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "weekly.yaml").write_text(WEEKLY, encoding="utf-8")
    assert [*read_reports(tmp_path, themes.shipped())] == ["weekly"]
    (tmp_path / "monthly.yaml").write_text(WEEKLY.replace("pm25", "pm26"), encoding="utf-8")
    with pytest.raises(CityopsError) as error:
        read_reports(tmp_path, themes.shipped())
    assert "monthly.yaml:3:9 report: is 'weekly' in a file of the name monthly.yaml" in str(error.value)
    assert "unknown 'pm26', did you mean 'pm25'?" in str(error.value)
    with pytest.raises(CityopsError, match="is no folder; CITYOPS_REPORTS names one"):
        read_reports(tmp_path / "none", themes.shipped())


def test_shipped_reports_that_do_not_fit_a_city_s_own_indicators_say_what_to_do(tmp_path: Path) -> None:
    shutil.copytree(str(themes.SHIPPED), tmp_path / "indicators")
    for lacking in ("transport.yaml", "vital_signs.yaml"):  # the tree names what the theme declares
        (tmp_path / "indicators" / lacking).unlink()
    own = themes.read_folder(tmp_path / "indicators")
    reports = HeldAgainst("reports", "CITYOPS_REPORTS", SHIPPED, read_reports, len)
    with pytest.raises(CityopsError, match="unknown 'flights'") as error:
        reports.get("", own)
    assert "name the copy in CITYOPS_REPORTS" in str(error.value)
    (tmp_path / "weekly.yaml").write_text(WEEKLY.replace(", bus_passengers, metro_passengers", ""), encoding="utf-8")
    assert [*reports.get(str(tmp_path), own)] == ["weekly"]


def test_what_was_in_force_stays_so_where_files_or_indicators_do_not_fit_any_more(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelves, "LOOK_S", 0.0)
    file = tmp_path / "weekly.yaml"
    file.write_text(WEEKLY, encoding="utf-8")
    reports = HeldAgainst("reports", "CITYOPS_REPORTS", SHIPPED, read_reports, len)
    first = reports.get(str(tmp_path), themes.shipped())
    file.write_text(WEEKLY.replace("grace: 8h", "grace: 80d"), encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert reports.get(str(tmp_path), themes.shipped()) is first
        assert reports.get(str(tmp_path), Themes(())) is first
    told = caplog.text + capsys.readouterr().out
    assert "at most 7d" in told
    assert "reports do not fit; those of before stay in force" in told
    file.write_text(WEEKLY.replace("grace: 8h", "grace: 9h"), encoding="utf-8")
    assert reports.get(str(tmp_path), themes.shipped())["weekly"].grace == timedelta(hours=9)


@pytest.mark.parametrize(
    ("was", "wrong", "told"),
    [
        ("bus_passengers", "bus_pasengers", "unknown 'bus_pasengers', did you mean 'bus_passengers'?"),
        ("{view: handling, of: events_reported}", "{view: handlin, of: events_reported}", "did you mean 'handling'?"),
        ("{view: living, of: pm25}", "{view: living, of: no2}", "'no2' is not in the view 'living'"),
        ("metro_passengers", "water_quality_good", "water_quality_good comes by the month"),
        ("metro_passengers", "calls_110", "'calls_110' is restricted"),
        ("metro_passengers", "aqi_published", "aqi_published does not add up over time"),
        ("figures: [living_days]", "figures: [living]", "takes a view of numbers by hour or day"),
        ("figures: [living_days]", "figures: []", "views.living_days: stands in no section"),
        ("grace: 8h", "grace: 8d", "at most 7d"),
        (
            "- {view: living, of: pm25}",
            "- {view: living, of: pm25, zh: '{nam}高', en: '{name}'}",
            "puts in 'nam', which is none of name, value, change, highest, lowest, did you mean 'name'?",
        ),
        ("- {view: living, of: pm25}", "- {view: living, of: pm25, zh: '{name}'}", "stands in both languages"),
    ],
)
def test_a_fault_is_told_with_its_place(was: str, wrong: str, told: str) -> None:
    assert was in WEEKLY
    said = refused(WEEKLY.replace(was, wrong, 1))
    assert told in said
    assert said.startswith("weekly.yaml:")
