"""CSV exports: the bytes, the columns, and that a download which breaks off cannot be taken for a whole one."""

import csv
import gc
import io
from urllib.parse import unquote

import httpx
import psycopg
import pytest

from cityops.local.processes import wait_until
from cityops.store.engine import connect
from factories.world import World


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_series(world: World, api: httpx.Client) -> None:
    at = "2026-11-20T00:00:00+08:00"
    world.says(world.device("R-1", "river_level"), "river_level_above_warning", -1.25, world.ago(0).fromisoformat(at))
    parameters = {
        "indicator": "river_level_above_warning", "level": "district", "interval": "day",
        "start": at, "end": "2026-11-21T00:00:00+08:00",
    }  # fmt: skip

    english = api.get("/api/v1/export/series.csv", params=parameters | {"lang": "en"})
    chinese = api.get("/api/v1/export/series.csv", params=parameters)

    assert list(rows(english)[0]) == [
        "indicator_code", "indicator_name", "region_code", "region_name", "period_start", "period_end", "time_zone",
        "value", "unit", "coverage", "n", "source", "exported_at",
    ]  # fmt: skip
    (row,) = [row for row in rows(english) if row["value"]]
    assert (row["region_code"], row["region_name"], row["value"]) == ("440106", "Tianhe", "-1.25")
    assert (row["period_start"], row["period_end"]) == ("2026-11-20 00:00:00", "2026-11-21 00:00:00")
    assert (row["time_zone"], row["unit"], row["source"]) == ("Asia/Shanghai", "m", "河道水情系统")
    assert len(rows(chinese)) == 11
    assert list(rows(chinese)[0])[:4] == ["指标代码", "指标名称", "区域代码", "区域名称"]
    name = unquote(chinese.headers["content-disposition"].split("filename*=UTF-8''")[1])
    assert name == "广州市_河道水位超警戒_分区_日_202611200000-202611210000.csv"


def test_events_guard_the_spreadsheet_and_name_nobody(world: World, api: httpx.Client) -> None:
    world.case(
        "reported",
        "dispatched",
        "closed",
        title='=HYPERLINK("http://x")',
        external_id="202611230001234567",
        at=world.now,
    )
    answer = api.get("/api/v1/export/events.csv", params={"region": "440106", "lang": "en", "stage": "closed"})
    (row,) = rows(answer)
    assert (row["title"], row["external_id"]) == ('\'=HYPERLINK("http://x")', "\t202611230001234567")
    assert row["found_at"] < row["dispatched_at"] < row["closed_at"]
    assert (row["handling_at"], row["class_name"], row["stage"]) == ("", "Gas leak", "closed")
    assert "13800000000" not in answer.text
    assert "某路" not in answer.text
    assert "cityops_events_440106_closed.csv" in answer.headers["content-disposition"]


def test_devices(world: World, api: httpx.Client) -> None:
    for number in range(3):
        world.device(f"WL-{number}", name=f"-{number}")
    found = rows(api.get("/api/v1/export/devices.csv", params={"kind": "waterlogging", "lang": "en"}))
    assert [(row["code"], row["name"], row["freshness"]) for row in found] == [
        (f"WL-{number}", f"'-{number}", "silent") for number in range(3)
    ]


def many_cases(connection: psycopg.Connection, count: int) -> None:
    connection.execute(
        """
        INSERT INTO event (source_system_code, external_id, sequence, class_code, severity, status, title,
                           region_code, occurred_at, status_at, received_at)
        SELECT 'hotline-12345', 'M' || n, 0, 'gas_leak', 'normal', 'reported', repeat('题', 190), '440106013',
               now() - n * interval '1 s', now(), now()
        FROM generate_series(1, %s) AS n
        """,
        [count],
    )


def test_a_long_export_is_whole(world: World, api: httpx.Client) -> None:
    many_cases(world.connection, 5000)
    found = rows(api.get("/api/v1/export/events.csv", params={"lang": "en"}))
    assert len({row["external_id"] for row in found}) == len(found) == 5000


# psycopg warns of the cursor that it could not close because the connection was gone
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broken_export_is_seen_to_be_broken(world: World, api: httpx.Client, migrated_database: str) -> None:
    many_cases(world.connection, 60_000)
    with api.stream("GET", "/api/v1/export/events.csv") as answer, connect(migrated_database, "killer") as killer:
        pieces = answer.iter_raw(4096)
        assert next(pieces).startswith(b"\xef\xbb\xbf")
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'cityops'"
        )
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            for _ in pieces:
                pass
    gc.collect()


def test_exports_beyond_the_bound_wait_outside(
    world: World, api: httpx.Client, api_url: str, signed_in: dict[str, str]
) -> None:
    many_cases(world.connection, 60_000)
    streams = [api.stream("GET", "/api/v1/export/events.csv") for _ in range(4)]
    answers = [stream.__enter__() for stream in streams]
    try:
        assert {one.status_code for one in answers} == {200}
        with httpx.Client(base_url=api_url, headers=signed_in) as other:
            refused = other.get("/api/v1/export/devices.csv")
            assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
            assert other.get("/api/v1/devices").status_code == 200
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)
    with httpx.Client(base_url=api_url, headers=signed_in) as other:  # those who stop reading free their place
        assert wait_until(lambda: other.get("/api/v1/export/devices.csv").status_code == 200, seconds=10)
