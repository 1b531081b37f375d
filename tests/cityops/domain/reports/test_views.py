"""What a report of a view is made of: the whole period where that has a value, and its course; what has no report."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cityops import reference
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.views import ViewQuestion
from cityops.domain.intervals import CITY_ZONE
from cityops.domain.regions import RegionLevel
from cityops.domain.reports.declared import Against, ReportDeclaration
from cityops.domain.reports.views import ViewTold, reported
from cityops.indicators import in_force

NOW = datetime(2026, 11, 23, 12, 20, tzinfo=CITY_ZONE)
EVERY = indicators(reference.metrics(), {}, in_force().themes)
QUESTION: dict[str, Any] = {
    "indicators": ["pm25", "events_reported"],
    "region": "440100",
    "level": "city",
    "interval": "day",
    "period": "30d",
}


def view(**changes: Any) -> ViewTold:
    question = ViewQuestion.model_validate(QUESTION | changes)
    return ViewTold(
        7, "空气 30 天", question, RegionLevel.CITY if question.region.endswith("00") else RegionLevel.DISTRICT
    )


def made(**changes: Any) -> ReportDeclaration:
    return reported(view(**changes), EVERY, NOW)


def test_a_view_of_the_region_itself_has_values_of_the_whole_and_one_course() -> None:
    found = made(against="year")
    assert (found.report, found.title.zh, found.regions) == ("view_7", "空气 30 天", ("city",))
    assert found.views["whole"].compare is Against.YEAR
    assert found.views["course"].indicators == ("pm25", "events_reported")
    assert [one.of for one in found.sections[0].sentences] == ["pm25", "events_reported"]
    assert found.sections[1].figures == ("course",)
    assert ReportDeclaration.model_validate_json(found.model_dump_json()) == found  # as it is kept


def test_a_view_by_districts_has_a_course_of_each_indicator_of_the_chosen_ones() -> None:
    found = made(level="district", only=["440106", "440105"])
    assert [*found.views] == ["whole", "course_1", "course_2"]
    assert {(one.level, one.only) for one in found.views.values()} == {("below", ("440106", "440105"))}
    assert found.views["course_1"].title.zh == EVERY["pm25"].name_zh


def test_what_does_not_fold_over_time_has_its_course_alone() -> None:
    found = made(indicators=["aqi"])
    assert [*found.views] == ["course"]
    assert [section.title.zh for section in found.sections] == ["一、变化过程"]


def test_one_period_needs_no_course() -> None:
    day = {"period": None, "start": "2026-11-20T00:00:00+08:00", "end": "2026-11-21T00:00:00+08:00"}
    assert [*made(**day).views] == ["whole"]


def test_a_time_that_goes_along_ends_with_what_is_closed() -> None:
    assert view().span(NOW) == (NOW.replace(hour=0, minute=0) - timedelta(days=30), NOW.replace(hour=0, minute=0))
    assert view(interval="hour", period="24h").span(NOW)[1] == NOW.replace(hour=10, minute=0)
    early = NOW.replace(hour=7)
    assert view().span(early)[1] == early.replace(hour=0, minute=0) - timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"level": "street"}, "level: a report of the city is by district"),
        ({"against": "to_date"}, "no sums since 1 January"),
        ({"indicators": ["nothing"]}, "indicators: nothing is declared no more"),
        ({"interval": "5min", "period": "7d"}, "at most 400 periods, and this view has 2016"),
    ],
)
def test_what_has_no_report_is_refused_with_the_reason(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(RefusedQuestionError, match=told):
        made(**changes)


def test_what_is_restricted_has_no_report_as_it_has_more_readers() -> None:
    restricted = next(code for code, one in EVERY.items() if one.declared and one.declared.privacy == "restricted")
    with pytest.raises(RefusedQuestionError, match=f"{restricted} is restricted"):
        made(indicators=[restricted])
