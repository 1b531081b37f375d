"""Debian's packages of the servers: resolved and downloaded, signatures checked, by apt in a private folder."""

import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from cityops.errors import CityopsError

SUITE = "trixie"  # the first Debian that packages TimescaleDB
NEXT_SUITE = "forky"  # the first that packages Mosquitto 2.1, whose plugin writes down each message
ROOTS = ("postgresql-17", "postgresql-17-timescaledb", "mosquitto", "mosquitto-clients")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ZONES = Path("/usr/share/zoneinfo/Asia/Shanghai")  # Debian's PostgreSQL reads the host's
WAYS_OUT = (
    "Use your own servers by setting CITYOPS_DATABASE_URL (TimescaleDB) and CITYOPS_MQTT_URL (MQTT 5), "
    "or run `docker compose up`."
)

# Needed to install or to compile on a system, but not by the programs we run: JIT is off, the wrappers of
# postgresql-common are bypassed, locales come built in. They are two thirds of the closure's bytes.
UNUSED_LIBRARIES = ("libllvm", "libz3", "libperl", "libc-l10n", "libpam-modules", "libsemanage", "libsepol")

APT_CONF = """\
Dir::State "{root}/state";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{root}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
// the host's hooks look after the host's own package lists
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
SOURCES = "Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\nSigned-By: {keyring}\n"


def check_host() -> None:
    """Raise a CityopsError that names the ways out if this machine cannot take Debian's packages."""
    missing = [tool for tool in ("apt-get", "dpkg-deb", "setpriv") if shutil.which(tool) is None]
    if missing:
        raise CityopsError(f"The embedded servers need Debian's {', '.join(missing)}. {WAYS_OUT}")
    if not KEYRING.exists():
        raise CityopsError(f"The package debian-archive-keyring is missing ({KEYRING}). {WAYS_OUT}")
    if not ZONES.exists():
        raise CityopsError(f"The time zones are missing ({ZONES}): apt-get install tzdata. {WAYS_OUT}")


def architecture() -> str:
    """Return the machine's Debian architecture, for example `amd64`."""
    return _output("dpkg", "--print-architecture").strip()


def mirrors() -> list[str]:
    """Return the addresses from which this host takes its own release's `main`, as apt itself knows them.

    Raises
    ------
    CityopsError
        apt names none, as on Ubuntu.
    """
    own = codename()
    releases = {own, "oldstable", "stable", "testing", "unstable", "sid"}
    fields = "$(RELEASE) $(COMPONENT) $(REPO_URI)"
    lines = _output("apt-get", "indextargets", "--format", fields, "Created-By: Packages").splitlines()
    targets = [line.split(" ", 2) for line in lines]
    found = dict.fromkeys(uri for release, part, uri in targets if release in releases and part == "main")
    if not found:
        raise CityopsError(f"apt on this machine has no source for Debian {own} main. {WAYS_OUT}")
    return list(found)


def update(root: Path, suite: str = SUITE) -> None:
    """Make a private apt folder under `root` and fetch a suite's signed index from the host's mirror.

    Raises
    ------
    CityopsError
        No mirror of this host carries the suite, or its signature is not good; apt's own words follow.
    """
    for folder in ("state/lists/partial", "cache/archives/partial", "sources"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "apt.conf").write_text(APT_CONF.format(root=root))
    failures = []
    for uri in mirrors():
        sources = SOURCES.format(uri=uri, suite=suite, keyring=KEYRING)
        (root / "sources" / "debian.sources").write_text(sources)
        try:
            _apt(root, "update", "--error-on=any")
        except CityopsError as error:
            failures.append(str(error))
        else:
            return
    raise CityopsError("\n".join([*failures, WAYS_OUT]))


def resolve(root: Path, roots: Sequence[str], is_needed: Callable[[str], bool]) -> list[str]:
    """Return which packages of these and of what they depend on to download, each as `name=version`, sorted."""
    plan = _apt(root, "install", "--simulate", "--yes", "--no-install-recommends", *roots)
    installs = [line.split() for line in plan.splitlines() if line.startswith("Inst ")]
    return sorted(f"{name}={version.lstrip('(')}" for _, name, version, *_ in installs if is_needed(name))


def is_needed(name: str) -> bool:
    """Return whether database and broker need a package to run."""
    return name in {*ROOTS, "postgresql-client-17", "zlib1g"} or is_library(name)


def is_library(name: str) -> bool:
    """Return whether a package holds a library that a server may load."""
    return name.startswith("lib") and not name.startswith(UNUSED_LIBRARIES) and not name.endswith("-perl")


def download(root: Path, packages: list[str]) -> list[Path]:
    """Download the packages, each checked against the signed index, and return their files."""
    archives = root / "archives"
    archives.mkdir()
    _apt(root, "download", *packages, cwd=archives)
    return sorted(archives.glob("*.deb"))


def tree_of(root: Path, package: str, suite: str = SUITE) -> Path:
    """Return a folder below `root` with the files of one package, without those that it depends on.

    Raises
    ------
    CityopsError
        This machine cannot take Debian's packages, or no mirror carries this one.
    """
    check_host()
    root.chmod(0o755)  # apt downloads as its own account
    update(root, suite)
    [archive] = download(root, [package])
    tree = root / "tree"
    _output("dpkg-deb", "-x", str(archive), str(tree))
    return tree


def codename() -> str:
    """Return the name of this machine's own Debian release, for example `bookworm`; empty where it has none."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def _apt(root: Path, *arguments: str, cwd: Path | None = None) -> str:
    return _output("apt-get", "--config-file", str(root / "apt.conf"), "--quiet", *arguments, cwd=cwd)


def _output(*command: str, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd)
    except subprocess.CalledProcessError as error:
        words = (error.stderr or error.stdout).strip()
        raise CityopsError(f"`{' '.join(command[:1])}` failed: {words}. {WAYS_OUT}") from None
    return done.stdout
