"""The page for analysts is true: its blocks run, in their order, and say of the data what the page says they say."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cityops.client import Client
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.store import device_states
from factories.world import World
from fixtures.api import token_of

PAGE = Path(__file__).parents[3] / "docs" / "analysts.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def notebook(
    world: World,
    migrated_database: str,
    api_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> dict[str, Any]:
    """Give what the blocks leave behind, run on a day with two thirds in one hour and a case."""
    noon = world.now.fromisoformat("2026-11-20T12:00:00+08:00")
    device = world.device("AQ-1", "air", interval_s=1200)
    for value, minute in ((1, 0), (1, 20), (0, 40)):
        world.says(device, "pm25", value, noon + timedelta(minutes=minute))
    device_states.look(world.connection, world.now)
    world.case(at=noon, event_class="road_ponding", external_id="C-1")
    monkeypatch.setenv("CITYOPS_API_URL", api_url)
    monkeypatch.setenv("CITYOPS_FILES", str(tmp_path))
    monkeypatch.setenv("CITYOPS_API_KEY", token_of(migrated_database, Subject("notebook", Role.ANALYST, WHOLE_CITY)))
    left: dict[str, Any] = {}
    for number, block in enumerate(BLOCKS):
        exec(compile(block, f"{PAGE.name}, block {number + 1}", "exec"), left)  # noqa: S102 - the page's own code
    return left


def test_the_page_s_blocks_run_and_say_what_the_page_says(notebook: dict[str, Any]) -> None:
    assert len(BLOCKS) >= 8
    assert notebook["haizhu"] == "440105"
    table, file = notebook["table"], notebook["file"]
    [hour] = table[table["n"] > 0].to_dict("records")
    assert (hour["value"], hour["coverage"], hour["finished"]) == (2 / 3, 1.0, True)
    assert len(table) == 11 * 24
    assert len(notebook["believed"]) == 1
    assert list(notebook["cases"]["external_id"]) == ["C-1"]
    assert notebook["silent"]
    [row] = file[file["n"] > 0].to_dict("records")
    assert row["value"] == 2 / 3
    assert row["region_code"] == "440106"
    assert row["period_start"] == pd.Timestamp("2026-11-20T12:00+08:00")
    assert "take interval=day" in notebook["refused"]
    assert [at for at, _ in notebook["breaks"]] == ["2026-02-28T16:00:00Z"]
    assert (len(notebook["air"]), len(notebook["bad"]), notebook["colours"][1]) == (11 * 8, 0, "#00E400")
    usual = notebook["usual"]
    assert (len(usual), usual["value"].count(), usual["low"].count()) == (24, 1, 0)
    assert usual.attrs["forecast"]["is_offered"] is False
    assert "no band as yet" in usual.attrs["remark_en"]
    exact, raw, wide = notebook["exact"], notebook["raw"], notebook["side_by_side"]
    assert exact[exact["n"] > 0][["value", "numerator", "denominator"]].to_numpy().tolist() == [[2 / 3, 2.0, 3.0]]
    assert (list(raw["value"]), set(notebook["units"].values())) == ([1, 1, 0], {None})
    assert list(wide["pm25"].dropna()) == [2 / 3]
    assert notebook["saved"].path.read_bytes().startswith(b"PK")


def test_every_method_of_the_client_is_documented() -> None:
    methods = [name for name in vars(Client) if not name.startswith("_")]
    assert {"series", "events", "devices", "page"} <= set(methods)
    assert [name for name in methods if len((getattr(Client, name).__doc__ or "").strip()) < 20] == []
