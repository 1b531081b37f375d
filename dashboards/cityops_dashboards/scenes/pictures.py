"""Pictures of what differs between two sets of scenes: before, after, and where, with the share of pixels."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops

from cityops_dashboards.scenes.difference import changes
from cityops_dashboards.scenes.model import Scene
from cityops_dashboards.scenes.preview import Picture, take
from cityops_dashboards.scenes.shelf import showing

NOTICED = 8
"""Of 255 in any colour: less is how a browser smooths the edge of a letter."""
FADED = 0.3
"""How bright what is the same stays in the picture of a difference."""


@dataclass(frozen=True, slots=True)
class PictureDifference:
    """How much of a scene's picture differs, from 0 to 1; 1 of a scene that has come or gone."""

    scene: str
    share: float


def differences(
    before: tuple[Path | None, Sequence[Scene]], after: tuple[Path | None, Sequence[Scene]], out: Path, state: str
) -> Iterator[PictureDifference]:
    """Draw each scene that differs, as `ID-before.png`, `ID-after.png` and `ID-difference.png`.

    Each side is its scenes and where they are: a folder, a file of one, None for those shipped.

    Raises
    ------
        CityopsError: There is no browser to draw with, or no such state.

    """
    old, new = ({one.id: one for one in scenes} for _, scenes in (before, after))
    codes = [one for one in {**old, **new} if one not in old or one not in new or [*changes(old[one], new[one])]]
    out.mkdir(parents=True, exist_ok=True)
    for side, scenes, (place, _) in (("before", old, before), ("after", new, after)):
        wanted = [Picture(one, out / f"{one}-{side}.png", state=state) for one in codes if one in scenes]
        with _folder(place) as folder, showing(folder):
            take(wanted)
    for code in codes:
        yield PictureDifference(code, _held(code, out) if code in old and code in new else 1.0)


@contextmanager
def _folder(place: Path | None) -> Iterator[Path | None]:
    """Give a folder of scenes; a file stands in one of its own while the block runs."""
    if place is None or place.is_dir():
        yield place
        return
    with TemporaryDirectory() as folder:
        shutil.copy(place, folder)
        yield Path(folder)


def _held(code: str, out: Path) -> float:
    """Hold a scene's two pictures against each other, and draw where they differ."""
    with Image.open(out / f"{code}-before.png") as one, Image.open(out / f"{code}-after.png") as other:
        old, new = one.convert("RGB"), other.convert("RGB")
    differs = difference(old, new)
    faded = new.convert("L").point(lambda value: round(value * FADED)).convert("RGB")
    Image.composite(new, faded, differs).save(out / f"{code}-difference.png")
    return share(differs)


def difference(old: Image.Image, new: Image.Image) -> Image.Image:
    """Return which pixels of two pictures of one size differ: white where they do."""
    red, green, blue = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point(lambda value: 255 if value > NOTICED else 0)


def share(differs: Image.Image) -> float:
    """Return which part of the pixels is white."""
    return differs.histogram()[255] / (differs.width * differs.height)
