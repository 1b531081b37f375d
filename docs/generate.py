"""Writes docs/reference/ from the code: access, metrics, indicators, life-cycle, standards, files, verbs and more.

Run it after changing one of them: `.venv/bin/python docs/generate.py`. A test runs it with `--check`: then it only
compares.
"""

import ast
import inspect
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import formulas
import lifecycle
import nouns
import sheets
import typer
from typer.cli import get_docs_for_click

from cityops import reference
from cityops.api.access.door import PUBLIC
from cityops.api.access.matrix import Way, ways
from cityops.api.app import create_app
from cityops.cli.main import app
from cityops.domain.access import PERMISSIONS, SCOPES, Permission, Role, ScopeKind
from cityops.domain.devices import DeviceKind
from cityops.domain.events.standards import CaseStandard
from cityops.domain.indicators.declared import IndicatorDeclaration, Theme
from cityops.domain.metrics import Aggregate, Direction, Metric
from cityops.domain.reach import Reach, effect
from cityops.domain.rejects import Reason
from cityops.reference import themes
from cityops.reference.themes import Themes

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
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
INDICATORS_INTRO = """# Indicators

The city's vital signs (城市体征) as the shipped files declare them, a theme each:
[src/cityops/reference/guangzhou/indicators](../../src/cityops/reference/guangzhou/indicators/). Those of readings are
[metrics](metrics.md), and stand here by their codes alone. *Sums* says how values of several regions or periods
become one, and over what they may be added up; *levels* are thresholds from blue to red, with how far their basis was
followed up.
"""
INDICATORS_HEAD = """
| code | name | 名称 | unit | comes about | period | sums | levels | definition |
|---|---|---|---|---|---|---|---|---|
"""
REJECTS_INTRO = """# Reject reasons

Why an item could not be stored. The reason stands in the HTTP answer, in the table `reject` and in the counter
`cityops_ingest_rejects_total`. After the cause is mended, `cityops ingest replay` stores the item.

| reason | meaning | sample |
|---|---|---|
"""
STANDARDS_INTRO = """# Case standards: the example set

**Examples, not a city's own.** By these a case is filed (立案), has its limit and is closed, until a city puts
its own set in force: `cityops standards export`, change it, `check`, `import`. One class has several
conditions, each with its own limit and its own closing condition. Limits in 紧急工作时 and 天 run by the
natural clock, those in 工作时 and 工作日 in work time alone. Codes of events: 04 is 街面秩序 and 05 is
突发事件, as one published standard has them; other editions have them the other way round, which is why a code
says whose scheme it is of.

| code | condition | limit | closed when | photos | unit | scheme | basis |
|---|---|---|---|---|---|---|---|
"""
ACCESS_INTRO = """# Who may do what, and where

Each account, key and display has one role and one scope. The role says what, the scope says where; the two are
independent of each other. Each route asks for one permission; every cell below is asked for by
[a test](../../tests/cityops/api/access/test_door.py). Why so: [0025](../decisions/0025-one-guard-per-route.md).

## Roles and their scopes

The scope of a role is the whole city, districts, streets, departments or source systems by code.

"""
PERMISSIONS_INTRO = """
## Roles and their permissions

"""
MEANINGS_INTRO = """
## What the permissions mean

| permission | meaning |
|---|---|
"""
MATRIX_INTRO = """
## Routes

Without a valid credential each of these answers 401; to a role without ✓, 403. The columns of scopes say what one who
may come in finds there; – where no such role has that scope.

"""
REACH_INTRO = """
The words, in full:

| reach | meaning |
|---|---|
"""
PUBLIC_INTRO = """
Open to everybody:

| route | why |
|---|---|
"""
MODULES_INTRO = """# Modules

What each module is for, in its own words, in the order of the data's way.
"""
NOUNS_INTRO = """# Nouns

The same noun has the same file name in every stage. These stand in more than one place; a name that comes to stand in
a second one is explained in docs/nouns.toml, or called something else.

| noun | what it means | where |
|---|---|---|
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
        metric.basis_en,
    )


def _kind(kind: DeviceKind) -> str:
    codes = ", ".join(f"`{code}`" for code in kind.metrics)
    source = f"`{kind.source_system_code}`"
    return _row(f"`{kind.code}`", kind.name_en, kind.name_zh, source, str(kind.expected_interval_s), codes)


def indicators(declared: Themes) -> str:
    """Return declared indicators as a page, theme by theme."""
    return INDICATORS_INTRO + "".join(map(_theme, declared.themes))


def _theme(theme: Theme) -> str:
    metrics_of = ", ".join(f"[`{code}`](metrics.md)" for code in theme.metrics)
    head = f"\n## {theme.title.en} {theme.title.zh}\n\nAnswered for by `{theme.owner}`."
    head += f" Of readings: {metrics_of}.\n" if metrics_of else "\n"
    if not theme.indicators:
        return head
    return head + INDICATORS_HEAD + "".join(_indicator(code, one) for code, one in theme.indicators.items())


def _indicator(code: str, one: IndicatorDeclaration) -> str:
    limits, measure = one.thresholds, one.measure
    levels = [f"{name} {value:g}" for name in ("blue", "yellow", "orange", "red")
              if (value := getattr(limits, name, None)) is not None]  # fmt: skip
    made_of = ", ".join(f"`{each}`" for each in [*getattr(measure, "sources", ()), *one.inputs().values()])
    window = f", {one.window_choice} of a window" if one.window_choice else ""
    defined = one.definition[-1]
    return _row(
        *(f"`{code}`", one.name.en, one.name.zh, one.unit, f"{measure.kind} {made_of}".strip(), one.period.value),
        f"{one.folds}; over {one.adds_over}{window}",
        f"{', '.join(levels)} ({limits.basis_mark})" if limits else "",
        f"{defined.en} {defined.standard}".strip(),
    )


def rejects() -> str:
    """Return the reject reasons as a page, each with its sample where it has one."""
    return REJECTS_INTRO + "".join(_row(f"`{reason}`", reason.explanation, _sample(reason)) for reason in Reason)


def standards() -> str:
    """Return the example set of case standards as a page, in its order of display."""
    return STANDARDS_INTRO + "".join(map(_standard, reference.case_standards()))


def _standard(one: CaseStandard) -> str:
    limit = f"{one.limit}, {one.limit.amount} {one.limit.kind.name_en}"
    return _row(
        *(f"`{one.code}`", f"{one.condition_zh}。{one.condition_en}", limit),
        *(f"{one.closing_zh}。{one.closing_en}", f"`{one.evidence}`", f"`{one.unit}`"),
        *(f"{one.code_scheme} {one.scheme_code}", one.basis),
    )


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


def _sample(reason: Reason) -> str:
    name = f"reject-{reason.replace('_', '-')}"
    folder = ROOT / "ingest" / "samples" / name
    return f"[{name}](../../ingest/samples/{name}/)" if folder.is_dir() else ""


def access() -> str:
    """Return roles, permissions, scopes and routes as a page, the routes from the application itself."""
    guarded = [way for way in ways(create_app("postgresql:///")) if way.guards]
    roles = [f"{role.name_zh}<br>`{role}`" for role in Role]
    scopes = "".join(
        _row(f"{one.name_zh} `{one}`", *(_tick(kind in SCOPES[one]) for kind in ScopeKind)) for one in Role
    )
    permissions = "".join(_row(f"`{one}`", *(_tick(one in PERMISSIONS[role]) for role in Role)) for one in Permission)
    return "".join(
        (
            *(ACCESS_INTRO, _heading("role", *ScopeKind), scopes),
            *(PERMISSIONS_INTRO, _heading("permission", *roles), permissions),
            *(MEANINGS_INTRO, *(_row(f"`{one}`", meaning) for one, meaning in _said_of(Permission).items())),
            *(MATRIX_INTRO, _heading("route", "permission", *roles, *ScopeKind), *(_way(way) for way in guarded)),
            *(REACH_INTRO, *(_row(one, meaning) for one, meaning in _said_of(Reach).items())),
            *(PUBLIC_INTRO, *(_row(f"`{name}`", reason) for name, reason in PUBLIC.items())),
        )
    )


def _way(way: Way) -> str:
    permission = f"`{way.permission}`" if way.permission else "signed in"
    possible = {kind for role in Role if way.admits(role) for kind in SCOPES[role]}
    effects = (effect(way.reach, one, single=way.single) if one in possible else "–" for one in ScopeKind)
    return _row(f"`{way.name}`", permission, *(_tick(way.admits(role)) for role in Role), *effects)


def _heading(*names: str) -> str:
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}\n"


def _tick(holds: bool) -> str:
    return "✓" if holds else ""


def _said_of(enum: type[Permission] | type[Reach]) -> dict[str, str]:
    """Return the sentence that stands below each member in the source; at run time nothing of it is left."""
    tree = ast.parse(inspect.getsource(enum)).body[0]
    assert isinstance(tree, ast.ClassDef)
    said = {}
    for member, below in pairwise(tree.body):
        if isinstance(member, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            name = member.targets[0]
            assert isinstance(name, ast.Name)
            said[str(enum[name.id])] = " ".join(str(below.value.value).split())
    return said


def cli() -> str:
    """Return the help of all verbs as a page."""
    command = typer.main.get_command(app)
    page = get_docs_for_click(obj=command, ctx=typer.Context(command), name="cityops", title="Command line")
    # A list of verbs cuts their sentences off; they stand in full further down.
    return re.sub(r"^(\* `[\w-]+`): .*\.\.\.$", r"\1", page.strip(), flags=re.MULTILINE) + "\n"


def modules() -> str:
    """Return every module of the three packages with the sentence it opens with, as a page."""
    lines = []
    for package in nouns.PACKAGES:
        lines.append(f"\n## {package.name}\n\n| module | what for |\n|---|---|\n")
        lines += [_module(file, package) for file in sorted(package.rglob("*.py"))]
    return MODULES_INTRO + "".join(lines)


def _module(file: Path, package: Path) -> str:
    sentence = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").splitlines()[0]
    name = file.relative_to(package).as_posix().removesuffix("__init__.py") or "./"
    return _row(f"[{name}](../../{file.relative_to(ROOT).as_posix()})", sentence)


def recurring() -> str:
    """Return the names that stand in more than one place, each with its meaning and all places, as a page."""
    meanings = nouns.declared()
    rows = (_row(f"`{noun}`", meanings.get(noun, ""), _places(places)) for noun, places in nouns.recurring().items())
    return NOUNS_INTRO + "".join(rows)


def _places(places: Sequence[Path]) -> str:
    short = [re.sub(r"^(src|ingest|dashboards)/", "", place.as_posix()).removesuffix(".py") for place in places]
    return ", ".join(f"[{name}](../../{place.as_posix()})" for name, place in zip(short, places, strict=True))


def main(*, check: bool) -> int:
    """Write the pages, or with `check` only name those that differ from the code; return the exit status."""
    stale = []
    pages = (
        *(
            ("access", access()),
            ("metrics", metrics()),
            ("indicators", indicators(themes.shipped())),
            ("rejects", rejects()),
        ),
        *(("lifecycle", lifecycle.page(_row)), ("standards", standards()), ("formulas", formulas.page(_row))),
        ("exports", sheets.page(_row)),
        *(("cli", cli()), ("modules", modules()), ("nouns", recurring())),
    )
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
