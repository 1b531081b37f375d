"""The verb `cityops scenes`: checks files of scenes, lists what the wall shows, pictures and compares them.

It reads files and declarations alone: no database, no API.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityops.cli.lists import JsonOption, as_of, show_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cityops_dashboards.scenes.model import Scene

app = typer.Typer(help="Scenes of the wall: files that say what stands where.", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Argument(help="Folder of YAML files; default: those that are shown.")]
OF_THE_WALL = "of a wall as it hangs (16:9, else its part that is)"


@app.command()
def lint(
    folder: Folder = None,
    pitch: Annotated[float, typer.Option(help=f"Millimetres from pixel to pixel, {OF_THE_WALL}.")] = 1.2,
    width: Annotated[int, typer.Option(help=f"Pixels from left to right, {OF_THE_WALL}.")] = 1920,
) -> None:
    """Say what is wrong with scenes, each fault with file, line and column; a wall refuses those that fail here."""
    from cityops_dashboards.scenes.lint import RULES, Screen, findings
    from cityops_dashboards.scenes.shelf import in_force, read_all

    scenes = read_all(folder) if folder else in_force()
    for found in findings(scenes, RULES, Screen(pitch, width)):
        typer.echo(f"warning: {found.scene.id}: {found.words} ({found.rule.code})")
    typer.echo(f"{len(scenes)} scenes can be shown")


@app.command("list")
def list_(folder: Folder = None, as_json: JsonOption = False) -> None:
    """List the scenes by their keys: what stands in them, what brings them up, which department answers for each."""
    from cityops_dashboards.scenes.shelf import in_force, read_all

    rows: list[dict[str, object]] = [
        {
            "key": scene.key,
            "id": scene.id,
            "title": f"{scene.title.zh} {scene.title.en}",
            "owner": scene.owner,
            "dwell_s": scene.dwell,
            "panels": ", ".join(scene.panels),
            "holds_for": ", ".join(scene.hold.metrics) if scene.hold else None,
        }
        for scene in (read_all(folder) if folder else in_force())
    ]
    columns = ("key", "id", "title", "owner", "dwell_s", "panels", "holds_for")
    show_list(as_of(), columns, rows, as_json=as_json, prose=("panels", "holds_for"))


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
    typer.echo(f"{folder}: {sum(1 for _ in folder.glob('*.yaml'))} files of scenes and scene.schema.json")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="A folder of scenes, or a file of one.")],
    after: Annotated[
        Path | None, typer.Argument(help="Another one; default: BEFORE is held against those shipped.")
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder: draws before, after and the difference of each scene that differs.")
    ] = None,
    state: Annotated[
        str, typer.Option(help="Of the pictures: storm, quiet, silent-source, drill or dead-api.")
    ] = "storm",
) -> None:
    """Say in words what differs: scenes that came or went, what stands where, what it shows, what brings it up."""
    from cityops_dashboards.scenes.difference import between
    from cityops_dashboards.scenes.shelf import SHIPPED, read_either

    given = [*read_either(before)]
    if after is None:
        shipped = read_either(SHIPPED)
        of_one = {scene.id for scene in given} if before.is_file() else None
        old, new = [scene for scene in shipped if of_one is None or scene.id in of_one], given
    else:
        old, new = given, [*read_either(after)]
    found = [*between(old, new)]
    for words in found:
        typer.echo(words)
    if not found:
        typer.echo("nothing differs")
    elif pictures:
        _draw(
            (None, old) if after is None else (before, old),
            (before if after is None else after, new),
            pictures,
            state,
        )


def _draw(
    before: "tuple[Path | None, Sequence[Scene]]", after: "tuple[Path | None, Sequence[Scene]]", out: Path, state: str
) -> None:
    from cityops_dashboards.scenes.pictures import differences

    for one in differences(before, after, out, state):
        typer.echo(f"{one.scene}: {one.share:.1%} of the picture differs")


@app.command()
def migrate(files: Annotated[list[Path], typer.Argument(help="Files of the form before slots.")]) -> None:
    """Write files of the form before slots anew in the form of now; what is of it already stays as it is."""
    from cityops_dashboards.scenes.older import renewed
    from cityops_dashboards.scenes.read import read

    for file in files:
        text = file.read_text(encoding="utf-8")
        made = renewed(text)
        read(made, str(file))  # else it stays as it was, and what is wrong is told
        if made != text:
            file.write_text(made, encoding="utf-8")
        typer.echo(f"{file}: {'written anew' if made != text else 'is of the form of now'}")


@app.command()
def preview(
    scene: Annotated[str, typer.Argument(help="Its id; `all` for each that is not of a district.")],
    folder: Annotated[Path | None, typer.Option(help="Folder of YAML files; default: those that are shown.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path(),
    lang: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    theme: Annotated[str, typer.Option(help="dark or light.")] = "dark",
    size: Annotated[str, typer.Option(help="Pixels of the screen, such as 1920x1080 or 3840x1080.")] = "1920x1080",
    tiles: Annotated[str, typer.Option(help="Tiles of the wall, such as 4x2: gutters stand on their seams.")] = "",
    state: Annotated[
        str, typer.Option(help="storm, quiet, silent-source, drill or dead-api; the same picture each time.")
    ] = "storm",
) -> None:
    """Draw a scene as PNG as the wall would show it, by the real dashboard in a browser, with a made-up state."""
    from contextlib import nullcontext

    from cityops_dashboards.scenes.preview import measured
    from cityops_dashboards.scenes.shelf import showing

    with showing(folder) if folder else nullcontext():
        _preview(scene, out, lang, theme, measured(size), tiles, state)


def _preview(scene: str, out: Path, lang: str, theme: str, size: tuple[int, int], tiles: str, state: str) -> None:
    from cityops.errors import CityopsError
    from cityops_dashboards.scenes.preview import Picture, take
    from cityops_dashboards.scenes.shelf import in_force

    known = [one.id for one in in_force()]
    wanted = [one.id for one in in_force() if one.region is None] if scene == "all" else [scene]
    if not set(wanted) <= set(known):
        raise CityopsError(f"there is no scene '{scene}'; there are {', '.join(known)}")
    width, height = size
    out.mkdir(parents=True, exist_ok=True)
    pictures = [
        Picture(
            one, out / f"{one}-{state}-{lang}-{theme}-{width}x{height}.png", lang, theme, width, height, tiles, state
        )
        for one in wanted
    ]
    take(pictures)
    for one in pictures:
        typer.echo(one.file)
