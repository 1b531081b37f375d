"""The verb `cityops indicators`: lists, shows and checks what is declared of indicators, and writes its schema.

It reads files alone: no database, no API.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cityops.cli.lists import JsonOption, as_of, show_json, show_list

app = typer.Typer(
    help="Indicators of the city's vital signs (城市体征): files that declare them.", no_args_is_help=True
)
Folder = Annotated[Path | None, typer.Argument(help="Folder of YAML files; default: those in force.")]


@app.command("list")
def list_(folder: Folder = None, as_json: JsonOption = False) -> None:
    """List the indicators by theme: unit, owner, how each comes about, what it covers and what may be summed."""
    from cityops import reference
    from cityops.domain.indicators.definitions import indicators
    from cityops.indicators import folder as in_force
    from cityops.reference.themes import read_folder

    found = indicators(reference.metrics(), {}, read_folder(folder or in_force()).themes)
    rows: list[dict[str, object]] = [
        {
            "code": one.code,
            "name": f"{one.name_zh} {one.name_en}",
            "theme": one.theme.theme if one.theme else None,
            "unit": one.unit,
            "owner": one.owner,
            "kind": one.kind,
            "period": one.declared.period.value if one.declared else None,
            "aggregation": one.aggregate.value,
            "additive_over": one.additive_over.value,
        }
        for one in sorted(found.values(), key=lambda one: one.theme.theme if one.theme else "")
    ]
    show_list(as_of(), [*rows[0]], rows, as_json=as_json, prose=("name",))


@app.command()
def show(code: Annotated[str, typer.Argument(help="Code of an indicator.")], folder: Folder = None) -> None:
    """Show all that is declared of an indicator, as JSON."""
    from cityops import reference
    from cityops.declarations import meant
    from cityops.errors import CityopsError
    from cityops.indicators import folder as in_force
    from cityops.reference.themes import read_folder

    themes = read_folder(folder or in_force())
    declared = themes.indicators.get(code)
    if declared is not None:
        show_json({"code": code, **declared.model_dump(mode="json", by_alias=True)})
        return
    metrics = {one.code: one for one in reference.metrics()}
    if code not in metrics:
        near = meant(code, [*themes.indicators, *metrics])
        raise CityopsError(f"no indicator '{code}' is declared{near}; `cityops indicators list` names them")
    show_json({"code": code, "measure": {"kind": "readings", "metric": code}, **asdict(metrics[code])})


@app.command()
def lint(folder: Folder = None) -> None:
    """Say what is wrong with files, each fault with file, line and column; a process refuses those that fail here."""
    from cityops.indicators import folder as in_force
    from cityops.reference.themes import read_folder

    themes = read_folder(folder or in_force())
    signs = f"; {len(themes.signs.leaves)} leaves of vital signs" if themes.signs else ""
    typer.echo(f"{len(themes.indicators)} indicators of {len(themes.themes)} themes{signs}; nothing is wrong")


@app.command()
def schema(
    vital_signs: Annotated[
        bool, typer.Option("--vital-signs", help="Of vital_signs.yaml, the tree of weights over indicators.")
    ] = False,
) -> None:
    """Write the JSON Schema of a theme, by which editors complete and check while one types."""
    from cityops.domain.indicators.declared import schema as made
    from cityops.domain.indicators.vital_signs.tree import schema as made_of_signs
    from cityops.indicators import folder
    from cityops.reference.themes import known, read_folder

    told = made(known())
    if vital_signs:
        told = made_of_signs(sorted({*known().metrics, *read_folder(folder()).indicators}))
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
