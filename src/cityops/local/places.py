"""Where the embedded servers keep programs, data and logs, and as whom they run: both follow from the user id."""

import fcntl
import hashlib
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

import cityops
from cityops.errors import CityopsError

SERVER_ACCOUNT = "nobody"  # PostgreSQL refuses to run as root; every Debian has this account


def cache_root() -> Path:
    """Return the folder of downloaded programs; root's is one that `nobody` can enter, unlike /root."""
    return Path("/var/cache/cityops") if is_root() else platformdirs.user_cache_path("cityops")


def data_root() -> Path:
    """Return the folder that holds one folder per instance."""
    return Path("/var/lib/cityops") if is_root() else platformdirs.user_data_path("cityops")


def instance_folder(name: str | None = None) -> Path:
    """Return the folder of an instance; without a name, that of this checkout, so that two never share data."""
    return data_root() / (name or checkout_name())


def checkout_name() -> str:
    """Return a name that is this checkout's own: its folder's name and a digest of its path."""
    checkout = Path(cityops.__file__).resolve().parents[2]
    return f"{checkout.name}-{hashlib.sha256(bytes(checkout)).hexdigest()[:8]}"


def is_root() -> bool:
    """Tell whether the servers must change to another account before they start."""
    return os.geteuid() == 0


def own_by_server(path: Path) -> None:
    """Hand a file or folder to the account that runs the servers, closed to all others."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    if is_root():
        shutil.chown(path, SERVER_ACCOUNT, pwd.getpwnam(SERVER_ACCOUNT).pw_gid)


def create_folder(folder: Path) -> Path:
    """Create a folder, and those above it, that the servers' account can enter whatever the caller's umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        if is_root():
            path.chmod(0o755)
    return folder


def create_instance(folder: Path) -> None:
    """Create an instance's folder, owned by the account that runs the servers.

    Raises
    ------
    CityopsError
        That account cannot reach the folder because a folder above is closed to it.
    """
    own_by_server(create_folder(folder))
    closed = [str(p) for p in folder.parents if not p.stat().st_mode & 0o001]
    if is_root() and closed:
        raise CityopsError(
            f"The servers run as {SERVER_ACCOUNT!r}, which cannot enter {closed[0]}; "
            f"choose an instance folder outside it."
        )


def kept(file: Path) -> str:
    """Return what `keep` has written; empty where there is nothing."""
    return file.read_text().strip() if file.exists() else ""


def keep(file: Path, value: str) -> str:
    """Write a secret to a file that only this account can read, whole or not at all, and return it."""
    attempt = file.with_name(f"{file.name}.new")
    attempt.unlink(missing_ok=True)
    attempt.touch(mode=0o600)
    attempt.write_text(value)
    attempt.rename(file)
    return value


@contextmanager
def locked(path: Path, *, busy: str | None = None) -> Iterator[None]:
    """Hold a file lock; it ends with the process, however the process ends.

    Parameters
    ----------
    path
        The lock file; it carries the holder's process id.
    busy
        Text of the error when another process holds it, with `{pid}` for the holder; None waits instead.
    """
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            file.seek(0)
            raise CityopsError((busy or "").format(pid=file.read().strip() or "unknown")) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
