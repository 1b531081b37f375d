"""The scenes that are shown: those of the folder that `CITYOPS_SCENES` names, or those shipped with the platform."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cityops.errors import CityopsError
from cityops.settings import settings
from cityops_dashboards.scenes.lint import findings
from cityops_dashboards.scenes.model import Scene
from cityops_dashboards.scenes.read import SceneError, read

SHIPPED: Traversable = files("cityops_dashboards") / "scenes" / "shipped"


@cache
def in_force() -> Sequence[Scene]:
    """Return the scenes in the order of their keys; read once, when the dashboard starts.

    Raises
    ------
        CityopsError: A file is no scene, two scenes have the same id or key, or the folder has none.

    """
    given = settings().scenes
    return read_all(Path(given) if given else SHIPPED)


def read_all(folder: Traversable) -> Sequence[Scene]:
    """Return the scenes of a folder in the order of their keys; one that is wrong refuses them all.

    Raises
    ------
        CityopsError: As `in_force`; each fault is named with its file, line and column.

    """
    if not folder.is_dir():
        raise CityopsError(f"{folder} is no folder; CITYOPS_SCENES names one with a YAML file for each scene")
    named = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    scenes, faults = [], []
    for file in named:
        try:
            scenes.append(read(_text(file), str(file)))
        except SceneError as error:
            faults.append(str(error))
    faults += [f"{folder}: {one.scene.id}: {one.words}" for one in findings(scenes) if one.rule.is_error]
    if not named:
        faults.append(f"{folder} has no file of the name *.yaml; copy the shipped ones: cityops scenes export")
    if faults:
        raise CityopsError("\n".join(faults))
    return sorted(scenes, key=lambda one: one.key)


def _text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8: {error}") from error


def chosen(code: str | None) -> Scene:
    """Return the scene of this id; the first one for an id that there is not."""
    scenes = in_force()
    return next((one for one in scenes if one.id == code), scenes[0])
