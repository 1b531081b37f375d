"""Draws pictures of the wall from made-up states, the same each time: `make pictures`.

All scenes and the sizes a wall may have go to the folder that is named; those that the documents show come into this
one, in few colours so that they are small. `test_pictures` compares some of these with what the wall looks like.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from cityops_dashboards.scenes.preview import Picture, take
from cityops_dashboards.scenes.shelf import in_force

FOLDER = Path(__file__).parent
COLOURS = 128
LARGE, WIDE, UPRIGHT = (3840, 2160), (3840, 1080), (1080, 1920)
SHOWN_WIDTH = {WIDE: 1920, UPRIGHT: 720}
SHOWN = {
    "wall-storm": Picture("flood", Path()),
    "wall-quiet": Picture("overview", Path(), state="quiet"),
    "wall-silent-source": Picture("flood", Path(), state="silent-source"),
    "wall-dead-api": Picture("flood", Path(), state="dead-api"),
    "wall-storm-light": Picture("flood", Path(), theme="light"),
    "wall-storm-en": Picture("flood", Path(), lang="en"),
    "wall-storm-32x9": Picture("flood", Path(), width=WIDE[0], height=WIDE[1]),
    "wall-storm-upright": Picture("flood", Path(), width=UPRIGHT[0], height=UPRIGHT[1]),
}
"""What documents show, by the names of their files."""


def all_of(folder: Path) -> list[Picture]:
    """Return every scene as it hangs, and two of them in what a wall can be beside."""
    scenes = [one.id for one in in_force() if one.region is None]
    given: list[dict[str, Any]] = [{"scene": one} for one in scenes]
    for one in ("overview", "flood"):
        given += [{"scene": one, "lang": "en"}, {"scene": one, "theme": "light"}]
        given += [{"scene": one, "lang": "en", "theme": "light"}]
    given += [{"scene": "flood", "width": width, "height": height} for width, height in (LARGE, WIDE, UPRIGHT)]
    given += [{"scene": "flood", "state": "drill"}]
    return [Picture(file=folder / f"{'-'.join(map(str, one.values()))}.png", **one) for one in given]


def small(file: Path, width: int) -> None:
    """Make a file small: of this width, in few colours."""
    with Image.open(file) as drawn:
        picture = drawn.convert("RGB")
    if picture.width != width:
        picture = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(file, optimize=True)


def main(folder: str = "") -> None:
    """Draw what documents show, and into a folder that is named all that a wall can look like."""
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    shown = [replace(one, file=FOLDER / f"{name}.png") for name, one in SHOWN.items()]
    take([*shown, *(all_of(Path(folder)) if folder else [])])
    for one in shown:
        small(one.file, SHOWN_WIDTH.get((one.width, one.height), one.width))
        sys.stdout.write(f"{one.file.name} {one.file.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
