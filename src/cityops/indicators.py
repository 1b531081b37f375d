"""Indicators, forms and reports in force: what folders of a city's own declare, or is shipped.

The folders are those of CITYOPS_INDICATORS, CITYOPS_FORMS and CITYOPS_REPORTS. Each process reads the files when it
needs them first, and again when one has changed. What is wrong then is logged, and what was in force stays so.
"""

import threading
import time
from collections.abc import Callable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from cityops.domain.reports.declared import ReportDeclaration
from cityops.errors import CityopsError
from cityops.reference import forms as form_files
from cityops.reference import reports as report_files
from cityops.reference import themes
from cityops.reference.forms import Forms
from cityops.reference.themes import Themes
from cityops.settings import settings

log = structlog.get_logger()

LOOK_S = 10.0
"""How soon a changed file takes effect; the ingest looks at the registry as often."""

Stamp = tuple[tuple[str, int, int], ...]
Held = TypeVar("Held")


class FolderShelf(Generic[Held]):
    """Holds what the files of a folder declare, and looks at most every `LOOK_S` whether one has changed.

    `noun` is what it holds, for the log; `count` says how many.
    """

    def __init__(self, folder: Path, noun: str, read: Callable[[Path], Held], count: Callable[[Held], int]) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._noun, self._read, self._count = noun, read, count
        self._stamp = self._stamped()
        self._looked = time.monotonic()
        self._held = read(folder)

    def held(self, *, at_once: bool = False) -> Held:
        """Return what is in force; `at_once` looks at the files however short ago that was done.

        A changed folder that is wrong is logged with each fault, and what was in force is returned.
        """
        with self._lock:
            if at_once or time.monotonic() - self._looked >= LOOK_S:
                self._looked = time.monotonic()
                self._look()
            return self._held

    def _look(self) -> None:
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._held = self._read(self._folder)
        except CityopsError as error:
            log.error(f"{self._noun} are wrong; those of before stay in force", faults=str(error).splitlines())
        else:
            told = {self._noun: self._count(self._held)}
            log.info(f"{self._noun} read again", folder=str(self._folder), **told)

    def _stamped(self) -> Stamp:
        try:
            found = ((one.name, one.stat()) for one in sorted(self._folder.glob("*.yaml")))
            return tuple((name, told.st_mtime_ns, told.st_size) for name, told in found)
        except OSError:  # between two looks a file went
            return ()


class IndicatorShelf(FolderShelf[Themes]):
    """Holds the themes of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "indicators", themes.read_folder, lambda held: len(held.indicators))

    def themes(self, *, at_once: bool = False) -> Themes:
        """Return what is in force, as `held` does."""
        return self.held(at_once=at_once)


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


class HeldAgainst(Generic[Held]):
    """Holds what the files of a folder ask for, with the indicators that they were held against last.

    `noun` is what it holds; `setting` names the variable of a city's own folder; `read` takes folder and indicators.
    """

    def __init__(
        self,
        noun: str,
        setting: str,
        shipped: Traversable,
        read: Callable[[Traversable, Themes], Held],
        count: Callable[[Held], int],
    ) -> None:
        self._noun, self._setting, self._shipped, self._files, self._count = noun, setting, shipped, read, count
        self._lock = threading.Lock()
        self._shelf: FolderShelf[Held] | None = None
        self._of: tuple[str, Themes] | None = None
        self._last: Held | None = None

    def get(self, given: str, known: Themes) -> Held:
        """Return what a folder holds for these indicators; where it does not fit any more, what it held before."""
        with self._lock:
            if self._shelf is None or self._of is None or self._of[0] != given or self._of[1] is not known:
                self._last = self._read(given, known)
            elif given:
                self._last = self._shelf.held()
            assert self._last is not None
            return self._last

    def _read(self, given: str, known: Themes) -> Held:
        folder = Path(given) if given else Path(str(self._shipped))
        is_same_folder = self._of is not None and self._of[0] == given
        try:
            self._shelf = FolderShelf(folder, self._noun, lambda one: self._files(one, known), self._count)
        except CityopsError as error:
            if self._last is None or not is_same_folder:
                if given:
                    raise
                raise self._unfit(error) from error
            log.error(f"{self._noun} do not fit; those of before stay in force", faults=str(error).splitlines())
            self._of = given, known
            return self._last
        self._of = given, known
        return self._shelf.held()

    def _unfit(self, error: CityopsError) -> CityopsError:
        """Return what is wrong with shipped files, which is that they do not fit a city's own indicators."""
        remedy = f"copy {self._shipped}, take out what these indicators lack, and name the copy in {self._setting}"
        return CityopsError(f"{error}\nthe shipped {self._noun} do not fit the indicators in force: {remedy}")


_forms = HeldAgainst(
    "forms", "CITYOPS_FORMS", form_files.SHIPPED_FORMS, form_files.read_forms, lambda held: len(held.forms)
)
_reports = HeldAgainst("reports", "CITYOPS_REPORTS", report_files.SHIPPED, report_files.read_reports, len)


def forms_in_force() -> Forms:
    """Return the forms in force in this process, with the indicators that they ask for.

    Raises
    ------
        CityopsError: The files are wrong, and none were read before; each fault is named with its place.

    """
    return _forms.get(settings().forms, in_force())


def reports_in_force() -> Mapping[str, ReportDeclaration]:
    """Return the reports in force in this process, by code.

    Raises
    ------
        CityopsError: The files are wrong, and none were read before; each fault is named with its place.

    """
    return _reports.get(settings().reports, in_force())


def folder() -> Traversable:
    """Return the folder whose files are in force."""
    given = settings().indicators
    return Path(given) if given else themes.SHIPPED


def forms_folder() -> Traversable:
    """Return the folder whose forms are in force."""
    given = settings().forms
    return Path(given) if given else form_files.SHIPPED_FORMS


def reports_folder() -> Traversable:
    """Return the folder whose reports are in force."""
    given = settings().reports
    return Path(given) if given else report_files.SHIPPED
