"""Data resources over HTTP: the register at its size, the chain, exact scores, use by role, the guard of exports."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.resources.datasets import CrossBorder, Dataset
from cityops.simulate import resources as made_up
from cityops.store.engine import make_engine, writing
from cityops.store.resources import datasets, officers
from factories.world import World
from fixtures.api import token_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)
STEWARD = Subject("steward", Role.DATA_STEWARD, WHOLE_CITY)
ANALYST = Subject("analyst", Role.ANALYST, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))


@pytest.fixture
def register(world: World, migrated_database: str) -> list[Dataset]:
    """Give a register of the city's size, kept."""
    found = list(made_up.datasets(NOW, 7))
    keep(migrated_database, found)
    engine = make_engine(migrated_database)
    with writing(engine) as connection:
        officers.replace(connection, made_up.officers())
    engine.dispose()
    return found


def keep(database: str, found: list[Dataset]) -> tuple[int, int]:
    engine = make_engine(database)
    with writing(engine) as connection:
        told = datasets.keep(connection, found)
    engine.dispose()
    return told


def test_every_dataset_stands_on_one_page_and_the_counts_agree(
    register: list[Dataset], api: httpx.Client, migrated_database: str
) -> None:
    assert keep(migrated_database, [replace(register[0], terms="x"), *register[1:]]) == (0, 1)
    codes, after = [], None
    while True:
        asked = {"limit": "500"} | ({"after": after} if after else {})
        page = api.get("/api/v1/resources/datasets", params=asked).json()
        codes += [one["code"] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert codes == sorted(one.code for one in register)
    counts = api.get("/api/v1/resources/counts").json()
    assert (counts["datasets"], counts["units"]) == (4056, 154)
    assert sum(one["datasets"] for one in counts["by_theme"]) == sum(counts["sharing"].values()) == 4056
    restricted = api.get("/api/v1/resources/datasets?cross_border=restricted&theme=人口&limit=1").json()
    assert restricted["total"] == sum(one.theme == "人口" for one in register)
    overdue = api.get("/api/v1/resources/datasets?overdue=true&limit=500").json()
    assert overdue["total"] == counts["overdue"]
    assert all(one["overdue"] for one in overdue["items"])
    assert api.get("/api/v1/resources/datasets?q=%25").json()["total"] == 0
    assert api.get("/api/v1/resources/datasets/src-eco-air").json()["source_system_code"] == "eco-air"
    assert api.get("/api/v1/resources/datasets/none").status_code == 404


def test_a_chain_says_its_gaps_and_veils_names_of_who_handles_no_persons(
    register: list[Dataset], api: httpx.Client, api_url: str, migrated_database: str
) -> None:
    every = api.get("/api/v1/resources/chain").json()
    assert len(every) == 154
    assert sum("unit" in one["gaps"] for one in every) == 154 // made_up.WITHOUT_UNIT_OFFICER
    unit = register[0].provider_code
    [mine] = api.get("/api/v1/resources/chain", params={"unit": unit}).json()
    assert mine["officers"][0]["person"] == "虚构人甲"
    with httpx.Client(base_url=api_url, headers=bearer(migrated_database, ANALYST)) as analyst:
        [veiled] = analyst.get("/api/v1/resources/chain", params={"unit": unit}).json()
    assert "甲" not in veiled["officers"][0]["person"]
    assert veiled["gaps"] == mine["gaps"]
    assert api.get("/api/v1/resources/chain?unit=nobody").status_code == 404
    assert api.get("/api/v1/resources/chain?indicator=pm25").status_code == 200
    assert api.get("/api/v1/resources/chain?indicator=none").status_code == 404


def bearer(database: str, subject: Subject) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(database, subject)}"}


def test_scores_are_shares_of_the_ledger(world: World, api: httpx.Client) -> None:
    world.connection.execute(
        "INSERT INTO ingest_ledger VALUES ('w', 'eco-air', 'readings', 10, 6, 3, 1, now()),"
        " ('v', 'eco-air', 'readings', 2, 2, 0, 0, now())"
    )
    told = api.get("/api/v1/resources/quality").json()
    [air] = [one for one in told["sources"] if one["code"] == "eco-air"]
    assert air["scores"]["duplicate"] == {"part": 3, "whole": 12, "share": 0.25}
    assert air["scores"]["rejected"] == {"part": 1, "whole": 12, "share": 1 / 12}
    assert air["scores"]["exchanged"] == {"part": 1, "whole": 1, "share": 1.0}
    assert air["scores"]["complete"]["share"] is None
    [day] = api.get("/api/v1/resources/exchange").json()
    assert (day["source"], day["received"], day["stored"]) == ("eco-air", 12, 8)


def test_use_is_counted_by_role_and_area_and_what_nobody_uses_is_told(
    world: World, app: FastAPI, api: httpx.Client, api_url: str, migrated_database: str
) -> None:
    series = {"indicator": "pm25", "region": "440106"}
    with httpx.Client(base_url=api_url, headers=bearer(migrated_database, ANALYST)) as analyst:
        for _ in range(3):
            assert analyst.get("/api/v1/series", params=series).status_code == 200
        assert analyst.get("/api/v1/export/series", params=series).status_code == 200
    app.state.usage.write()
    [item] = api.get("/api/v1/resources/usage").json()["items"]
    assert (item["code"], item["role"], item["area"]) == ("pm25", "analyst", "districts 440106")
    assert (item["reads"], item["exports"]) == (3, 1)
    world.connection.execute("UPDATE indicator_usage SET day = day - 100")
    unused = {one["code"]: one["last"] for one in api.get("/api/v1/resources/unused").json()["items"]}
    assert unused["pm25"] is not None
    assert unused["water_depth"] is None


def test_what_is_restricted_goes_out_for_a_purpose_and_to_who_may_alone(
    world: World, api_url: str, migrated_database: str
) -> None:
    one = next(made_up.flowing(NOW))
    closed = replace(one, indicators=("pm25",), source_system_code=None, cross_border=CrossBorder.RESTRICTED)
    keep(migrated_database, [closed])
    series = {"indicator": "pm25", "region": "440106"}
    with (
        httpx.Client(base_url=api_url, headers=bearer(migrated_database, ANALYST)) as analyst,
        httpx.Client(base_url=api_url, headers=bearer(migrated_database, STEWARD)) as steward,
    ):
        refused = analyst.get("/api/v1/export/series", params=series | {"purpose": "研究"})
        assert refused.status_code == 403
        assert closed.name_zh in refused.json()["detail"]
        assert analyst.get("/api/v1/export/series", params=series | {"indicator": "pm10"}).status_code == 200
        assert analyst.get("/api/v1/export/devices").status_code == 200
        without = steward.get("/api/v1/export/series", params=series)
        assert without.status_code == 403
        assert "`purpose`" in without.json()["detail"]
        assert steward.get("/api/v1/export/series", params=series | {"purpose": "研究"}).status_code == 200
    [detail] = world.connection.execute(
        "SELECT detail FROM audit WHERE action = 'export:read' AND subject = 'steward' AND outcome = 'done'"
    ).fetchall()
    assert detail[0]["filter"]["purpose"] == "研究"
