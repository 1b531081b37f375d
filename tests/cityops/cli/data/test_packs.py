"""The verb `cityops packs`: a day's files in one zip, made once, listed, and given to whoever sees the whole city."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.client import bearer
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.exports.packs import due
from cityops.settings import settings
from factories.world import World
from fixtures.api import token_of

OFFICER = Subject("officer", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))
EVERYTHING = Subject("packs", Role.SHIFT_LEADER, WHOLE_CITY)


@pytest.fixture
def folder(
    world: World, api_url: str, migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give the folder of packs, which API and verb are told of."""
    told = {"CITYOPS_PACKS": str(tmp_path), "CITYOPS_API_URL": api_url, "CITYOPS_DATABASE_URL": migrated_database}
    for name, value in (told | {"CITYOPS_API_KEY": token_of(migrated_database, EVERYTHING)}).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["packs", *words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def test_a_pack_is_made_once_and_given_to_whoever_sees_the_whole_city(
    folder: Path, world: World, api: httpx.Client, migrated_database: str
) -> None:
    world.case("reported", at=world.ago((utc_now() - world.now).total_seconds() + 24 * 3600))
    day = due(utc_now())
    assert "is made" in run("make")
    assert "is there" in run("make")
    assert [file.name for file in sorted(folder.iterdir())] == [f"cityops-{day}.json", f"cityops-{day}.zip"]
    [told] = api.get("/api/v1/packs").json()["items"]
    assert told["sha256"] in run("list", "--json")
    answer = api.get(f"/api/v1/packs/{day}")
    assert answer.headers["content-type"] == "application/zip"
    assert (len(answer.content), hashlib.sha256(answer.content).hexdigest()) == (told["bytes"], told["sha256"])
    rest = api.get(f"/api/v1/packs/{day}", headers={"Range": "bytes=10-"})
    assert (rest.status_code, rest.content) == (206, answer.content[10:])
    officer = bearer(token_of(migrated_database, OFFICER))
    assert api.get("/api/v1/packs", headers=officer).json() == {"items": []}
    kept_back = api.get(f"/api/v1/packs/{day}", headers=officer)
    assert (kept_back.status_code, "whole city" in kept_back.json()["detail"]) == (404, True)
    assert api.get("/api/v1/packs/2020-01-01").status_code == 404
    check(answer.content)


def check(content: bytes) -> None:
    """See that a pack describes all its files, and that every indicator is in it or said not to be."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        package = json.loads(zipped.read("datapackage.json"))
        for one in package["resources"]:
            data = zipped.read(one["path"])
            assert (one["bytes"], one["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        assert {one["path"] for one in package["resources"]} | {"datapackage.json"} == set(zipped.namelist())
        names = [name for name in zipped.namelist() if name.startswith("series")]
        read = (zipped.read(name) for name in names if name.endswith(".parquet"))
        held = [set(pq.read_table(io.BytesIO(one))["indicator_code"].to_pylist()) for one in read]
    assert len(names) == 2 * len(held) >= 2
    assert {"pm25", "water_depth"} <= set.union(*held)
    assert set.union(*held).isdisjoint(package["cityops"]["left_out"])


def test_a_day_that_is_not_over_is_refused(folder: Path) -> None:
    done = CliRunner().invoke(app, ["packs", "make", "--day", "2999-01-01"])
    assert "is not over" in str(done.exception)
