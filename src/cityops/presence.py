"""Has a process note every ten seconds that it runs and by what settings, and say in the log in what others differ.

Where the note goes, who starts this says: into the database (`cityops.services.processes`), or to the API.
"""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import metadata
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Event, Thread

import structlog

from cityops.domain.findings import Finding, FindingSeverity
from cityops.domain.replicas.processes import EVERY, fingerprint
from cityops.settings import settings

log = structlog.get_logger()

JOIN_S = 2.0

Marks = Callable[[], Mapping[str, str]]
Note = Callable[["Me"], Sequence[Finding]]
"""Notes that a process runs, and returns in what those that run beside it differ from it; an `OSError` is none."""


@dataclass(frozen=True)
class Me:
    """The process we are, as it is told to the others; `marks` are made anew each time, for files change."""

    part: str
    name: str
    marks: Marks
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    version: str = field(default_factory=lambda: metadata.version("cityops"))

    def told(self) -> dict[str, object]:
        """Return what is noted of it, but for its clock."""
        names = ("part", "name", "id", "host", "pid", "version")
        return {name: getattr(self, name) for name in names} | {"marks": dict(self.marks())}


def marks_of(
    *names: str, folders: Mapping[str, Traversable] | None = None, files: Mapping[str, str] | None = None
) -> Marks:
    """Return what makes digests of these settings, by name, and of what stands in folders and files.

    A file that is not given has a digest, too: who has none differs from who has one.
    """
    given = settings()
    plain = {name: fingerprint(getattr(given, name.removeprefix("CITYOPS_").lower()), name) for name in names}

    def made() -> dict[str, str]:
        of_folders = {name: _digest(_contents(folder)) for name, folder in (folders or {}).items()}
        of_files = {name: _digest(_content(Path(file)) if file else ()) for name, file in (files or {}).items()}
        return {**plain, **of_folders, **of_files}

    return made


def _contents(folder: Traversable) -> Iterator[bytes]:
    for one in sorted(folder.iterdir(), key=lambda file: file.name):
        if one.name.endswith(".yaml"):
            yield one.name.encode()
            yield one.read_bytes()


def _content(file: Path) -> Iterator[bytes]:
    yield file.read_bytes()


def _digest(pieces: Iterator[bytes] | tuple[bytes, ...]) -> str:
    digest = blake2b(digest_size=16)
    for piece in pieces:
        digest.update(blake2b(piece, digest_size=16).digest())
    return digest.hexdigest()


def _nothing() -> None:
    pass


@contextmanager
def present(me: Me, note: Note, leave: Callable[[], None] = _nothing) -> Iterator[None]:
    """Note that this process runs while the block does, at once and then every ten seconds; `leave` notes its end.

    Whoever does not answer holds up the end for two seconds at most.
    """
    over = Event()
    thread = Thread(target=_run, args=(me, note, leave, over), name="presence", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(JOIN_S)


def _run(me: Me, note: Note, leave: Callable[[], None], over: Event) -> None:
    known: set[Finding] = set()
    while not over.is_set():
        try:
            found = set(note(me))
        except OSError:  # who cannot be told is missed elsewhere, and said so there
            found = known
        except Exception:  # a worker ends with any thread of it, and shall not with this one
            log.exception("could not be noted")
            found = known
        tell(known, found)
        known = found
        over.wait(EVERY.total_seconds())
    leave()


def tell(before: set[Finding], now: set[Finding]) -> None:
    """Say what differs since the last time, each item once, and what does so no more."""
    told = {one.item for one in before}
    for one in sorted((one for one in now if one.item not in told), key=str):
        say = log.error if one.severity is FindingSeverity.SERIOUS else log.warning
        say(f"{one.item} {one.reason}", remedy=one.remedy)
    for item in sorted(told - {one.item for one in now}):
        log.info(f"{item} differs no more")
