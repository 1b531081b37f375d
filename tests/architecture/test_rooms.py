"""The rooms of the house: folders small enough to look over, families in folders, and one meaning for each name."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from docs.nouns import PACKAGES, ROOT, declared, recurring

KINDS = (".py", ".js", ".mjs", ".css")
MODULES = 25
FOLDERS = sorted(
    folder
    for top in ("src", "ingest", "dashboards", "bench", "tests")
    for folder in (ROOT / top).rglob("*")
    if folder.is_dir() and "__pycache__" not in folder.parts
)
SAME_IN_TWO_STAGES = {"Rates", "Refusals", "SingleSignOn", "Strangers"}
"""What API and dashboard, or API and HTTP ingest, each have of their own, for the same purpose."""
SHAPES = ROOT / "src/cityops/api/schemas"
"""A shape may be called like the thing whose shape it is."""

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))


def families(names: set[str]) -> set[str]:
    """Return the names that begin with another of them and an underscore."""
    heads = {name: ["_".join(name.split("_")[:n]) for n in range(1, name.count("_") + 1)] for name in names}
    return {name for name, beginnings in heads.items() if names & set(beginnings)}


@each_folder
def test_a_folder_can_be_looked_over(folder: Path) -> None:
    modules = [file for file in folder.iterdir() if file.suffix in KINDS and file.name != "__init__.py"]
    assert len(modules) <= MODULES, f"{folder.relative_to(ROOT)}: over {MODULES} modules; give a noun a folder"


@each_folder
def test_a_noun_with_a_second_module_is_a_folder(folder: Path) -> None:
    names = {file.stem for file in folder.iterdir() if file.suffix in KINDS or file.is_dir()}
    strays = sorted(families(names - {"__init__", "__pycache__"}))
    assert strays == [], f"{folder.relative_to(ROOT)}: these belong into the folder of their noun"


def test_a_family_is_found() -> None:
    assert families({"event", "event_queries", "events", "device_states"}) == {"event_queries"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_tests_mirror_the_tree(package: Path) -> None:
    """Those of the page scripts too: tests/dashboards/assets/js/test_line.py is the one of assets/js/line.js."""
    mirror = ROOT / "tests" / package.name.removeprefix("cityops_")
    rooms = {folder.relative_to(mirror) for folder in FOLDERS if folder.is_relative_to(mirror)}
    strays = sorted(str(room) for room in rooms if not (package / room).is_dir() and room.name != "recorded")
    assert strays == [], f"{mirror.relative_to(ROOT)}: no folder of {package.name} is called like these"


@pytest.mark.parametrize("room", ["assets/js", "assets/documents"])
def test_tests_of_page_scripts_are_called_like_them(room: str) -> None:
    scripts = {file.stem for file in (ROOT / "dashboards/cityops_dashboards" / room).rglob("*.js")}
    tests = {file.stem.removeprefix("test_") for file in (ROOT / "tests/dashboards" / room).rglob("*.py")}
    assert tests - scripts == set()
    assert room != "assets/documents" or scripts - tests == set(), "each of these scripts has a test of its own"


def test_a_file_name_has_one_meaning() -> None:
    meanings, found = declared(), recurring()
    unsaid = {name: [str(place) for place in found[name]] for name in sorted(found.keys() - meanings.keys())}
    assert unsaid == {}, "say in docs/nouns.toml what the name means in all of these places, or call one differently"
    assert meanings.keys() - found.keys() == set(), "docs/nouns.toml explains names that do not recur"


def test_a_class_name_has_one_meaning() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted(package.rglob("*.py")):
            if file.is_relative_to(SHAPES):
                continue
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(file.relative_to(ROOT)))
    twice = {name: files for name, files in places.items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in SAME_IN_TWO_STAGES} == {}
    assert SAME_IN_TWO_STAGES - twice.keys() == set()
