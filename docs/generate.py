"""Writes docs/reference/ from the code: metrics, reject reasons, command line, modules; `--check` only compares.

Run it after changing one of them: `.venv/bin/python docs/generate.py`. A test runs it with `--check`.
"""

import ast
import re
import sys
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from cityops import reference
from cityops.cli.main import app
from cityops.domain.devices import DeviceKind
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.domain.rejects import Reason

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
PACKAGES = (ROOT / "ingest/cityops_ingest", ROOT / "src/cityops", ROOT / "dashboards/cityops_dashboards")
NOTICE = "<!-- Written by docs/generate.py; change the code, then run it. -->\n\n"

AGGREGATES = {Aggregate.MEAN: "mean", Aggregate.SUM: "sum", Aggregate.MAX: "highest", Aggregate.MIN: "lowest"}
WORSE = {Direction.HIGH: "above", Direction.LOW: "below", Direction.NONE: ""}


METRICS_INTRO = """# Metrics

What is measured. A value outside the valid range is refused as `out_of_range`. *Over devices* says how the readings
of several devices become the number of a street, district or city. The four warning levels are thresholds in the
metric's unit, reached *above* or *below*.

| code | name | 名称 | unit | valid range | over devices | warns | blue | yellow | orange | red | basis |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""
KINDS_INTRO = """
## Kinds of devices

| kind | name | 名称 | source system | every (s) | metrics |
|---|---|---|---|---|---|
"""
REJECTS_INTRO = """# Reject reasons

Why an item could not be stored. The reason stands in the HTTP answer, in the table `reject` and in the counter
`cityops_ingest_rejects_total`. After the cause is mended, `cityops ingest replay` stores the item.

| reason | meaning | sample |
|---|---|---|
"""
MODULES_INTRO = """# Modules

What each module is for, in its own words, in the order of the data's way.
"""


def metrics() -> str:
    """Return the declared metrics and the kinds of devices as a page, in their order of display."""
    declared = "".join(_metric(metric) for metric in reference.metrics())
    return METRICS_INTRO + declared + KINDS_INTRO + "".join(_kind(kind) for kind in reference.device_kinds())


def _metric(metric: Metric) -> str:
    levels = (metric.blue, metric.yellow, metric.orange, metric.red)
    return _row(
        f"`{metric.code}`",
        metric.name_en,
        metric.name_zh,
        metric.unit,
        f"{metric.valid_min:g} to {metric.valid_max:g}",
        AGGREGATES[metric.aggregate],
        WORSE[metric.direction],
        *("" if level is None else f"{level:g}" for level in levels),
        metric.basis,
    )


def _kind(kind: DeviceKind) -> str:
    codes = ", ".join(f"`{code}`" for code in kind.metrics)
    source = f"`{kind.source_system_code}`"
    return _row(f"`{kind.code}`", kind.name_en, kind.name_zh, source, str(kind.expected_interval_s), codes)


def rejects() -> str:
    """Return the reject reasons as a page, each with its sample where it has one."""
    return REJECTS_INTRO + "".join(_row(f"`{reason}`", reason.explanation, _sample(reason)) for reason in Reason)


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


def _sample(reason: Reason) -> str:
    name = f"reject-{reason.replace('_', '-')}"
    folder = ROOT / "ingest" / "samples" / name
    return f"[{name}](../../ingest/samples/{name}/)" if folder.is_dir() else ""


def cli() -> str:
    """Return the help of all verbs as a page."""
    command = typer.main.get_command(app)
    page = get_docs_for_click(obj=command, ctx=typer.Context(command), name="cityops", title="Command line")
    # A list of verbs cuts their sentences off; they stand in full further down.
    return re.sub(r"^(\* `[\w-]+`): .*\.\.\.$", r"\1", page.strip(), flags=re.MULTILINE) + "\n"


def modules() -> str:
    """Return every module of the three packages with the sentence it opens with, as a page."""
    lines = []
    for package in PACKAGES:
        lines.append(f"\n## {package.name}\n\n| module | what for |\n|---|---|\n")
        lines += [_module(file, package) for file in sorted(package.rglob("*.py"))]
    return MODULES_INTRO + "".join(lines)


def _module(file: Path, package: Path) -> str:
    sentence = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0]
    name = file.relative_to(package).as_posix().removesuffix("__init__.py") or "./"
    return _row(f"[{name}](../../{file.relative_to(ROOT).as_posix()})", sentence)


def main(*, check: bool) -> int:
    """Write the pages, or with `check` only name those that differ from the code; return the exit status."""
    stale = []
    pages = (("metrics", metrics()), ("rejects", rejects()), ("cli", cli()), ("modules", modules()))
    for name, page in pages:
        file, text = FOLDER / f"{name}.md", NOTICE + page
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.name)
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if stale:
        typer.echo(f"{', '.join(stale)} {'differs from the code: run docs/generate.py' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
