"""`cityops channels plans`: a file of plans in force, and one with a fault that changes nothing."""

from dataclasses import replace
from pathlib import Path

import psycopg

from cityops.domain.channels import Channel
from cityops.store.registration import importing_channels
from factories import verbs

FIRST = Channel("44010600001320000000", "猎德大桥", "video-share", "440106013", None, None, None)


def test_plans_are_put_in_force_whole_or_not_at_all(
    database_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    with importing_channels(database) as opened:
        opened.stage(enumerate((FIRST, replace(FIRST, code="44010600001320000001"))))
        opened.merge({})
    file = tmp_path / "plans.csv"
    head = "plan,name_zh,name_en,channel\n"
    file.write_text(f"{head}flood,内涝,Flood,{FIRST.code}\n", encoding="utf-8-sig")
    told = verbs.run("channels", "plans", str(file), database_url=database_url)
    assert told.stdout == "1 plans with 1 channels are in force\n"
    file.write_text(f"{head}flood,内涝,Flood,44010600001320000009\n", encoding="utf-8")
    refused = verbs.run("channels", "plans", str(file), database_url=database_url)
    assert "is not registered" in verbs.sentence(refused)
    assert database.execute("SELECT channel_code FROM video_plan_channel").fetchall() == [(FIRST.code,)]
    gone = verbs.run("channels", "plans", str(tmp_path / "gone.csv"), database_url=database_url)
    assert gone.exit_code != 0
    assert database.execute("SELECT action, count(*) FROM audit GROUP BY 1").fetchall() == [("channel:plans", 1)]
