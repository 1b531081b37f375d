"""Colours and sizes of text are declared once, in the style sheet of tokens; everything else names them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "dashboards/cityops_dashboards"
SHEET = PACKAGE / "assets/css/00_tokens.css"
FILES = sorted(
    file for file in PACKAGE.rglob("*") if file.suffix in {".css", ".js", ".mjs", ".py", ".html"} and file != SHEET
)
DECLARED = set(re.findall(r"^  --([\w-]+):", SHEET.read_text(encoding="utf-8"), re.MULTILINE))
HEX = re.compile(r"(?<![\w&])#[0-9a-fA-F]{3,8}\b(?!\w)")
PIXELS = re.compile(r"font(?:-size)?:[^;]*\b\d+px")

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))


@each_file
def test_no_colour_outside_the_tokens(file: Path) -> None:
    assert HEX.findall(file.read_text(encoding="utf-8")) == [], "give the colour a name in 00_tokens.css"


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".css"], ids=lambda file: file.name)
def test_no_size_of_text_outside_the_tokens(file: Path) -> None:
    assert PIXELS.findall(file.read_text(encoding="utf-8")) == [], "take one of the sizes of 00_tokens.css"


@each_file
def test_each_token_that_is_named_is_declared(file: Path) -> None:
    named = set(re.findall(r"var\(--([a-z][\w-]*)\)", file.read_text(encoding="utf-8")))
    own = set(re.findall(r"--([a-z][\w-]*):", file.read_text(encoding="utf-8")))
    # set by scripts and in Python
    placed = {"canvas", "canvas-width", "canvas-height", "slot", "shift", "forms", "drill", "by-tile"}
    assert named - own - placed - DECLARED == set()


def test_each_token_is_used() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in [*FILES, SHEET])
    read = {*re.findall(r"var\(--([\w-]+)\)", texts), *re.findall(r'(?:look|DARK)\["([\w-]+)"\]', texts)}
    counted = {name for name in DECLARED if re.match(r"(ramp|series)-\d+$", name)}
    assert DECLARED - counted - read == set()
