"""The scenes that are shown: the shipped ones are right, a folder of a city's own is taken whole or refused whole."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cityops.cli.main import app
from cityops.errors import CityopsError
from cityops.settings import settings
from cityops_dashboards.scenes.model import KEYS, schema
from cityops_dashboards.scenes.shelf import SHIPPED, asked, chosen, in_force, read_all, showing, together

OLDER = """version: 1
kind: Scene
id: flood
key: 2
title: {zh: 三防内涝, en: Flood control}
owner: emergency
panels:
  headlines: [water_depth]
  trends: [rain_3h, river_velocity]
  map: [water_depth, rain_3h]
"""


def put(folder: Path, name: str, **changes: object) -> None:
    told = json.loads(chosen("flood").model_dump_json(exclude_none=True))
    scene = told | {"dwell": "30s", "distance": "5m"} | changes
    (folder / name).write_text(json.dumps(scene), encoding="utf-8")  # JSON is YAML


def test_the_shipped_scenes_have_keys_without_a_gap_and_those_of_districts_none() -> None:
    scenes = read_all(SHIPPED)
    own = [scene for scene in scenes if scene.region is None]
    assert "".join(scene.key or "" for scene in own) == KEYS[: len(own)]
    assert scenes[0].id == "overview"
    assert {scene.key for scene in scenes if scene.region} == {None}
    assert {scene.id for scene in together(scenes[0])} == {scene.id for scene in own}


def test_the_published_schema_is_that_of_the_model() -> None:
    assert json.loads((SHIPPED / "scene.schema.json").read_text(encoding="utf-8")) == schema(), (
        "renew it: cityops scenes schema > dashboards/cityops_dashboards/scenes/shipped/scene.schema.json"
    )


def test_a_scene_that_nobody_declared_is_the_first() -> None:
    assert chosen("flood").id == "flood"
    assert chosen("nonsense") == chosen(None) == in_force()[0]


def test_a_folder_is_in_force_while_it_is_shown_and_not_after(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", id="a", key=0)
    before = in_force()
    with showing(tmp_path):
        assert [scene.id for scene in in_force()] == ["a"]
        assert chosen("a", "440105").id == "a"  # where a district has no scene of its own, the city's wall is shown
    assert in_force() == before


def test_a_region_s_wall_has_its_own_scenes() -> None:
    assert asked({"region": "440105"}).id == asked({"scene": "district_440105"}).id == "district_440105"
    assert asked({"region": "440105", "scene": "district_440106"}).id == "district_440105"
    for region in ("440100", "440199", ""):
        assert asked({"region": region, "scene": "district_440106"}).id == "overview"


def test_a_folder_is_read_in_the_order_of_keys(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", id="a", key=0)
    put(tmp_path, "b.yaml", id="b", key="9")
    (tmp_path / "notes.txt").write_text("no scene")
    assert [scene.id for scene in read_all(tmp_path)] == ["b", "a"]


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", id="A")
    put(tmp_path, "b.yaml", id="b")
    put(tmp_path, "c.yaml", id="b", key=3)
    put(tmp_path, "d.yaml", id="d", key=3)
    with pytest.raises(CityopsError) as caught:
        read_all(tmp_path)
    told = str(caught.value).splitlines()
    assert told[0].startswith(f"{tmp_path}/a.yaml:1:")
    assert told[1:] == [
        f"{tmp_path}: b: id b is that of scene 'b' already; give each its own",
        f"{tmp_path}: d: key 3 is that of scene 'b' already; give each its own",
    ]


@pytest.mark.parametrize(("make", "told"), [(False, "is no folder"), (True, "has no file of the name *.yaml")])
def test_a_folder_without_scenes_is_refused(tmp_path: Path, make: bool, told: str) -> None:
    folder = tmp_path / "scenes"
    if make:
        folder.mkdir()
    with pytest.raises(CityopsError, match="scenes") as caught:
        read_all(folder)
    assert told in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(CityopsError, match=r"a\.yaml cannot be read as UTF-8"):
        read_all(tmp_path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["scenes", *arguments])
    return result.exit_code, result.output if not result.exception else f"{result.output}{result.exception}"


def test_shipped_scenes_are_copied_changed_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    assert run("export", str(folder)) == (0, f"{folder}: 15 files of scenes and scene.schema.json\n")
    assert run("lint", str(folder)) == (0, f"{len(in_force())} scenes can be shown\n")
    assert "is there already" in run("export", str(folder))[1]
    file = folder / "flood.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("key: 2", "key: 1"), encoding="utf-8")
    code, told = run("lint", str(folder))
    assert (code, "key 1 is that of scene" in told) == (1, True)


def test_a_warning_refuses_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", distance="9m")
    code, told = run("lint", str(tmp_path))
    assert (code, told.splitlines()[-1]) == (0, "1 scenes can be shown")
    assert told.startswith("warning: flood: glyphs are 24 mm high, and 9 m need 42 mm (16′ of arc)")
    assert run("lint", str(tmp_path), "--pitch", "2.5")[1] == "1 scenes can be shown\n"


def test_a_folder_or_a_file_is_held_against_what_is_shipped_or_another_one(tmp_path: Path) -> None:
    put(tmp_path, "a.yaml", key="7")
    assert run("diff", str(tmp_path / "a.yaml"))[1] == "flood: key: 2 → 7\n"
    assert "overview: is gone" in run("diff", str(tmp_path))[1]
    assert run("diff", str(tmp_path), str(tmp_path))[1] == "nothing differs\n"


def test_files_of_the_older_form_are_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "old.yaml"
    file.write_text(OLDER, encoding="utf-8")
    assert "is of the form before slots" in run("lint", str(tmp_path))[1]
    assert run("migrate", str(file)) == (0, f"{file}: written anew\n")
    assert run("migrate", str(file)) == (0, f"{file}: is of the form of now\n")
    assert run("lint", str(tmp_path))[0] == 0


def test_a_preview_of_no_scene_or_of_no_size_is_refused(tmp_path: Path) -> None:
    assert "there is no scene 'floods'" in run("preview", "floods", "--out", str(tmp_path))[1]
    assert "'4k' is no size of a screen" in run("preview", "flood", "--size", "4k", "--out", str(tmp_path))[1]


def test_scenes_are_listed_and_the_schema_is_written() -> None:
    rows = json.loads(run("list", "--json")[1])["rows"]
    assert [row["id"] for row in rows] == [scene.id for scene in in_force()]
    assert rows[1]["title"] == "三防内涝 Flood control"
    assert json.loads(run("schema")[1]) == schema()


def test_a_city_s_own_folder_is_named_by_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "own.yaml", id="own", key=5)
    monkeypatch.setenv("CITYOPS_SCENES", str(tmp_path))
    settings.cache_clear()
    assert [scene.id for scene in in_force.__wrapped__()] == ["own"]
    monkeypatch.undo()
    settings.cache_clear()
