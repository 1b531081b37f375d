"""The job `reports`: each closed day and week once, of city and districts; a downtime is made up for."""

from datetime import datetime, timedelta

import psycopg
from sqlalchemy import Engine

from cityops.domain.intervals import CITY_ZONE
from cityops.domain.reports.declared import ReportDeclaration
from cityops.indicators import reports_in_force
from cityops.jobs.reports import LOOK_AGAIN, look
from factories.world import World

MONDAY = datetime(2026, 11, 23, 8, 0, 30, tzinfo=CITY_ZONE)


def short(kind: str) -> ReportDeclaration:
    """Return a shipped report with its first view alone."""
    told = reports_in_force()[kind].model_dump(by_alias=True)
    told["views"] = {"handling": told["views"]["handling"] | {"indicators": ["events_reported"]}}
    told["sections"] = [{"title": {"zh": "总", "en": "All"}, "tables": ["handling"]}]
    return ReportDeclaration.model_validate(told)


def kept(database: psycopg.Connection, region: str) -> list[tuple[str, str]]:
    rows = database.execute(
        "SELECT kind, to_char(period_start AT TIME ZONE 'Asia/Shanghai', 'MM-DD') FROM report"
        " WHERE region_code = %s ORDER BY 1, 2",
        [region],
    )
    return rows.fetchall()


def test_what_is_closed_is_reported_once_where_anything_is_known(
    world: World, engine: Engine, database: psycopg.Connection
) -> None:
    declared = [short("daily"), short("weekly"), reports_in_force()["storm"]]
    for day in (16, 22, 23, 24):
        world.case("reported", at=datetime(2026, 11, day, 10, tzinfo=CITY_ZONE))
    assert (
        look(engine, declared, {}, MONDAY - timedelta(minutes=1)) == 0
    )  # Sunday is over, and late data are waited for
    empty: dict[tuple[str, str, datetime], datetime] = {}
    assert look(engine, declared, empty, MONDAY) == 4
    assert kept(database, "440100") == [("daily", "11-22"), ("weekly", "11-16")]
    assert kept(database, "440106") == kept(database, "440100")
    assert kept(database, "440105") == []
    assert ("daily", "440105", datetime(2026, 11, 22, tzinfo=CITY_ZONE)) in empty
    world.case("reported", at=datetime(2026, 11, 22, 11, tzinfo=CITY_ZONE), region="440105001")
    assert look(engine, declared, empty, MONDAY) == 0
    assert look(engine, declared, empty, MONDAY + LOOK_AGAIN) == 2  # what came late, of the day and of the week
    assert look(engine, declared, {}, MONDAY + timedelta(days=2)) == 4  # a day of downtime
    assert kept(database, "440106")[:3] == [("daily", "11-22"), ("daily", "11-23"), ("daily", "11-24")]
    [row] = database.execute("SELECT DISTINCT subject, action FROM audit WHERE action = 'report:make'").fetchall()
    assert row == ("cityops jobs", "report:make")
