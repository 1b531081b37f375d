"""The scenes that are shown: those of the folder that `CITYOPS_SCENES` names, or those shipped with the platform."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cityops import reference
from cityops.declarations import DeclarationError
from cityops.domain.regions import Region, RegionLevel
from cityops.errors import CityopsError
from cityops.settings import settings
from cityops_dashboards.scenes.lint import findings
from cityops_dashboards.scenes.model import KEYS, Scene, Words
from cityops_dashboards.scenes.read import read
from cityops_dashboards.texts import LANGUAGES, name

SHIPPED: Traversable = files("cityops_dashboards") / "scenes" / "shipped"
VARIABLE = "CITYOPS_SCENES"
NAME = "{name}"
"""In the title of a file that makes several scenes: the name of each."""


@cache
def in_force() -> Sequence[Scene]:
    """Return the scenes in the order of their keys; read once, when the dashboard starts.

    Raises
    ------
        CityopsError: A file is no scene, two scenes have the same id or key, or the folder has none.

    """
    return read_all(folder())


def folder() -> Traversable:
    """Return the folder whose scenes are in force."""
    given = settings().scenes
    return Path(given) if given else SHIPPED


@contextmanager
def showing(folder: Path | None) -> Iterator[None]:
    """Have the scenes of a folder in force while the block runs, those shipped for None."""
    before = os.environ.get(VARIABLE)
    _set(str(folder or ""))
    try:
        yield
    finally:
        _set(before)


def _set(folder: str | None) -> None:
    if folder is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = folder
    settings.cache_clear()
    in_force.cache_clear()


def read_all(folder: Traversable) -> Sequence[Scene]:
    """Return the scenes of a folder in the order of their keys; one that is wrong refuses them all.

    Raises
    ------
        CityopsError: As `in_force`; each fault is named with its file, line and column.

    """
    if not folder.is_dir():
        raise CityopsError(f"{folder} is no folder; CITYOPS_SCENES names one with a YAML file for each scene")
    named = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    scenes: list[Scene] = []
    faults: list[str] = []
    for file in named:
        try:
            scenes += made_of(read(_text(file), str(file)))
        except DeclarationError as error:
            faults.append(str(error))
    faults += [f"{folder}: {one.scene.id}: {one.words}" for one in findings(scenes) if one.rule.is_error]
    if not named:
        faults.append(f"{folder} has no file of the name *.yaml; copy the shipped ones: cityops scenes export")
    if faults:
        raise CityopsError("\n".join(faults))
    return sorted(scenes, key=_place)


def read_either(path: Traversable) -> Sequence[Scene]:
    """Return the scenes of a folder, or the one or those of one file.

    Raises
    ------
        CityopsError: As `read_all`.

    """
    return made_of(read(_text(path), str(path))) if path.is_file() else read_all(path)


def _place(scene: Scene) -> tuple[int, str, str]:
    """Return where a scene stands among the others: by its key, those without one behind."""
    return (KEYS.index(scene.key) if scene.key else len(KEYS), scene.region or "", scene.id)


def made_of(scene: Scene) -> Sequence[Scene]:
    """Return the scenes that a file makes: itself, or one for each district."""
    if scene.generate is None:
        return [scene]
    districts = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT]
    return [_of_district(scene, one) for one in districts]


def _of_district(scene: Scene, district: Region) -> Scene:
    words = {lang: getattr(scene.title, lang).replace(NAME, name(lang, district)) for lang in LANGUAGES}
    named = {"id": f"{scene.id}_{district.code}", "title": Words(**words)}
    return scene.model_copy(update={**named, "region": district.code, "generate": None})


def _text(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8: {error}") from error


def together(scene: Scene) -> Sequence[Scene]:
    """Return the scenes that share a wall with one: those of the same region."""
    return [one for one in in_force() if one.region == scene.region]


def of_district(code: str) -> Scene | None:
    """Return the first scene of a district, None where no file makes any."""
    return next((one for one in in_force() if one.region == code), None)


def district_scene(code: str) -> Scene:
    """Return the scene of a district's page: its own, that shipped where a city's scenes have none."""
    return of_district(code) or next(one for one in _shipped() if one.region == code)


@cache
def _shipped() -> Sequence[Scene]:
    return read_all(SHIPPED)


def chosen(code: str | None, region: str | None = None) -> Scene:
    """Return the scene of this id; the first one for an id that there is not.

    Where a region is named it is one of its wall: a district's, or the city's for all that no scene is of.
    """
    scenes = in_force()
    if region is not None:
        own = [one for one in scenes if one.region == region]
        scenes = own or [one for one in scenes if one.region is None] or scenes
    return next((one for one in scenes if one.id == code), scenes[0])


def asked(query: Mapping[str, str]) -> Scene:
    """Return the scene that the parameters of the wall's address name."""
    return chosen(query.get("scene"), query.get("region"))
