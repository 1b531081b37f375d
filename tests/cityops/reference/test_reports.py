"""Files of reports: each fault is told with its place, and what may have been meant."""

import pytest

from cityops import reference
from cityops.declarations import DeclarationError
from cityops.domain.indicators.definitions import indicators
from cityops.indicators import in_force
from cityops.reference.reports import SHIPPED, read, shipped

WEEKLY = (SHIPPED / "weekly.yaml").read_text(encoding="utf-8")


def refused(text: str) -> str:
    with pytest.raises(DeclarationError) as error:
        read(text, "weekly.yaml", indicators(reference.metrics(), {}, in_force().themes))
    return str(error.value)


def test_what_is_shipped_is_right() -> None:
    assert {one.period.value for one in shipped().values()} == {"day", "week", "mode"}


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
