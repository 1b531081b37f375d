"""The verb `cityops scenes`: checks files of scenes, lists what the wall shows, writes out shipped ones and schema.

It reads files and declarations alone: no database, no API.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from cityops.cli.lists import JsonOption, as_of, show_list

app = typer.Typer(help="Scenes of the wall: files that say which indicators stand where.", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Argument(help="Folder of YAML files; default: those that are shown.")]


@app.command()
def lint(folder: Folder = None) -> None:
    """Say what is wrong with scenes, each fault with file, line and column; a wall refuses those that fail here."""
    from cityops_dashboards.scenes.lint import findings
    from cityops_dashboards.scenes.shelf import in_force, read_all

    scenes = read_all(folder) if folder else in_force()
    for found in findings(scenes):
        typer.echo(f"warning: {found.scene.id}: {found.words} ({found.rule.code})")
    typer.echo(f"{len(scenes)} scenes can be shown")


@app.command("list")
def list_(folder: Folder = None, as_json: JsonOption = False) -> None:
    """List the scenes by their keys: what they show, and which department answers for it."""
    from cityops_dashboards.scenes.shelf import in_force, read_all

    rows: list[dict[str, object]] = [
        {
            "key": scene.key,
            "id": scene.id,
            "title": f"{scene.title.zh} {scene.title.en}",
            "owner": scene.owner,
            "dwell_s": scene.dwell,
            "headlines": ", ".join(scene.panels.headlines),
        }
        for scene in (read_all(folder) if folder else in_force())
    ]
    columns = ("key", "id", "title", "owner", "dwell_s", "headlines")
    show_list(as_of(), columns, rows, as_json=as_json, prose=("headlines",))


@app.command()
def schema() -> None:
    """Write the JSON Schema of a scene, by which editors complete and check while one types."""
    from cityops_dashboards.scenes.model import schema as made

    typer.echo(json.dumps(made(), ensure_ascii=False, indent=2))


@app.command()
def export(folder: Annotated[Path, typer.Argument(help="A new folder.")]) -> None:
    """Copy the shipped scenes and their schema into a folder, to change them there and name it in CITYOPS_SCENES."""
    from cityops.errors import CityopsError
    from cityops_dashboards.scenes.shelf import SHIPPED

    if folder.exists():
        raise CityopsError(f"{folder} is there already; name a new folder, so that no scene of yours is overwritten")
    folder.mkdir(parents=True)
    for file in SHIPPED.iterdir():
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    typer.echo(f"{folder}: {sum(1 for _ in folder.glob('*.yaml'))} scenes and scene.schema.json")
