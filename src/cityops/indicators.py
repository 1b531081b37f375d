"""The indicators in force: what the folder that `CITYOPS_INDICATORS` names declares, or what is shipped.

Each process reads the files when it needs them first, and again when one of them has changed. What is wrong then is
logged, and what was in force stays so.
"""

import threading
import time
from importlib.resources.abc import Traversable
from pathlib import Path

import structlog

from cityops.errors import CityopsError
from cityops.reference import themes
from cityops.reference.themes import Themes
from cityops.settings import settings

log = structlog.get_logger()

LOOK_S = 10.0
"""How soon a changed file takes effect; the ingest looks at the registry as often."""

Stamp = tuple[tuple[str, int, int], ...]


class IndicatorShelf:
    """Holds what the files of a folder declare, and looks at most every `LOOK_S` whether one has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._stamp = self._stamped()
        self._looked = time.monotonic()
        self._themes = themes.read_folder(folder)

    def themes(self, *, at_once: bool = False) -> Themes:
        """Return what is in force; `at_once` looks at the files however short ago that was done.

        A changed folder that is wrong is logged with each fault, and what was in force is returned.
        """
        with self._lock:
            if at_once or time.monotonic() - self._looked >= LOOK_S:
                self._looked = time.monotonic()
                self._look()
            return self._themes

    def _look(self) -> None:
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._themes = themes.read_folder(self._folder)
        except CityopsError as error:
            log.error("indicators are wrong; those of before stay in force", faults=str(error).splitlines())
        else:
            log.info("indicators read again", folder=str(self._folder), indicators=len(self._themes.indicators))

    def _stamped(self) -> Stamp:
        try:
            found = ((one.name, one.stat()) for one in sorted(self._folder.glob("*.yaml")))
            return tuple((name, told.st_mtime_ns, told.st_size) for name, told in found)
        except OSError:  # between two looks a file went
            return ()


_shelves: dict[str, IndicatorShelf] = {}
_shelves_lock = threading.Lock()


def in_force() -> Themes:
    """Return the themes in force in this process.

    Raises
    ------
        CityopsError: The files are wrong, and none were read before; each fault is named with its place.

    """
    given = settings().indicators
    if not given:
        return themes.shipped()
    with _shelves_lock:
        shelf = _shelves.get(given)
        if shelf is None:
            shelf = _shelves[given] = IndicatorShelf(Path(given))
    return shelf.themes()


def folder() -> Traversable:
    """Return the folder whose files are in force."""
    given = settings().indicators
    return Path(given) if given else themes.SHIPPED
