"""The pages are true: links lead somewhere, references equal the code, and nothing that is there goes unnamed."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from prometheus_client.metrics import MetricWrapperBase

from cityops.cli.main import app
from cityops.domain.events.status import Severity, Status
from cityops.settings import Settings
from cityops.simulate.fleet import fleet
from cityops.wire.events import EventItem
from cityops.wire.readings import ReadingItem
from cityops_dashboards.access.ways import WAYS
from cityops_dashboards.pages.document import DOCUMENTS
from cityops_ingest import telemetry
from cityops_ingest.sources.amqp import queue_figures
from cityops_ingest.sources.mosquitto import sys_topics

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(p for f in ("docs", "ingest", "dashboards", "migrations", "bench") for p in (ROOT / f).rglob("*.md")),
    ]
)
PACKAGES = ("src/cityops", "ingest/cityops_ingest", "dashboards/cityops_dashboards")
SCREENSHOTS = ROOT / "docs" / "screenshots"
DRAWN = ("/districts", "/data", "/account", "/admin")
"""Addresses of pages that the server does not write as documents."""
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "How it is checked"]


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_references_equal_the_code() -> None:
    check = [sys.executable, "docs/generate.py", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    local = {target.partition("#")[0] for target in targets if not re.match(r"https?:|#", target)}
    if not list(SCREENSHOTS.glob("*.png")):  # they are taken from a running demo
        local = {target for target in local if "screenshots" not in target}
    assert {target for target in local if not (page.parent / target).exists()} == set()


def test_every_picture_is_shown_somewhere() -> None:
    told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = {file.name for file in SCREENSHOTS.iterdir() if file.suffix in {".png", ".webp"}}
    assert {name for name in pictures if name not in told} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_table_begins_with_its_header(page: Path) -> None:
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines()]
    pairs = pairwise(["", *lines, ""])
    first = [n for n, (above, line) in enumerate(pairs) if line.startswith("|") > above.startswith("|")]
    torn = [lines[n] for n in first if not re.fullmatch(r"\|[\s:|-]+\|", "".join(lines[n + 1 : n + 2]))]
    assert torn == [], "rows without a header: a blank line breaks the table above them"


@pytest.mark.parametrize("package", PACKAGES)
def test_architecture_names_every_part(package: str) -> None:
    parts = {path.stem for path in (ROOT / package).iterdir() if path.is_dir() or path.suffix == ".py"}
    named = set(re.findall(r"[\w]+", text("docs/architecture.md")))
    assert {part for part in parts if not part.startswith("_")} - named == set()


def test_operations_names_every_setting() -> None:
    settings = {f"CITYOPS_{name.upper()}" for name in Settings.model_fields}
    settings |= set(re.findall(r"^(CITYOPS_\w+)=", text(".env.example"), re.MULTILINE))
    assert {name for name in settings if f"| `{name}` |" not in text("docs/operations.md")} == set()


@pytest.mark.parametrize("page", sorted((ROOT / "docs/decisions").glob("0*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_five_headings(page: Path) -> None:
    assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) == HEADINGS
    assert page.read_text(encoding="utf-8").startswith(f"# {page.name[:4]} ")


def test_no_number_of_a_decision_is_given_twice() -> None:
    numbers = [page.name[:4] for page in (ROOT / "docs/decisions").glob("0*.md")]
    assert len(set(numbers)) == len(numbers)


def test_every_decision_stands_in_their_index() -> None:
    index = text("docs/decisions/README.md")
    for page in (ROOT / "docs/decisions").glob("0*.md"):
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {page.name[:4]} ")
        assert f"| [{page.name[:4]}]({page.name}) | {title} |" in index


def test_ingest_names_every_field_and_word_of_the_wire() -> None:
    page = text("ingest/README.md")
    fields = [field.encode_name for item in (ReadingItem, EventItem) for field in msgspec.structs.fields(item)]
    words = [word.value for kind in (Status, Severity) for word in kind]
    assert [name for name in (*fields, *words) if f"`{name}`" not in page] == []


def test_ingest_names_every_metric_of_its_workers() -> None:
    told_of = [*vars(telemetry).values(), *sys_topics.FIGURES.values(), *vars(queue_figures).values()]
    names = {next(iter(m.describe())).name for m in told_of if isinstance(m, MetricWrapperBase)}
    told = text("ingest/README.md")
    assert len(names) >= 12
    assert {name for name in names if name not in told} == set()


def commands(page: str) -> list[list[str]]:
    """Return what a page calls of `cityops`, word by word, options left out."""
    found = re.findall(r"(?:`|^ {4}|/)cityops ((?:[a-z]+\b ?)+)", text(page), re.MULTILINE)
    return [call.split() for call in found]


def is_verb(words: list[str]) -> bool:
    command: Any = typer.main.get_command(app)
    for word in words:
        if not hasattr(command, "commands") or not command.commands:
            return True  # what follows are arguments
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_calls_is_there(page: Path) -> None:
    name = str(page.relative_to(ROOT))
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", text(name), re.MULTILINE)) <= targets
    assert [words for words in commands(name) if not is_verb(words)] == []


def test_both_readmes_say_the_same() -> None:
    english, chinese = text("README.md"), text("README.zh-CN.md")

    def bones(page: str) -> tuple[list[str], list[str], int]:
        code = [line.partition("#")[0].rstrip() for line in re.findall(r"^ {4,}.+$", page, re.MULTILINE)]
        links = [link for link in re.findall(r"\]\(([^)]+)\)", page) if not link.startswith("README")]
        return code, links, page.count("\n## ")

    assert bones(english) == bones(chinese)


def test_both_readmes_name_the_address_of_every_page() -> None:
    places = {path.strip("/").split("/")[0] for path in (*(one.path for one in WAYS), *DOCUMENTS, *DRAWN)} - {
        "",
        "cases",
    }
    for page in ("README.md", "README.zh-CN.md"):
        named = set(re.findall(r"<http://127\.0\.0\.1:8050/([\w-]+)", text(page)))
        assert places - named == set(), page


def test_no_line_of_the_changelog_stands_there_twice() -> None:
    """Nor does an entry begin like another: two branches that each told of the same leave both."""
    lines = [line for line in text("CHANGELOG.md").splitlines() if len(line) > 60]
    beginnings = [line[:45] for line in text("CHANGELOG.md").splitlines() if line.startswith("- ") and len(line) > 45]
    assert [line for line in {*lines} if lines.count(line) > 1] == []
    assert [one for one in {*beginnings} if beginnings.count(one) > 1] == []


def test_architecture_has_one_line_for_each_part() -> None:
    parts = re.findall(r"^\| ([^|]+) \|", text("docs/architecture.md"), re.MULTILINE)
    assert [one for one in {*parts} if parts.count(one) > 1 and not set(one) <= set("-: ")] == []


def test_steps_of_a_way_are_numbered_one_after_the_other() -> None:
    sections = text("docs/architecture.md").split("\n## ")
    for section in sections:
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", section, re.MULTILINE)]
        assert numbers == [*range(1, len(numbers) + 1)], section.splitlines()[0]


def test_the_readmes_device_is_in_the_demo() -> None:
    codes = {device.code for device in fleet(2000, 20)}
    assert set(re.findall(r"WL-\d+-\d+", text("README.md"))) <= codes
