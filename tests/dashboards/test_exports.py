"""CSV through the dashboard: the same bytes, the same refusals, and a broken file is seen to be broken."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest

from cityops.domain.intervals import Interval
from cityops.local.processes import free_ports, wait_until
from cityops.store.engine import connect
from cityops_dashboards.app import create_app
from factories.world import World
from fixtures.browser import COOKIES
from fixtures.web import serving


@pytest.fixture
def dashboard(api_url: str, key: str) -> Iterator[httpx.Client]:
    with serving(create_app(api_url, key)) as url, httpx.Client(base_url=url, timeout=30, cookies=COOKIES) as client:
        yield client


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


def without_time_of_export(answer: httpx.Response) -> list[str]:
    lines = [line.split(",") for line in answer.text.lstrip("\ufeff").splitlines()]
    place = lines[0].index("导出时间")
    return [",".join(cells[:place] + cells[place + 1 :]) for cells in lines]


def test_the_file_is_the_api_s(world: World, api: httpx.Client, dashboard: httpx.Client) -> None:
    end = Interval.HOUR.floor(world.now)  # the coverage of the running hour changes between the two requests
    start = end - timedelta(hours=2)
    world.says(world.device("A-1", "air"), "pm25", 30, start)
    asked = {"indicator": "pm25", "start": start.isoformat(), "end": end.isoformat(), "lang": "zh"}
    theirs = api.get("/api/v1/export/series.csv", params=asked)
    ours = dashboard.get("/export/series.csv", params=asked)
    assert ours.content.startswith(b"\xef\xbb\xbf")
    assert without_time_of_export(ours) == without_time_of_export(theirs)
    for name in ("content-type", "content-disposition", "cache-control", "cityops-rows-expected"):
        assert ours.headers[name] == theirs.headers[name]
    zipped = dashboard.get("/export/series", params=asked | {"format": "zip"})
    assert (zipped.headers["content-type"], zipped.content[:2]) == ("application/zip", b"PK")


def test_a_refusal_is_passed_on(world: World, dashboard: httpx.Client) -> None:
    answer = dashboard.get("/export/series.csv", params={"indicator": "nope"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "nope" in answer.json()["detail"]
    assert {dashboard.get(f"/export/{what}").status_code for what in ("secrets.csv", "secrets")} == {404}


def test_a_file_that_breaks_off_at_the_api_breaks_off_here(
    world: World, dashboard: httpx.Client, migrated_database: str
) -> None:
    many_cases(world.connection, 60_000)
    with dashboard.stream("GET", "/export/events.csv") as answer, connect(migrated_database, "killer") as killer:
        pieces = answer.iter_raw(4096)
        assert (answer.status_code, next(pieces)[:3]) == (200, b"\xef\xbb\xbf")
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'cityops'"
        )
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            for _ in pieces:
                pass


def test_readers_that_go_away_free_the_api_s_exports(world: World, dashboard: httpx.Client) -> None:
    many_cases(world.connection, 60_000)

    def begun() -> bool:
        with dashboard.stream("GET", "/export/events.csv") as answer:
            return answer.status_code == 200 and bool(next(answer.iter_raw(4096)))

    for _ in range(6):  # the API runs four at once, and answers 429 while the last one is still being closed
        assert wait_until(begun, seconds=10)


def test_an_api_that_is_gone_is_told_as_503() -> None:
    [port] = free_ports(1)
    with serving(create_app(f"http://127.0.0.1:{port}")) as url:
        answer = httpx.get(f"{url}/export/series.csv?indicator=pm25", cookies=COOKIES)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "does not answer" in answer.json()["detail"]
