"""CSV exports: the bytes, the columns, and that a download which breaks off cannot be taken for a whole one."""

import csv
import gc
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import unquote

import httpx
import psycopg
import pytest
from sqlalchemy import text

from cityops import serving
from cityops.api.files import download
from cityops.api.files.csvfile import unguarded
from cityops.domain.access import WHOLE_CITY
from cityops.domain.events.reported import MASKS
from cityops.domain.exports.sheets import EVENTS
from cityops.local.processes import wait_until
from cityops.store.engine import IDLE_TIMEOUT_MS, connect, make_engine, reading
from cityops.store.schema import privileges
from factories.world import World
from fixtures.api import LEADER, token_of


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
        "value", "unit", "coverage", "n", "source", "exported_at", "finished", "numerator", "denominator", "quality",
        "definition_version", "corrections",
    ]  # fmt: skip
    (row,) = [row for row in rows(english) if row["value"]]
    assert (row["region_code"], row["region_name"], row["value"]) == ("440106", "Tianhe", "-1.25")
    assert (row["period_start"], row["period_end"]) == ("2026-11-20 00:00:00", "2026-11-21 00:00:00")
    assert (row["time_zone"], row["unit"], row["source"]) == ("Asia/Shanghai", "m", "河道水情系统")
    assert len(rows(chinese)) == 11
    assert list(rows(chinese)[0])[:4] == ["指标代码", "指标名称", "区域代码", "区域名称"]
    name = unquote(chinese.headers["content-disposition"].split("filename*=UTF-8''")[1])
    assert name == "广州市_河道水位超警戒_分区_日_202611200000-202611210000.csv"


def test_a_series_says_what_is_not_over(world: World, api: httpx.Client) -> None:
    period = {"start": world.ago(7200).isoformat(), "end": world.ago(-7200).isoformat()}
    for language, column, words in (("en", "finished", ("yes", "no")), ("zh", "时段已结束", ("是", "否"))):
        found = rows(api.get("/api/v1/export/series.csv", params={"indicator": "pm25", "lang": language, **period}))
        told = [row[column] for row in found]
        assert set(told) == set(words)
        ends, now = ("period_end", "exported_at") if language == "en" else ("时段结束", "导出时间")
        assert told == [words[row[ends] > row[now]] for row in found]


def test_ids_are_what_they_were(world: World, api: httpx.Client) -> None:
    ids = ["000123", "1E5", "3-4", "1/2", "+86", "=1", "@x", "20261123000123", "TRUE", "2026-11-23", "8:30"]
    for one in ids:
        world.case("reported", external_id=one, title=one)
    for one in ids:
        world.device(one, name=one)
    for path, columns in (("events", ("external_id", "title")), ("devices", ("code", "name"))):
        found = rows(api.get(f"/api/v1/export/{path}.csv", params={"lang": "en"}))
        for column in columns:
            assert {row[column][0] for row in found if "*" not in row[column]} == {"\t", "'"}
            shown = sorted(MASKS.get(column, str)(one) for one in ids)
            assert sorted(unguarded(row[column]) for row in found) == shown


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
    assert "张三" not in answer.text
    assert "cityops_events_440106_closed.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("12345热线工单系统", "特急", "处置中", "处置", "天河区", "猎德街道")),
        ("en", ("12345 hotline orders", "Critical", "In handling", "Handling", "Tianhe", "猎德街道")),
    ],
)
def test_a_case_is_told_in_words_beside_the_codes_and_with_its_place(
    world: World, api: httpx.Client, lang: str, words: tuple[str, ...]
) -> None:
    world.case("reported", "processing", severity="critical")
    [row] = rows(api.get("/api/v1/export/events.csv", params={"lang": lang}))
    told = dict(zip(EVENTS.names, row.values(), strict=True))
    names = ("source_name", "severity_name", "status_name", "stage_name", "district_name", "region_name")
    assert tuple(told[name] for name in names) == words
    assert (told["severity"], told["status"], told["stage"]) == ("critical", "processing", "handling")
    assert (told["district_code"], told["address"], told["lon"], told["lat"]) == (
        "440106",
        "某路1号",
        "113.3",
        "23.1",
    )


def test_a_case_without_an_address_has_an_empty_cell(world: World, api: httpx.Client) -> None:
    many_cases(world.connection, 1)
    [row] = rows(api.get("/api/v1/export/events.csv", params={"lang": "en"}))
    assert (row["address"], row["lon"], row["lat"]) == ("", "", "")


def test_open_cases_can_be_asked_for_whatever_their_stage(world: World, api: httpx.Client) -> None:
    for statuses in (["reported"], ["reported", "signed"], ["reported", "closed"], ["reported", "void"]):
        world.case(*statuses)
    for asked, stages in (("true", {"found", "dispatched"}), ("false", {"closed"})):
        found = rows(api.get("/api/v1/export/events.csv", params={"lang": "en", "open": asked}))
        assert ({row["stage"] for row in found}, len(found)) == (stages, 2)


def test_several_indicators_are_one_long_file(world: World, api: httpx.Client) -> None:
    air = world.device("A-1", "air")
    for metric in ("pm25", "o3"):
        world.says(air, metric, 20, world.ago(60))
    asked = {"indicator": "pm25", "also": ["o3", "pm25"], "region": "440106", "level": "district", "lang": "en"}
    found = rows(api.get("/api/v1/export/series.csv", params=asked))
    alone = rows(api.get("/api/v1/export/series.csv", params=asked | {"also": []}))
    assert [row["indicator_code"] for row in found] == ["pm25"] * len(alone) + ["o3"] * len(alone)
    assert api.get("/api/v1/export/series.csv", params=asked | {"also": ["nope"]}).status_code == 404


def test_a_device_is_told_in_words_beside_the_codes(world: World, api: httpx.Client) -> None:
    world.says(world.device("WL-1"), "water_depth", 30, world.ago(5))
    [row] = rows(api.get("/api/v1/export/devices.csv", params={"lang": "en"}))
    assert (row["warning"], row["warning_name"], row["freshness_name"]) == ("3", "Orange", "on time")
    assert (row["district_name"], row["source_name"], row["health_name"]) == ("Tianhe", "Waterlogging monitor", "")
    assert (row["name"], row["name_en"]) == ("设备WL-1", "Waterlogging monitor WL-1")


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
        assert (answer.status_code, next(pieces)[:3]) == (200, b"\xef\xbb\xbf")
        killer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'cityops'"
        )
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            for _ in pieces:
                pass
    gc.collect()


def refused(client: httpx.Client) -> bool:
    """Whether a file is refused for now; whoever is refused is told when to try again."""
    answer = client.get("/api/v1/export/devices.csv")
    if answer.status_code == 200:
        return False
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    return True


@pytest.fixture
def readers(api_url: str, migrated_database: str) -> Iterator[list[httpx.Client]]:
    """Give clients with a credential each."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                httpx.Client(
                    base_url=api_url,
                    timeout=30,
                    headers={"Authorization": f"Bearer {token_of(migrated_database, replace(LEADER, name=name))}"},
                )
            )
            for name in ("lin", "wu", "zhao")
        ]


def test_exports_beyond_the_bounds_wait_outside(world: World, readers: list[httpx.Client]) -> None:
    many_cases(world.connection, 60_000)
    one, two, three = readers
    with ExitStack() as stack:
        for client in (one, one):
            answer = stack.enter_context(client.stream("GET", "/api/v1/export/events.csv"))
            assert answer.status_code == 200
        assert refused(one)  # who has two files under way
        assert not refused(two)  # holds up nobody else
        for client in (two, two):
            stack.enter_context(client.stream("GET", "/api/v1/export/events.csv"))
        assert refused(three)
        assert three.get("/api/v1/devices").status_code == 200
    assert wait_until(lambda: not refused(one), seconds=10)  # those who stop reading free their place


def test_who_never_reads_holds_no_slot_and_no_transaction(
    world: World, readers: list[httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_cases(world.connection, 60_000)
    monkeypatch.setattr(serving, "UNREAD_S", 0.5)
    one, two, _ = readers
    with ExitStack() as stack:
        unread = [
            stack.enter_context(client.stream("GET", "/api/v1/export/events.csv")) for client in (one, one, two, two)
        ]
        assert wait_until(lambda: not refused(one) and not refused(two), seconds=20)
        idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        assert wait_until(lambda: world.connection.execute(idle).fetchone() == (0,), seconds=10)
        for answer in unread:  # what was cut off is not taken for whole
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                answer.read()


def test_a_file_is_not_sent_for_ever(
    world: World, readers: list[httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    many_cases(world.connection, 60_000)
    monkeypatch.setattr(download, "LONGEST_S", 0.2)
    one = readers[0]
    with one.stream("GET", "/api/v1/export/events.csv") as unread:
        with one.stream("GET", "/api/v1/export/events.csv"):
            assert wait_until(lambda: not refused(one), seconds=20)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            unread.read()


def test_a_transaction_that_waits_for_its_reader_ends(world: World, database_as: Callable[[str], str]) -> None:
    engine = make_engine(database_as(privileges.API))
    try:
        with reading(engine, WHOLE_CITY) as connection:
            asked = text("SELECT current_setting('idle_in_transaction_session_timeout')")
            assert connection.scalar(asked) == f"{IDLE_TIMEOUT_MS // 60_000}min"
    finally:
        engine.dispose()
